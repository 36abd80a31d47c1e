"""Every notebook runs from top to bottom on the shipped data, is stored without output, and shows its figures.

One that needs a public data set says so in its metadata: ``clemency: {"needs": ...}`` if it stops gently without the
data, ``{"fetches": ...}`` if it downloads them by itself. Both are run whole where the data are at hand, in the folder
that ``CLEMENCY_DATA`` names or in ``../shared/data``.
"""

import os
import re
from pathlib import Path

import nbformat
import pytest
from nbclient import NotebookClient

from clemency.findings.registry import registry

FOLDER = Path(__file__).resolve().parents[2] / "notebooks"
SHARED = Path(__file__).resolve().parents[3] / "shared" / "data"
SAID = {p: nbformat.read(p, 4).metadata.get("clemency", {}) for p in sorted(FOLDER.glob("*.ipynb"))}
NEEDS = {p: said.get("needs", said.get("fetches")) for p, said in SAID.items()}
NOTEBOOKS = [p for p, needs in NEEDS.items() if p.stem != "quarterly" and not needs]  # run by the tests of the report
WITH_DATA = [p for p, needs in NEEDS.items() if needs]


#: Those that are read rather than run: a figure first, tables without codes, the code folded on a page.
READ = ("finding_lists_and_answers", "finding_official_figures", "findings")
FOLDED = (*READ, "being_on_a_list", "cecc_cohort")


def run(notebook):
    NotebookClient(notebook, timeout=300, kernel_name="python3", extra_arguments=["--log-level=ERROR"]).execute()
    return notebook


def images(cell):
    return [o for o in cell.get("outputs", []) if "image/png" in o.get("data", {})]


@pytest.mark.parametrize("path", sorted(FOLDER.glob("*.ipynb")), ids=lambda p: p.stem)
def test_is_stored_without_output(path):
    code = [c for c in nbformat.read(path, 4).cells if c.cell_type == "code"]
    assert all(not c.outputs and c.execution_count is None for c in code)


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda p: p.stem)
def test_runs_and_shows_every_figure(path):
    notebook = run(nbformat.read(path, 4))
    shows_every_figure(notebook)
    if path.stem in READ:
        can_be_read(notebook)


def can_be_read(notebook):
    """A figure comes first; no key of a finding or a case is shown, and nothing where nothing is known."""
    code = [c for c in notebook.cells if c.cell_type == "code"]
    assert images(code[0])
    keys = set(registry().findings["finding_id"])
    for cell in code:
        for output in cell.outputs:
            shown = output.get("data", {}).get("text/html") or output.get("text", "")
            assert not [k for k in keys if k in shown], cell.source
            assert not re.search(r"\bNaN\b|>nan<|&lt;NA&gt;|<NA>|\bNone\b|case_id|finding_id", shown), cell.source


@pytest.mark.parametrize("name", FOLDED)
def test_code_is_folded_where_a_page_is_made(name):
    code = [c for c in nbformat.read(FOLDER / f"{name}.ipynb", 4).cells if c.cell_type == "code"]
    assert all("hide-input" in c.metadata.tags and c.metadata.jupyter.source_hidden for c in code)


@pytest.mark.parametrize("path", WITH_DATA, ids=lambda p: p.stem)
def test_runs_whole_where_its_data_are(path, monkeypatch):
    pytest.importorskip("pyreadr")
    folder = Path(os.environ.get("CLEMENCY_DATA") or SHARED)
    if not (folder / NEEDS[path]).is_dir():
        pytest.skip(f"{NEEDS[path]} is not in {folder}; name its folder with CLEMENCY_DATA")
    monkeypatch.setenv("CLEMENCY_DATA", str(folder))
    notebook = run(nbformat.read(path, 4))
    shows_every_figure(notebook)
    assert len([c for c in notebook.cells if images(c)]) >= 2


@pytest.mark.parametrize("path", [p for p in WITH_DATA if "needs" in SAID[p]], ids=lambda p: p.stem)
def test_says_what_is_missing_and_stops_without_its_data(path, tmp_path, monkeypatch):
    monkeypatch.delenv("CLEMENCY_DATA", raising=False)
    monkeypatch.setenv("CLEMENCY_CACHE", str(tmp_path))
    outputs = [o for c in run(nbformat.read(path, 4)).cells for o in c.get("outputs", [])]
    assert [o.output_type for o in outputs] == ["stream"]
    assert f"clemency data fetch {NEEDS[path]}" in outputs[0].text


def shows_every_figure(notebook):
    for cell in notebook.cells:
        if cell.cell_type == "code":
            drawn = sum(cell.source.count(call) for call in ("plt.subplots(", ".plot(", "plt.show("))
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
