"""Earlier editions: unpacked from the archive, whole, and refused when the archive is another."""

import zipfile

import pytest

import clemency as cl
from clemency.records.environment import editions
from clemency.records.environment.datafolder import data_folder


@pytest.fixture
def emptied_cache(tmp_path, monkeypatch):
    monkeypatch.setenv("CLEMENCY_CACHE", str(tmp_path / "cache"))
    editions.edition_folder.cache_clear()
    yield tmp_path / "cache"
    editions.edition_folder.cache_clear()


@pytest.mark.usefixtures("emptied_cache")
def test_the_first_edition_is_the_one_that_was_published():
    was = cl.edition("2026.11")
    assert (was.version, was.intact) == ("2026.11", True)
    assert was.sha256.startswith("118791f3d910")
    # Rows and months as the first data statement gives them.
    assert (len(cl.load("cases", edition="2026.11")), len(cl.load("acts", edition="2026.11"))) == (944, 328)
    assert cl.load("events", "2026.11").event_id.nunique() == 514


def test_a_file_that_was_changed_is_unpacked_anew(emptied_cache):
    folder = data_folder("2026.11")
    (folder / "acts.csv").write_text("act_id\n", encoding="utf-8")
    editions.edition_folder.cache_clear()
    assert cl.edition("2026.11").intact
    assert folder.parent == emptied_cache / "editions"


def test_where_the_cache_cannot_be_written_a_folder_of_its_own_does(emptied_cache):
    emptied_cache.write_text("no folder", encoding="utf-8")
    assert len(cl.load("acts", edition="2026.11")) == 328


@pytest.mark.usefixtures("emptied_cache")
@pytest.mark.parametrize("version", ["2026.10", "", "latest", "../2026.11"])
def test_an_edition_that_is_none_is_named_with_those_that_are(version):
    with pytest.raises(cl.UsageError, match=r"2026\.11"):
        cl.load("acts", edition=version)


@pytest.mark.usefixtures("emptied_cache")
def test_two_places_at_once_are_refused():
    with pytest.raises(cl.UsageError, match="either"):
        cl.load("acts", "2026.11", edition="2026.11")


def test_another_archive_is_refused(tmp_path):
    shipped = tmp_path / "data"
    (shipped / "editions").mkdir(parents=True)
    (shipped / "editions" / "editions.csv").write_text("edition,sha256\n2026.11,00\n", encoding="utf-8")
    with zipfile.ZipFile(shipped / "editions" / "2026.11.zip", "w") as archive:
        archive.writestr("acts.csv", "act_id\n")
    with pytest.raises(cl.UsageError, match="not the published archive"):
        editions.edition_folder("2026.11", shipped)
