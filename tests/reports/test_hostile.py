"""Folders and tables that were received: nothing in them runs, links elsewhere, or is taken for markup."""

import json
import os
import re
import subprocess
import sys
from pathlib import Path

import nbformat
import pandas as pd
import pytest

import clemency as cl
from clemency.figures.theme.files import to_svg
from clemency.figures.theme.settings import style
from clemency.records.presentation.addresses import is_web_address
from clemency.reports.execution.kernel import run
from clemency.reports.links import link, sources_of
from clemency.reports.pages import printing
from clemency.reports.pages.page import POLICY, built, page
from clemency.reports.section import Section, TableView

ROOT = Path(cl.__file__).resolve().parents[1]
TRAPS = ("pandas", "numpy", "json", "ipykernel", "ipykernel_launcher", "sitecustomize", "usercustomize", "lazy_loader")
PROBE = """
import json, os, sys
import clemency, numpy, pandas
found = {"path": sys.path, "cwd": os.listdir(), "data": data, "files": [clemency.__file__, pandas.__file__]}
print(json.dumps(found))
"""


@pytest.fixture
def trapped(tmp_path):
    """A folder with modules that leave a mark when they are imported."""
    folder, mark = tmp_path / "received", tmp_path / "mark"
    folder.mkdir()
    for name in TRAPS:
        text = f"open({str(mark)!r}, 'a').write('{name} ')\nraise ImportError('from the folder')\n"
        (folder / f"{name}.py").write_text(text, encoding="utf-8")
    return folder, mark


@pytest.fixture
def probe(tmp_path):
    path = tmp_path / "probe.ipynb"
    cells = [
        nbformat.v4.new_code_cell("data = None", metadata={"tags": ["parameters"]}),
        nbformat.v4.new_code_cell(PROBE),
    ]
    nbformat.write(nbformat.v4.new_notebook(cells=cells), path)
    return path


def told(notebook):
    return json.loads(notebook.cells[1]["outputs"][0]["text"])


def test_the_kernel_imports_nothing_from_the_working_folder_or_that_of_the_tables(
    trapped, probe, monkeypatch, tmp_path
):
    folder, mark = trapped
    startup = tmp_path / "startup.py"
    startup.write_text(f"open({str(mark)!r}, 'a').write('startup')", encoding="utf-8")
    profile = tmp_path / "ipython" / "profile_default" / "startup"
    profile.mkdir(parents=True)
    (profile / "00.py").write_text(startup.read_text(encoding="utf-8"), encoding="utf-8")
    monkeypatch.chdir(folder)
    monkeypatch.setenv("PYTHONSTARTUP", str(startup))
    monkeypatch.setenv("IPYTHONDIR", str(tmp_path / "ipython"))
    monkeypatch.setenv("PYTHONPATH", os.pathsep.join(["", ".", str(folder), str(ROOT)]))
    found = told(run(probe, {}, folder))
    assert not mark.exists()
    assert set(found["cwd"]) == {"connection.json", "ipython"}
    assert "" not in found["path"]
    assert "<tables>" not in found["path"]
    assert found["data"] == "<tables>"


def test_the_saved_notebook_names_no_folder_of_this_machine(trapped, probe):
    notebook = run(probe, {"quarter": "2017Q2"}, trapped[0])
    text = nbformat.writes(notebook)
    assert notebook.cells[0]["source"].splitlines()[:2] == ["quarter = '2017Q2'", "data = None"]
    assert notebook.cells[0]["source"].splitlines()[2].startswith("# data was the folder of tables")
    for path in (trapped[0], ROOT, Path(sys.prefix)):
        assert str(path) not in text


@pytest.mark.parametrize("how", [["-m", "clemency"], ["-P", "-m", "clemency"]])
def test_the_command_run_as_a_module_imports_nothing_from_where_it_is_run(trapped, how):
    folder, mark = trapped
    env = {**os.environ, "PYTHONPATH": str(ROOT)}
    done = subprocess.run(
        [sys.executable, *how, "data", "edition"], cwd=folder, env=env, capture_output=True, text=True, check=False
    )
    assert not mark.exists()
    assert done.returncode == 0, done.stderr
    assert "clemency data, edition" in done.stdout


def test_importing_the_library_leaves_the_path_alone(tmp_path):
    (tmp_path / "tool").mkdir()
    (tmp_path / "tool" / "__init__.py").write_text("import clemency", encoding="utf-8")
    (tmp_path / "tool" / "__main__.py").write_text("import beside", encoding="utf-8")
    (tmp_path / "beside.py").write_text("print('found')", encoding="utf-8")
    env = {**os.environ, "PYTHONPATH": str(ROOT)}
    order = [sys.executable, "-m", "tool", "clemency"]
    done = subprocess.run(order, cwd=tmp_path, env=env, capture_output=True, text=True, check=False)
    assert done.stdout == "found\n", done.stderr


BAD = [
    "javascript:alert(1)",
    "JavaScript:alert(1)",
    " https://duihua.org",
    "https://duihua.org ",
    "https://duihua.org/a b",
    "\thttps://duihua.org",
    "java\nscript:alert(1)",
    "https://duihua.org\n",
    "\x00https://duihua.org",
    "data:text/html,<script>alert(1)</script>",
    "vbscript:x",
    "file:///etc/passwd",
    "//duihua.org",
    "/etc/passwd",
    "duihua.org",
    "ftp://duihua.org",
    "https:duihua.org",
    "https:///duihua.org",
    "https://",
    "https://duihua.org@evil.example/",
    "https://duihua.org\\@evil.example/",
    'https://duihua.org/" onclick="alert(1)',
    "https://duihua.org/<script>",
    "\u202ehttps://duihua.org",
    "https://duihua.org/\u200b",
    "https://duihua\u2028.org",
    "",
    None,
    float("nan"),
    7,
]


@pytest.mark.parametrize("address", BAD)
def test_what_is_no_page_on_the_web_is_not_linked(address):
    assert not is_web_address(address)
    assert link(address, "a < b") == "a &lt; b"


@pytest.mark.parametrize(
    "address",
    [
        "https://duihua.org",
        "HTTP://duihua.org/?p=1&q=2#x",
        "https://zh.wikipedia.org/wiki/刘晓波",
        "http://[::1]:80/a'b(c)",
    ],
)
def test_pages_on_the_web_are_linked(address):
    markup = link(address, "x")
    assert re.fullmatch(r'<a href="[^"<>]+" rel="noreferrer">x</a>', markup)


def test_sources_without_an_address_or_a_row_are_shown_as_text():
    sources = pd.DataFrame(
        {
            "source_id": ["a", "b", "c"],
            "publisher": ["<b>A</b>", "B", None],
            "address": ["javascript:alert(1)", "https://b.example/?x=1&y=2", None],
        }
    )
    assert sources_of(sources, "a b c d<i>").split("<br>") == [
        "&lt;b&gt;A&lt;/b&gt;",
        '<a href="https://b.example/?x=1&amp;y=2" rel="noreferrer">B</a>',
        "c",
        "d&lt;i&gt;",
    ]
    assert sources_of(sources.iloc[:0], None) == ""


@pytest.mark.parametrize("address", ["javascript:alert(1)", "HTTPS://x y", "www.duihua.org", "//duihua.org"])
def test_check_names_an_address_that_is_not_http(folder, spoil, address):
    spoil("sources", 5, "address", address)
    found = cl.check(folder)
    assert found[["file", "row", "column", "value"]].to_numpy().tolist() == [["sources.csv", 5, "address", address]]
    assert "https://" in found["remedy"][0]


def test_the_page_forbids_what_it_does_not_need():
    text = page(title="<t>", kicker="k", heading="h", lead="l", sections=[], footer=["f"])
    said = re.search(r'<meta http-equiv="Content-Security-Policy" content="([^"]+)">', text)
    assert said is not None
    rules = dict(r.split(" ", 1) for r in said[1].replace("&#39;", "'").split("; "))
    assert rules == {
        "default-src": "'none'",
        "style-src": "'unsafe-inline'",
        "base-uri": "'none'",
        "form-action": "'none'",
    }
    assert text.index("Content-Security-Policy") < text.index("<title>") < text.index("<style>")
    assert "&lt;t&gt;" in text
    assert POLICY


def test_text_of_data_is_no_markup_and_no_formula():
    hostile = "<img src=x onerror=alert(1)>"
    frame = pd.DataFrame({hostile: [hostile, "=HYPERLINK(1)"], "n": [-1.5, 2.0]})
    content = Section("s", hostile, (hostile,), (TableView("t", hostile, frame),), (hostile,)).content()
    made = Section("s", hostile, (hostile,), (TableView("t", hostile, frame),), (hostile,))._repr_mimebundle_()
    assert "<img" not in made["text/html"]
    assert "<img" not in str({k: v for k, v in content["parts"][0].items() if k != "csv"})
    assert content["parts"][0]["csv"].splitlines()[1:] == [f"{hostile},-1.5", "'=HYPERLINK(1),2.0"]


def test_dollars_and_markup_in_figures_are_text():
    from matplotlib import pyplot as plt

    with style():
        figure, ax = plt.subplots()
        ax.set_title("<script> $x^2$ & ${}$")
    text = to_svg(figure, "</title><script>", "</desc><script>")
    plt.close(figure)
    assert "<script" not in text
    assert "&lt;script&gt; $x^2$ &amp; ${}$" in text


@pytest.mark.parametrize("epoch", ["abc", "1e9", "99999999999999999999", "-99999999999999", "1.5"])
def test_a_date_of_the_build_that_is_none_is_explained(monkeypatch, epoch):
    monkeypatch.setenv("SOURCE_DATE_EPOCH", epoch)
    with pytest.raises(cl.UsageError, match="number of seconds since 1970"):
        built()


class Browser:
    """Stands for Chromium: prints only in the ways that it is told to."""

    def __init__(self, monkeypatch, root, answers):
        self.orders, self.answers = [], list(answers)
        monkeypatch.setattr(printing, "_is_root", lambda: root)
        monkeypatch.setattr(printing.subprocess, "run", self)

    def __call__(self, order, **_):
        self.orders.append(order)
        stderr = self.answers.pop(0)
        if not stderr:
            target = next(o for o in order if o.startswith("--print-to-pdf=")).split("=", 1)[1]
            Path(target).write_bytes(b"%PDF")
        return subprocess.CompletedProcess(order, 1 if stderr else 0, "", stderr)


REFUSED = "[0101/000000:FATAL:zygote_host_impl_linux.cc(127)] No usable sandbox! Update your kernel"


@pytest.mark.parametrize(
    ("root", "answers", "sandboxed", "said"),
    [
        (False, [""], [True], []),
        (True, [""], [False], ["root"]),
        (False, [REFUSED, ""], [True, False], ["this system gives it none"]),
    ],
)
def test_the_browser_keeps_its_sandbox_unless_it_must_not(monkeypatch, tmp_path, root, answers, sandboxed, said):
    browser, lines = Browser(monkeypatch, root, answers), []
    printing.print_page("chromium", tmp_path / "index.html", tmp_path / "a.pdf", lines.append)
    assert ["--no-sandbox" not in o for o in browser.orders] == sandboxed
    assert len(lines) == len(said)
    assert all(word in line for word, line in zip(said, lines, strict=True))


def test_a_browser_that_fails_for_another_reason_is_not_run_without_its_sandbox(monkeypatch, tmp_path):
    browser = Browser(monkeypatch, False, ["cannot open display"])
    with pytest.raises(cl.ClemencyError, match="cannot open display"):
        printing.print_page("chromium", tmp_path / "index.html", tmp_path / "a.pdf", print)
    assert len(browser.orders) == 1
