"""The report that is kept as an example is of the shipped tables, and stands alone."""

import re
from pathlib import Path

import clemency as cl

FOLDER = Path(__file__).resolve().parents[2] / "reports" / "example"


def test_the_example_is_of_the_edition_that_is_shipped():
    page = (FOLDER / "index.html").read_text(encoding="utf-8")
    editions = set(re.findall(r"[Ee]dition (20\d\d\.\d\d)", page))
    assert max(editions) == cl.edition().version
    assert "Metabdulla Iminniyaz" in page
    assert len(page.encode()) < 1.5e6
    assert (FOLDER / "top.png").read_bytes().startswith(b"\x89PNG")
