"""The page on tables makes a two-model table for Word, whose cells are those of the fits."""

import re
from pathlib import Path

import docx
import pandas as pd
import pytest

from clemency.records.presentation.wording import limits, ratio

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture(scope="module")
def space(tmp_path_factory):
    text = (ROOT / "docs" / "tables.md").read_text(encoding="utf-8")
    found, folder = {}, tmp_path_factory.mktemp("tables")
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(folder)
        for block in re.findall(r"```python\n(.*?)```", text, re.DOTALL):
            exec(compile(block, "tables.md", "exec"), found)
    return found | {"folder": folder}


def test_the_word_table_says_what_the_fits_say(space):
    document = docx.Document(str(space["folder"] / "reductions.docx"))
    assert document.paragraphs[0].text.endswith("Hazard ratios of a first sentence reduction")
    rows = [[cell.text for cell in row.cells] for row in document.tables[0].rows]
    assert rows[0] == ["", "crude", "crude", "adjusted", "adjusted"]
    cells = {row[0]: row[1:] for row in rows[2:]}
    for first, fit in ((0, space["crude"]), (2, space["adjusted"])):
        (men,) = fit.tidy(exponentiate=True).query("level == 'M'").to_dict("records")
        said = f"{ratio(men['estimate'])} ({limits(men['ci_low'], men['ci_high'])})"
        shown, events = cells["sex: M"][first : first + 2]
        assert shown.removesuffix(" †") == said
        assert events == str(fit.support.query("level == 'M'")["n_event"].item())
        assert cells["Events"][first] == str(fit.glance()["events"].item())
    assert cells["sex: F"][0] == "reference"
    assert rows[-1][0].endswith("Documented cases are no sample of all cases.")


def test_other_tables_of_the_page(space):
    at = space["curves"].at([24, 60, 96])
    assert space["by_years"].frame["at risk"].tolist() == [f"{n:,.0f}" for n in at["at_risk"]]
    assert len(space["test"].frame) == 1
    shown = space["both"].df.loc[("coef", "sex=M")].tolist()
    (men,) = space["crude"].tidy(exponentiate=True).to_dict("records")
    assert shown[0] == f"{men['estimate']:.2f} [{men['ci_low']:.2f}, {men['ci_high']:.2f}]"
    tidy = pd.read_csv(space["folder"] / space["script"].parent / "tidy-1.csv")
    assert tidy["term"].tolist() == ["sexM"]
