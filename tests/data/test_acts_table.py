"""What a date is of, and what it does to the row: the build's rules on rows written for the purpose."""

import importlib
import sys
from pathlib import Path

import pytest

import clemency as cl

ROOT = Path(__file__).resolve().parents[2]
BUILD = ROOT / "data" / "build"
COLUMNS = [
    "act_type",
    "act_date",
    "date_basis",
    "not_before",
    "months",
    "term_after",
    "scope",
    "n_acts",
    "authority",
    "destination",
    "certainty",
    "same_as",
    "settles",
    "source_url",
    "note",
]


@pytest.fixture(scope="module")
def builder():
    sys.path.insert(0, str(BUILD))
    yield importlib.import_module("acts"), importlib.import_module("common"), importlib.import_module("frames")
    sys.path.remove(str(BUILD))


def raw(file, line, **values):
    row = dict.fromkeys(COLUMNS, "") | {"act_type": "sentence_reduction", "scope": "single", "case_key": "a"} | values
    address = row["source_url"] or "https://duihua.org/somewhere"
    return row | {"source_url": address, "_file": file, "_line": str(line), "_case": "a", "_date": row["act_date"]}


def built(builder, rows, sentence="2001-05-01"):
    acts, common, _ = builder
    context = common.Context([])
    found = acts._without_explained_releases(context, acts._grouped(rows))
    return [acts._row(context, act, sentence) for act in sorted(found, key=acts._order)], context


@pytest.mark.parametrize(
    ("basis", "not_before", "sentence", "expected"),
    [
        ("act", "", "2001-05-01", "2004-03"),
        ("effect", "", "2001-05-01", "2004-03"),
        ("inferred", "", "2001-05-01", "2004-03"),
        ("release", "", "2001-05-01", "2001-05-01/2004-03"),
        ("report", "2003-08-15", "2001-05-01", "2003-08-15/2004-03"),
        ("release", "", "", "../2004-03"),
        ("release", "", "2006", "../2004-03"),
        ("report", "", "2001~", "2001/2004-03"),
    ],
)
def test_a_release_or_report_closes_an_interval(builder, basis, not_before, sentence, expected):
    row = raw("acts_a", 2, act_date="2004-03", date_basis=basis, not_before=not_before)
    (act,), _ = built(builder, [row], sentence)
    assert (act["act_date"], act["date_basis"]) == (expected, basis)
    assert act["act_id"] == "a-reduction-2004-03"


def test_an_early_release_is_dated_by_itself(builder):
    (act,), _ = built(
        builder, [raw("acts_a", 2, act_type="early_release", act_date="2004-03-01", date_basis="release")]
    )
    assert act["act_date"] == "2004-03-01"


def test_the_year_of_the_act_comes_before_the_day_of_the_report(builder):
    rows = [
        raw("acts_a", 2, act_date="1993-08-11", date_basis="report", months="36"),
        raw("acts_b", 2, act_date="1993", date_basis="act", months="36"),
    ]
    (act,), context = built(builder, rows)
    assert (act["act_date"], act["date_basis"]) == ("1993", "act")
    assert [(c["column"], c["value_2"]) for c in context.conflict_rows] == [("act_date", "1993-08-11")]


def test_a_row_that_was_reviewed_later_settles_what_it_names_and_nothing_else(builder):
    rows = [
        raw("acts_a", 2, act_date="2003", date_basis="report", months="36", authority="a court"),
        raw("acts_register", 2, act_date="1994", date_basis="act", months="30", same_as="acts_a:2", settles="act_date"),
    ]
    (act,), _ = built(builder, rows)
    assert (act["act_date"], act["months"], act["authority"]) == ("1994", "36", "a court")


def test_two_cuts_of_one_file_are_two_acts_and_the_release_that_the_last_brought_is_none(builder):
    rows = [
        raw("acts_a", 2, act_date="2003-02-01", date_basis="act", months="12"),
        raw("acts_a", 3, act_date="2005-06-01", date_basis="act", months="9"),
        raw("acts_b", 2, act_type="early_release", act_date="2005-06-20", date_basis="release"),
    ]
    found, context = built(builder, rows)
    assert [(a["act_type"], a["act_date"]) for a in found] == [
        ("sentence_reduction", "2003-02-01"),
        ("sentence_reduction", "2005-06-01"),
    ]
    assert [r["what"] for r in context.log_rows] == ["merged"]


def test_a_name_of_another_act_stops_the_build(builder):
    _, common, _ = builder
    with pytest.raises(common.BuildError, match="acts_a:9"):
        built(builder, [raw("acts_register", 2, same_as="acts_a:9")])


@pytest.mark.parametrize(
    ("record", "granted", "known", "frame"),
    [
        (True, ["2004"], "2003", "register"),
        (False, None, "2003", "compiled"),
        (False, ["2004-05-01"], "2003", "compiled"),
        (False, ["2004-05-01"], "2004", "act"),  # known by the end of 2004: perhaps through the act
        (False, ["2004-05-01"], "", "act"),
        (False, [""], "2003", "act"),  # an act without a date may have been the first that anybody knew
        (False, ["2006", "2004-05-01"], "2004-04-30", "compiled"),
    ],
)
def test_a_case_is_known_because_of_an_act_unless_a_document_is_older(builder, record, granted, known, frame):
    assert builder[2]._frame(record, granted, known) == frame


def test_dates_of_the_shipped_acts_end_with_what_they_are_of():
    acts = cl.load("acts")
    closed = acts[acts["date_basis"].isin(["release", "report"]) & (acts["act_type"] != "early_release")]
    assert len(closed) > 60
    assert closed["act_date"].str.contains("/").mean() > 0.9
    stated = acts[acts["date_basis"].isin(["act", "effect"])]
    assert stated["act_date"].notna().all()
    # An act that a release or a report alone dates does not stand on the day on which its case ended.
    cases = cl.load("cases").set_index("case_id")
    ended = cases["status_date"].reindex(closed["case_id"]).fillna("").to_numpy()
    same = closed[closed["act_date"].fillna("none").to_numpy() == ended]
    assert same["act_date"].str.contains("/").all()
