"""The page on public microdata: its code runs on small files of the same form, its table is the registry's."""

import csv
import hashlib
import re
from pathlib import Path

import pytest

from clemency.records.publicfiles import registry

PAGE = (Path(__file__).resolve().parents[2] / "docs" / "microdata.md").read_text(encoding="utf-8")
SMALL = {
    "complete_pprisdat.RData": "",
    "final_pprisdat.RData": "",
    "CHRD_fullinfo.csv": "name,province\nA,B\n",
    "IdealpointestimatesAll_Apr2020.csv": "",
    "IdealpointestimatesHumanRights_Apr2020.csv": (
        '"","ccode","session","NVotesHumanRights","IdealPointHumanRights","iso3c","Countryname"\n'
        '"1",2,73,20,2.5,"USA","United States"\n"2",2,74,14,2.25,"USA","United States"\n'
        '"3",437,74,14,-0.5,"CIV","C\xf4te d\u2019Ivoire"\n'
        '"4",710,73,21,-1,"CHN","China"\n"5",710,74,14,-1.5,"CHN","China"\n'
    ),
}


def test_code_on_the_page_runs(tmp_path, monkeypatch):
    rows = [r for r in registry.public_files() if r.file in SMALL]
    path = tmp_path / "registry.csv"
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(["name", "file", "bytes", "sha256", "licence", "citation", "address", "about"])
        for row in rows:
            content = SMALL[row.file].encode("cp1252")
            (tmp_path / row.file).write_bytes(content)
            sha = hashlib.sha256(content).hexdigest()
            address = "http://127.0.0.1:9/never-asked"
            writer.writerow([row.name, row.file, len(content), sha, row.licence, row.citation, address, row.about])
    monkeypatch.setattr(registry, "REGISTRY", path)
    monkeypatch.setenv("CLEMENCY_DATA", str(tmp_path))
    space = {}
    for block in re.findall(r"```py\n(.*?)```", PAGE, re.DOTALL):
        exec(compile(block, "docs/microdata.md", "exec"), space)
    assert space["data"].licence == "none stated"
    assert space["detentions"].shape == (1, 2)
    assert space["distance"].set_index("period")["distance"].to_dict() == pytest.approx({"2018": 3.5, "2019": 3.75})
    at = space["made"].spells.query("year == '2019'")["closeness"]
    assert len(at)
    assert set(at) == {-3.5}


def test_the_table_on_the_page_is_the_registry():
    told = dict(re.findall(r"^\| `(\w+)` \|.*\| ([^|]+) \|$", PAGE, re.MULTILINE))
    assert told == {r.name: r.licence for r in registry.public_files()}
