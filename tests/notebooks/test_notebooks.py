"""Every notebook runs from top to bottom on the shipped data, is stored without output, and shows its figures."""

import os
import re
from pathlib import Path

import nbformat
import pytest
from nbclient import NotebookClient

from clemency.records.fetching import present

FOLDER = Path(__file__).resolve().parents[2] / "notebooks"
SHARED = Path(__file__).resolve().parents[3] / "shared" / "data"
NOTEBOOKS = sorted(p for p in FOLDER.glob("*.ipynb") if p.stem != "quarterly")  # run by the tests of the report


def run(notebook):
    NotebookClient(notebook, timeout=300, kernel_name="python3", extra_arguments=["--log-level=ERROR"]).execute()
    return notebook


def images(cell):
    return [o for o in cell.get("outputs", []) if "image/png" in o.get("data", {})]


@pytest.mark.parametrize("path", sorted(FOLDER.glob("*.ipynb")), ids=lambda p: p.stem)
def test_is_stored_without_output(path):
    code = [c for c in nbformat.read(path, 4).cells if c.cell_type == "code"]
    assert all(not c.outputs and c.execution_count is None for c in code)


def needed(notebook):
    """Public data sets that a notebook fetches."""
    return {name for c in notebook.cells for name in re.findall(r'cl\.fetch\("(\w+)"\)', c.source)}


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda p: p.stem)
def test_runs_and_shows_every_figure(path, monkeypatch):
    notebook = nbformat.read(path, 4)
    if names := needed(notebook):
        if "CLEMENCY_DATA" not in os.environ and SHARED.is_dir():
            monkeypatch.setenv("CLEMENCY_DATA", str(SHARED))
        here = {entry.name for entry, path in present() if path}
        if missing := names - here:
            pytest.skip(f"needs {', '.join(sorted(missing))}: clemency data fetch, or CLEMENCY_DATA")
    notebook = run(notebook)
    for cell in notebook.cells:
        if cell.cell_type == "code":
            drawn = cell.source.count("plt.subplots(") + cell.source.count(".plot(")
            assert len(images(cell)) >= min(drawn, 1), cell.source
            assert not [o for o in cell.outputs if o.output_type == "stream" and o.name == "stderr"], cell.source


def test_every_plot_of_a_session_is_shown():
    start = (
        "import clemency as cl\n"
        "c = cl.cohort(cl.load('cases'), cl.load('acts'), outcome='sentence_reduction', until='2017-06-30')"
    )
    cells = [start, *["cl.incidence(c, outcome='sentence_reduction').plot();"] * 2]
    notebook = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(c) for c in cells])
    assert [len(images(c)) for c in run(notebook).cells] == [0, 1, 1]
