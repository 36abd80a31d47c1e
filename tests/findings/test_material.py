"""What findings are computed from: files of public data sets where they are at hand, and a word on how to get them."""

import hashlib

import pytest

from clemency.findings.material import Material, MissingDataError, fetched_folder
from clemency.records.errors import UsageError
from clemency.records.publicfiles import registry

BYTES = b"name,months\na,12\n"


@pytest.fixture(autouse=True)
def registered(monkeypatch, tmp_path):
    """One data set of one file is registered; nothing is in the cache."""
    head = "name,file,bytes,sha256,licence,citation,address,about"
    row = f"terms,terms.csv,{len(BYTES)},{hashlib.sha256(BYTES).hexdigest()},MIT,c,https://example.org/terms.csv,a"
    path = tmp_path / "registry.csv"
    path.write_text(f"{head}\n{row}\n", encoding="utf-8")
    monkeypatch.setattr(registry, "REGISTRY", path)
    for name in ("CLEMENCY_DATA", "CLEMENCY_CACHE"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))


@pytest.mark.parametrize("inside", ["terms.csv", "terms/terms.csv"])
def test_a_file_in_the_named_folder_is_found(tmp_path, inside):
    path = tmp_path / "mine" / inside
    path.parent.mkdir(parents=True)
    path.write_bytes(BYTES)
    assert Material(tmp_path / "mine").file("terms", "terms.csv") == path


def test_the_folder_of_the_data_set_comes_first(tmp_path):
    for place in (tmp_path / "terms", tmp_path):
        place.mkdir(exist_ok=True)
        (place / "terms.csv").write_bytes(BYTES)
    assert Material(tmp_path).file("terms", "terms.csv") == tmp_path / "terms" / "terms.csv"


def test_the_folder_of_the_environment_is_looked_into(tmp_path, monkeypatch):
    monkeypatch.setenv("CLEMENCY_DATA", str(tmp_path))
    (tmp_path / "terms").mkdir()
    (tmp_path / "terms" / "terms.csv").write_bytes(BYTES)
    assert Material().file("terms", "terms.csv").read_bytes() == BYTES


def test_other_bytes_and_no_file_are_missing_data(tmp_path):
    with pytest.raises(MissingDataError, match=r"^get the data with: clemency data fetch terms$"):
        Material(tmp_path).file("terms", "terms.csv")
    (tmp_path / "terms.csv").write_bytes(BYTES.replace(b"12", b"13"))
    with pytest.raises(MissingDataError, match="clemency data fetch terms"):
        Material(tmp_path).file("terms", "terms.csv")


def test_names_that_are_not_registered_are_refused(tmp_path):
    with pytest.raises(UsageError, match="no public data set 'term'"):
        Material(tmp_path).file("term", "terms.csv")
    with pytest.raises(LookupError, match=r"terms has no file other\.csv"):
        Material(tmp_path).file("terms", "other.csv")


def test_a_folder_is_named_or_not_and_must_be_there(tmp_path):
    assert fetched_folder(None) is None
    assert fetched_folder(str(tmp_path)) == tmp_path
    with pytest.raises(UsageError, match="no data folder"):
        fetched_folder(tmp_path / "nowhere")
