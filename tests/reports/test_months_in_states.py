"""Where prisoners are in ten years: the numbers from the fit itself, and quarters that cannot bear the section."""

import re

import pytest

import clemency as cl
from clemency.reports.descriptions.states import where_they_are
from clemency.reports.inputs import OUTCOMES, inputs
from clemency.reports.section import TableView


def said(section):
    return " ".join([*section.text, *section.notes]).replace("**", "")


@pytest.mark.parametrize("quarter", ["1995Q1", "2024Q4"])
def test_the_months_of_ten_years_are_all_spent_somewhere(quarter):
    given = inputs(quarter)
    section = where_they_are(given)
    months = next(p for p in section.parts if isinstance(p, TableView)).data
    assert months.groupby("group")["estimate"].sum().to_numpy() == pytest.approx(120)
    made = cl.cohort(
        given.cases, given.acts, outcome=list(OUTCOMES), clock="sentence", until=given.until, recurrent=True
    )
    whole = cl.multistate(made, cuts=1).sojourn(120).set_index("state")["estimate"]
    first = months[months["group"].str.startswith("all cases")]
    assert sorted(first["estimate"]) == pytest.approx(sorted(whole))
    found = re.search(
        r"the (\d+) cases on record .* spend on average (\d+) serving .*, (\d+) serving after a cut", said(section)
    )
    assert [int(n) for n in found.groups()] == [
        made.spells["case_id"].nunique(),
        round(whole["serving"]),
        round(whole["reduced 1+"]),
    ]
    sizes = months.drop_duplicates("group")["cases"].astype(int).tolist()
    rest = [int(n) for n in re.findall(r"[:,] [^:]*\((\d+) cases?\)", said(section).split("became known")[0])]
    if len(sizes) == 1:
        assert "Fewer than two groups by charge have 10 cases" in said(section)
        assert rest == sizes
    else:
        assert sum(sizes[1:]) + sum(rest) == sizes[0]


def test_too_few_acts_are_said_and_nothing_is_drawn():
    given = inputs("1991Q1")
    section = where_they_are(given)
    steps = given.states().spells["event"].isin(OUTCOMES).sum()
    assert 0 < steps < 5
    assert section.parts == ()
    assert section.text == (
        f"{['One act', 'Two acts', 'Three acts', 'Four acts'][steps - 1]} in the time in which prisoners are followed "
        f"{'is' if steps == 1 else 'are'} too few to say how long people spend where.",
    )
