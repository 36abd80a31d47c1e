"""What can be read and cannot be true: told by `check` and on cohorts, with the row; what may be true is not."""

import pandas as pd
import pytest
from click.testing import CliRunner

import clemency as cl
from clemency.cli import main
from clemency.records.checks.plausible import doubts

COLUMNS = ["case_id", "detention_date", "sentence_date", "sentence_type", "sentence_months", "status", "status_date"]
ACTS = ["case_id", "act_type", "act_date", "months", "scope", "date_basis"]


def case(key="a", months=60, kind="fixed", status="serving", since=None, custody="2010-03-01"):
    return (key, custody, "2010-09-01", kind, months, status, since)


def told(cases, acts=()):
    found = doubts(pd.DataFrame(cases, columns=COLUMNS), pd.DataFrame(acts, columns=ACTS))
    return [(d.table, d.row, d.column, d.value) for d in found]


def cut(months=6, on="2012-01-01", key="a", kind="sentence_reduction", scope="single", basis="act"):
    return (key, kind, on, months, scope, basis)


def test_nothing_is_told_of_what_can_be():
    assert told([case()], [cut(), cut(59, "2014")]) == [("acts", 1, "months", "59")]  # 65 months in all
    assert told([case()], [cut(), cut(54, "2013")]) == []
    assert told([case(None, None)], [cut(400)]) == []
    assert told([case(kind="life", months=None)], [cut(300)]) == []
    assert told([case()], []) == []


def test_a_cut_larger_than_the_term():
    assert told([case()], [cut(61)]) == [("acts", 0, "months", "61")]
    assert told([case()], [cut(61, scope="total")]) == [("acts", 0, "months", "61")]
    assert told([case()], [cut(60)]) == []
    # An extension makes the term longer: 60 + 12.
    assert told([case()], [cut(72), cut(12, kind="sentence_extension")]) == []
    assert told([case()], [cut(73), cut(12, kind="sentence_extension")]) == [("acts", 0, "months", "73")]
    # A total stands beside the single cuts that it may include.
    assert told([case()], [cut(40), cut(40, scope="total")]) == []


def test_an_act_after_the_end_of_the_term():
    """Five years from 1 March 2010 end on 28 February 2015."""
    assert told([case()], [cut(on="2015-03-01")]) == [("acts", 0, "act_date", "2015-03-01")]
    assert told([case()], [cut(on="2015-02-28")]) == []
    assert told([case()], [cut(on="2015")]) == []  # it may have been in January
    assert told([case()], [cut(on="2016")]) == [("acts", 0, "act_date", "2016")]
    assert told([case(custody="2010")], [cut(on="2015-03-01")]) == []  # custody may have begun in December
    assert told([case()], [cut(on="2015-03-01", basis="report")]) == []
    assert told([case()], [cut(on="2016", kind="parole_denied")]) == [("acts", 0, "act_date", "2016")]
    assert told([case()], [cut(on="2015-06-01"), cut(12, kind="sentence_extension")]) == []


@pytest.mark.parametrize("status", ["released", "released_early", "released_on_expiry", "died_in_custody", "executed"])
def test_an_act_after_release_or_death(status):
    gone = [case(status=status, since="2013-05")]
    assert told(gone, [cut(on="2013-06-01")]) == [("acts", 0, "act_date", "2013-06-01")]
    assert told(gone, [cut(on="2013-05-31")]) == []
    assert told(gone, [cut(on="2013-06-01", basis="report")]) == []
    assert told([case(status=status)], [cut(on="2013-06-01")]) == []


def test_parolees_still_serve():
    assert told([case(status="parole", since="2013-05")], [cut(None, "2014-01-01", kind="special_pardon")]) == []


@pytest.mark.parametrize("kind", ["life", "death", "death_reprieve", "none"])
def test_months_of_a_sentence_without_a_length(kind):
    assert told([case(), case("b", 120, kind)]) == [("cases", 1, "sentence_months", "120")]


def test_months_that_look_like_years():
    years = [case(k, m) for k, m in zip("abcde", (3, 5, 7.5, 10, 25), strict=True)]
    assert told(years) == [("cases", None, "sentence_months", "3 to 25")]
    assert told(years[:4]) == []
    assert told([*years[:4], case("e", 26)]) == []
    assert told([*years[:4], case("e", 10, "suspended")]) == []
    cuts = [cut(m, f"201{i}", "a") for i, m in enumerate((0.5, 1, 1, 2, 3))]
    long = [case(months=300)]
    assert told(long, cuts) == [("acts", None, "months", "0.5 to 3")]
    assert told(long, cuts[1:]) == []


def test_tables_with_few_columns_are_looked_at_as_far_as_they_go():
    few = pd.DataFrame({"case_id": ["a"], "sentence_type": ["life"], "sentence_months": [60]})
    acts = pd.DataFrame({"case_id": ["a", "b"], "act_type": ["parole", "parole"]})
    assert [d.column for d in doubts(few, acts)] == ["sentence_months"]


def test_the_check_tells_with_a_severity_and_the_command_succeeds(folder, spoil):
    acts, cases = cl.load("acts"), cl.load("cases")
    terms = cases.set_index("case_id")["sentence_months"].reindex(acts["case_id"]).to_numpy()
    row = int(acts.index[acts["act_type"].eq("sentence_reduction") & acts["months"].notna() & (terms < 299)][0])
    term = terms[row]
    assert term < 299
    spoil("acts", row + 2, "months", "299")
    found = cl.check(folder)
    assert found[["file", "row", "column", "value", "severity"]].to_numpy().tolist() == [
        ["acts.csv", row + 2, "months", "299", "warning"]
    ]
    assert cl.load("acts", folder)["months"][row] == 299
    result = CliRunner().invoke(main, ["data", "check", str(folder)])
    assert result.exit_code == 0
    assert f"a cut larger than the term of {term:g} months" in result.output
    spoil("acts", row + 3, "months", "eight")
    assert set(cl.check(folder)["severity"]) == {"error", "warning"}
    assert CliRunner().invoke(main, ["data", "check", str(folder)]).exit_code == 1


def test_the_shipped_tables_hold_nothing_that_cannot_be():
    assert doubts(cl.load("cases"), cl.load("acts")) == []


def test_a_cohort_keeps_what_it_was_told():
    cases = pd.DataFrame([case(), case("b", 120, "life")], columns=COLUMNS).assign(seen_date="2016-01-01")
    acts = pd.DataFrame([cut(61)], columns=ACTS)
    c = cl.cohort(cases, acts)
    assert c.warnings[["table", "row", "case_id", "column", "value"]].to_numpy().tolist() == [
        ["cases", 1, "b", "sentence_months", "120"],
        ["acts", 0, "a", "months", "61"],
    ]
    assert c.spells["event"].tolist() == ["sentence_reduction"]
    assert "2 values that cannot be true, see .warnings" in repr(c)
    assert "a cut larger than the term of 60 months" in c._repr_html_()
    for later in (c.split(calendar="Y"), c.assign(x=1), c.where(lambda s: s["entry"] >= 0, "none")):
        pd.testing.assert_frame_equal(later.warnings, c.warnings)
    imputed = cl.cohort(cases, acts, dates="impute", m=2, seed=1)
    pd.testing.assert_frame_equal(imputed.warnings, c.warnings)
    fine = cl.cohort(cases.iloc[:1], acts.assign(months=6))
    assert fine.warnings.columns.tolist() == c.warnings.columns.tolist()
    assert len(fine.warnings) == 0
    assert "cannot be true" not in fine._repr_html_()


def test_an_extension_without_its_months_leaves_the_end_open():
    late = cut(6, "2035-01-01")
    assert told([case()], [late]) == [("acts", 0, "act_date", "2035-01-01")]
    assert told([case()], [late, cut(None, "2014-06-01", kind="sentence_extension")]) == []
    assert told([case()], [late, cut(12, "2014-06-01", kind="sentence_extension")]) == [
        ("acts", 0, "act_date", "2035-01-01")
    ]
