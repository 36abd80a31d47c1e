"""Rules that are given instead of the shipped ones: each misspelling that would make one apply otherwise is named."""

import pandas as pd
import pytest

import clemency as cl

RULES = cl.load("rules").astype(object)
ROW = {
    "sentence_type": "fixed", "sentence_months": 72, "detention_date": "2014-01-15", "sentence_date": "2014-10-20",
    "charge_family": "endangering_state_security",
}  # fmt: skip
AT = int(RULES.index[RULES["rule_id"] == "SPC16-7-start-le10"][0])


def with_cell(column, value, at=AT):
    changed = RULES.copy()
    changed.loc[at, column] = value
    return changed


@pytest.mark.parametrize(
    ("column", "value", "said"),
    [
        ("value", "two years", "not a number. Write a plain number"),
        ("value", "1/2", "not a number"),
        ("value", float("inf"), "not a number"),
        ("value", "-24", "not a number"),
        ("unit", "years", "not a unit of rules"),
        ("unit", "month", "Did you mean 'months'"),
        ("unit", None, "an empty value"),
        ("rule_kind", "min served before first reduction", "Did you mean 'min_served_before_first_reduction'"),
        ("rule_kind", None, "an empty value"),
        ("effective_from", 2017, "a number, not a date"),
        ("effective_from", "01/01/2017", "not a date"),
        ("effective_from", None, "an empty value"),
        ("effective_to", "soon", "not a date"),
        ("effective_to", "2016", "earlier than effective_from"),
        ("applies_to", "sentence=Fixed;group=ess", "Write 'fixed'"),
        ("applies_to", "sentence=fixd;group=ess", "Did you mean 'fixed'"),
        ("applies_to", "sentence=fixed;group=ESS", "Write 'ess'"),
        ("applies_to", "sentence=fixed;group=ess ", "Write 'ess'"),
        ("applies_to", "sentence=fixed; group=ess", "no condition is called ' group'"),
        ("applies_to", "sentence=fixed;grop=ess", "Did you mean 'group'"),
        ("applies_to", "sentence=fixed;group=ess;group=all", "there twice"),
        ("applies_to", "sentence=fixed;max_months=ten years", "not a number of months"),
        ("applies_to", "sentence=fixed;after_cut_months=36-24", "not a span of months"),
        ("applies_to", "fixed terms", "not a condition"),
        ("applies_to", "sentence=", "not a condition"),
        ("applies_to", 7, "not text"),
        ("applies_to", None, "an empty value"),
        ("rule_id", None, "an empty value"),
        ("rule_id", "AM8-66", "the key occurs twice"),
    ],
)
def test_what_is_no_rule_is_named_with_its_row(column, value, said):
    for run in (
        lambda rules: cl.eligibility(ROW, on="2017-05-27", rules=rules),
        lambda rules: cl.beyond_rules(rules=rules),
    ):
        with pytest.raises(cl.DataError, match=said) as caught:
            run(with_cell(column, value))
        assert caught.value.problems[0].file == "rules"
        assert caught.value.problems[0].row == AT
        assert caught.value.problems[0].column == column


def first(rules):
    return (
        cl.eligibility(ROW, on="2017-05-27", rules=rules)["first reduction"][["months", "article"]].to_numpy().tolist()
    )


def test_the_same_rules_in_other_storage_say_the_same():
    # Two years before a first cut, by article 7 of the provisions of 2016.
    assert first(None) == first(RULES) == [[24.0, "7"]]
    assert first(with_cell("value", 24)) == first(with_cell("value", 24.0)) == [[24.0, "7"]]
    assert first(with_cell("effective_from", pd.Timestamp("2017-01-01"))) == [[24.0, "7"]]
    assert first(RULES.drop(columns=["note", "source_ids"])) == [[24.0, "7"]]
    assert first(with_cell("value", 30)) == [[30.0, "7"]]


def test_a_bar_to_parole_written_as_a_number_bars():
    """Recidivists get no parole: Criminal Law, article 81, as amended in 2011."""
    row, on = {**ROW, "charge_family": None}, "2017-05-27"
    text = cl.eligibility(row, on=on, groups="recidivist")["parole bar"]["rule_id"].tolist()
    barred = RULES["rule_kind"] == "parole_barred"
    numbers = RULES.assign(value=RULES["value"].where(~barred, RULES["value"].map({"1": 1, "0": 0.0})))
    assert cl.eligibility(row, on=on, groups="recidivist", rules=numbers)["parole bar"]["rule_id"].tolist() == text
    assert text == ["AM8-81-bar-recidivist", "SPC16-25-bar-recidivist"]  # article 25 of 2016 says it again
    with pytest.raises(cl.DataError, match="neither 0 nor 1"):
        cl.eligibility(row, on=on, rules=with_cell("value", "yes", int(RULES.index[barred][0])))


def test_groups_of_ones_own_are_taken():
    own = with_cell("applies_to", "sentence=fixed;group=over_seventy")
    found = cl.eligibility({**ROW, "charge_family": None}, on="2017-05-27", groups="over_seventy", rules=own)
    assert found["first reduction"]["rule_id"].tolist() == ["SPC16-7-start-le10"]


def test_rules_of_a_folder_are_checked_with_their_line(tmp_path):
    for name in ("cases", "acts", "sources", "rules"):
        stored = pd.read_csv(f"data/{name}.csv", dtype=str, keep_default_na=False)
        if name == "rules":
            stored.loc[stored["rule_id"] == "AM8-66", "applies_to"] = "group=ess|Terrorism"
            line = stored.index[stored["rule_id"] == "AM8-66"][0] + 2
        stored.to_csv(tmp_path / f"{name}.csv", index=False)
    found = cl.check(tmp_path)
    assert found[["file", "row", "column", "severity"]].to_numpy().tolist() == [
        ["rules.csv", line, "applies_to", "error"]
    ]


def test_an_article_that_is_not_given_is_printed_as_nothing():
    life = {"sentence_type": "life", "detention_date": "2003-06-15", "sentence_date": "2004-03-10"}
    found = cl.eligibility(life, on="2005-01-01")["service in all"]
    assert found[["months", "article"]].to_numpy().tolist() == [[120.0, ""]]
