"""All acts and cases, the numbers and the card of folders that hold little, and names that are hard to show."""

import pandas as pd
import pytest
from samplepage import LONG, NAMES

from clemency.records.environment.datafolder import data_folder
from clemency.reports.inputs import inputs
from clemency.reports.lead.numbers import ROWS, numbers
from clemency.reports.pages.about import about_of, numbers_of
from clemency.reports.pages.records import records_html, records_of
from clemency.reports.shelf.cards import card


def table(name):
    return pd.read_csv(data_folder() / f"{name}.csv", dtype=str, keep_default_na=False)


@pytest.fixture
def make(tmp_path):
    """A folder of two tables alone: no lists, no events, no documents."""

    def written(ids, acts, **changed):
        cases = table("cases")
        cases = cases[cases["case_id"].isin(ids)].assign(**changed)
        own = table("acts")
        own = own[own["case_id"].isin(ids)].head(acts)
        for name, frame in (("cases", cases), ("acts", own)):
            frame.to_csv(tmp_path / f"{name}.csv", index=False)
        return inputs("2017Q2", tmp_path)

    return written


LIU = ["liu-xiaobo-2009"]


def test_one_act_is_one_row_with_the_key_of_its_document(make):
    given = make(LIU, 1)
    acts, cases = (r.content() for r in records_of(given))
    assert [acts["rows"][0][k] for k in (0, 2)] == ["Liu Xiaobo\n刘晓波", "2017-06-07/2017-06-26"]
    key = table("acts").query("case_id == 'liu-xiaobo-2009'")["source_ids"].iloc[0].split()[0]
    assert acts["links"][acts["rows"][0][6]] == (key, "")
    assert cases["rows"][0][9] == 1
    assert numbers_of(given.quarter, numbers(given), ROWS)[0].value == "1"
    assert "1 act<" in records_html(records_of(given))


def test_no_act_is_no_row_and_the_card_says_none(make):
    given = make(LIU, 0)
    acts, cases = records_of(given)
    assert (acts.content()["rows"], len(cases.content()["rows"])) == ([], 1)
    assert acts.flat().empty
    about = about_of(given, "h", [], "2017-07-14", numbers_of(given.quarter, numbers(given), ROWS))
    assert [n.value for n in about.numbers] == ["0", "0", "0"]
    assert len(card(about)) > 1000


@pytest.mark.parametrize("name", [LONG, *NAMES[2:5], NAMES[6]])
def test_hard_names_stay_as_they_are(make, name):
    # Marks that turn the direction of writing do not come so far: reading the table refuses them.
    acts, _ = records_of(make(LIU, 1, name=name, name_zh=""))
    assert acts.content()["rows"][0][0] == name
