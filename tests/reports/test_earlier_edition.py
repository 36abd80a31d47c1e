"""An earlier edition of the tables is called what it is, and not a folder of somebody's own."""

import importlib
import re
import shutil

import pytest
from makers import MAKERS
from matplotlib import pyplot as plt

from clemency.records.environment.datafolder import data_folder
from clemency.reports.inputs import inputs

build = importlib.import_module("clemency.reports.build")


@pytest.fixture(scope="module")
def given():
    return inputs("2017Q2", "2026.11")


def test_an_edition_is_known_by_its_number_and_by_its_bytes(given, tmp_path):
    assert (given.earlier, given.shipped, given.published) == ("2026.11", False, True)
    assert inputs("2017Q2").earlier == ""
    assert inputs("2017Q2").published
    copy = shutil.copytree(data_folder("2026.11"), tmp_path / "copy")
    assert inputs("2017Q2", copy).earlier == "2026.11"
    with (copy / "lists.csv").open("a", encoding="utf-8") as file:
        file.write("\n")
    changed = inputs("2017Q2", copy)
    assert (changed.earlier, changed.published, changed.whose) == ("", False, "the folder")


@pytest.mark.parametrize("slug", ["summary", "register", "incidence", "lists", "limits"])
def test_no_section_calls_it_a_folder(given, slug):
    section = MAKERS[slug](given)
    plt.close("all")
    said = " ".join((*section.text, *section.notes))
    assert "folder" not in said
    assert ("tables are those of edition 2026.11, which is older than the plan" in said) == (slug == "register")


def test_a_table_that_an_edition_lacks_is_lacking_in_the_edition(given):
    from dataclasses import replace

    assert MAKERS["lists"](replace(given, absent=("lists",))).text[0].startswith("Edition 2026.11 has no table lists")


def test_the_page_and_its_notebook_name_the_edition(given, monkeypatch, tmp_path):
    asked = []

    def run(kernel, path, parameters, say, name):
        asked.append((kernel._folder, name))
        raise RuntimeError

    monkeypatch.setattr(build.Kernel, "run", run)
    for data, name in (("2026.11", "2026.11"), (None, None)):
        with pytest.raises(RuntimeError):
            build.build("2017Q2", data=data, out=tmp_path / "out")
        assert asked.pop() == (data and data_folder(data), name)
    about = build.about_of(given, build._heading(given), [], "1 January 2027", ())
    page = build._page(given, about, [], "")
    assert "Quarterly report on edition 2026.11 of the tables" in page
    assert "What public, cited records say" in page
    said = re.sub(r"<script.*?</script>", "", page.split("<body>")[1], flags=re.DOTALL)
    assert "folder" not in said.replace("no folder of", "")
