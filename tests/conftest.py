"""Fixtures shared by all rooms."""

import csv
import os
import shutil
from pathlib import Path

# Before NumPy is loaded: workers share the cores already, and small matrices wait for each other's threads.
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")

import pytest
from hypothesis import settings

# The same code passes or fails on every machine; HYPOTHESIS_PROFILE=search looks for new examples.
settings.register_profile("fixed", derandomize=True, deadline=None, max_examples=25)
settings.register_profile("search", deadline=None, max_examples=500)
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "fixed"))

ROOT = Path(__file__).resolve().parents[1]


@pytest.fixture
def folder(tmp_path):
    """A copy of the shipped tables that a test may spoil."""
    target = tmp_path / "data"
    target.mkdir()
    for path in (ROOT / "data").glob("*.csv"):
        shutil.copy(path, target)
    shutil.copy(ROOT / "data" / "datapackage.json", target)
    return target


@pytest.fixture
def spoil(folder):
    """Change one cell: ``spoil("acts", 3, "act_date", "2017-02-30")``, rows counted as an editor does."""

    def change(table, row, column, value):
        path = folder / f"{table}.csv"
        with path.open(encoding="utf-8", newline="") as file:
            records = list(csv.reader(file))
        records[row - 1][records[0].index(column)] = value
        with path.open("w", encoding="utf-8", newline="") as file:
            csv.writer(file, lineterminator="\n").writerows(records)
        return folder

    return change


@pytest.fixture(scope="session")
def shared_data():
    """Folder of public microdata that are not part of the repository; tests that need it are skipped without it."""
    folder = Path(os.environ.get("CLEMENCY_DATA", ROOT.parent / "shared" / "data"))
    if not folder.is_dir():
        pytest.skip(f"no microdata in {folder}; name their folder in CLEMENCY_DATA")
    return folder


@pytest.fixture(scope="session")
def register(shared_data, tmp_path_factory):
    """The CECC's database; what was made of its file is kept for the other processes of the run."""
    import clemency as cl
    from clemency.sources.cecc import database

    path = shared_data / "steinert2022" / database.FILE
    if not path.is_file():
        pytest.skip(f"no {path}")
    pytest.importorskip("pyreadr")
    base = tmp_path_factory.getbasetemp()
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("CLEMENCY_CACHE", str((base.parent if "PYTEST_XDIST_WORKER" in os.environ else base) / "register"))
        return cl.register(path)
