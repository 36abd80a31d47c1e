"""Spells cut at times and by a log of events: by hand, against R, and what is refused."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

import clemency as cl
from clemency.records.errors import DataError, UsageError

FOLDER = Path(__file__).resolve().parents[2] / "reference" / "states"
PEOPLE = pd.DataFrame({"who": ["a", "b"], "months": [30.0, 24.0], "left": ["release", "censored"]})
LOG = pd.DataFrame({"who": ["a", "a", "b"], "at": [10.0, 18.0, 24.0], "what": ["cut 1", "cut 2", "cut 1"]})
NAMES = {"id": "who", "exit": "months", "time": "at"}


def test_cut_spells_equal_r():
    d = pd.read_csv(FOLDER / "days.csv")
    found = cl.survsplit(d, [12, 40, 80], exit="exit", event="into", entry="entry")
    expected = pd.read_csv(FOLDER / "split.csv")
    np.testing.assert_allclose(found[["id", "entry", "exit"]], expected[["id", "entry", "exit"]])
    assert (found["interval"] + 1).tolist() == expected["interval"].tolist()  # R begins to count at 1
    assert found["into"].replace("censored", "censor").tolist() == expected["end"].tolist()


@pytest.mark.parametrize("event", [[1, 0], [True, False], ["cut", "censored"], pd.Categorical(["cut", "censored"])])
def test_pieces_that_a_cut_ends_are_censored_in_the_words_of_the_data(event):
    d = pd.DataFrame({"months": [5.0, 9.0], "cut": event})
    found = cl.survsplit(d, [4, 9], exit="months", event="cut")
    none = d["cut"][1]
    assert found["cut"].tolist() == [none, d["cut"][0], none, none]
    assert found[["entry", "months"]].to_numpy().tolist() == [[0, 4], [4, 5], [0, 4], [4, 9]]
    assert found["interval"].tolist() == [0, 1, 0, 1]


def test_a_log_cuts_spells_and_says_what_ends_them():
    found = cl.tmerge(PEOPLE, LOG.iloc[:2], **NAMES, event="what", end="left")
    assert found.to_numpy().tolist() == [
        ["a", 0, 10, "cut 1"],
        ["a", 10, 18, "cut 2"],
        ["a", 18, 30, "release"],
        ["b", 0, 24, "censored"],
    ]
    whole = cl.tmerge(PEOPLE, LOG, **NAMES, event="what", end="left")  # an event at an exit where nothing else is
    assert whole["left"].tolist() == ["cut 1", "cut 2", "release", "cut 1"]
    assert cl.tmerge(PEOPLE, LOG, **NAMES, event="what")["into"].tolist() == ["cut 1", "cut 2", "censored", "cut 1"]


def test_r_made_the_same_of_people_and_their_illness():
    """mgus2.csv was made by R's tmerge; people and log are read back from it."""
    made = pd.read_csv(FOLDER / "mgus2.csv")
    last = made.groupby("id").last().reset_index()
    ill = made[made["into"] == "pcm"]
    people = last[["id", "tstop", "into"]].rename(columns={"into": "left"})
    people.loc[people["left"] == "pcm", "left"] = "censored"
    log = ill[["id", "tstop", "into"]].rename(columns={"tstop": "at"})
    found = cl.tmerge(people, log, id="id", exit="tstop", time="at", event="into", end="left")
    assert found["left"].tolist() == made["into"].tolist()
    np.testing.assert_array_equal(found[["id", "entry", "tstop"]], made[["id", "tstart", "tstop"]])


def test_values_hold_from_their_time_on_and_entries_are_counted():
    log = pd.DataFrame({"who": ["a", "a", "b"], "at": [0.0, 12.0, 40.0], "grade": ["strict", None, "lenient"]})
    people = PEOPLE.assign(grade=["", "usual"])[["who", "months", "grade"]]
    found = cl.tmerge(people, log, **NAMES, holds="grade", counted="entries")
    assert found[["entry", "months", "grade", "entries"]].to_numpy().tolist() == [
        [0, 12, "strict", 1],
        [12, 30, "strict", 2],
        [0, 24, "usual", 0],
    ]
    changed = cl.tmerge(people, log.fillna("lenient"), **NAMES, holds="grade")
    assert changed["grade"].tolist() == ["strict", "lenient", "usual"]
    fresh = cl.tmerge(PEOPLE[["who", "months"]], log.fillna("lenient"), **NAMES, holds="grade")
    assert fresh["grade"].isna().tolist() == [False, False, True]


def test_several_logs_one_after_the_other():
    once = cl.tmerge(PEOPLE, LOG.iloc[:1], **NAMES, event="what", end="left")
    twice = cl.tmerge(once, LOG.iloc[1:2], **NAMES, event="what", end="left", entry="entry")
    pd.testing.assert_frame_equal(twice, cl.tmerge(PEOPLE, LOG.iloc[:2], **NAMES, event="what", end="left"))


def test_gaps_stay_gaps_and_events_in_them_are_outside():
    spells = pd.DataFrame({"who": ["a", "a"], "since": [0.0, 20.0], "months": [10.0, 30.0]})
    log = pd.DataFrame({"who": ["a", "a"], "at": [15.0, 25.0], "what": ["cut", "cut"]})
    with pytest.raises(DataError, match=r"log, row 0, what, 'cut': the event does not fall into .* outside='drop'"):
        cl.tmerge(spells, log, **NAMES, entry="since", event="what")
    found = cl.tmerge(spells, log, **NAMES, entry="since", event="what", outside="drop")
    assert found[["since", "months"]].to_numpy().tolist() == [[0, 10], [20, 25], [25, 30]]


@given(st.integers(0, 10_000))
def test_person_time_and_events_are_kept(seed):
    rng = np.random.default_rng(seed)
    n = 12
    people = pd.DataFrame({"who": np.arange(n), "since": rng.integers(0, 5, n) * 1.0})
    people["months"] = people["since"] + rng.integers(1, 20, n)
    log = pd.DataFrame({"who": rng.integers(0, n, 15), "at": rng.integers(0, 30, 15) * 1.0})
    log = log.drop_duplicates().assign(what="cut").sample(frac=1, random_state=seed).reset_index(drop=True)
    found = cl.tmerge(people, log, **NAMES, entry="since", event="what", counted="k", outside="drop")
    assert (found["months"] - found["since"]).sum() == (people["months"] - people["since"]).sum()
    both = log.merge(people, on="who")
    inside = both[(both["at"] > both["since"]) & (both["at"] <= both["months"])]
    ended = found[found["into"] == "cut"]
    assert sorted(zip(ended["who"], ended["months"], strict=True)) == sorted(
        zip(inside["who"], inside["at"], strict=True)
    )
    for row in found.itertuples():
        assert row.k == ((log["who"] == row.who) & (log["at"] <= row.since)).sum()
    if (found["into"] == "cut").any():
        assert (
            not cl.survcheck(found, id="who", entry="since", exit="months", event="into").faults["kind"].eq("gap").any()
        )


def test_what_cannot_be_merged_is_refused_with_its_row():
    for log, said in (
        (LOG.assign(who="z"), "log, row 0, who, 'z': nobody of that name is in people"),
        (LOG.assign(at=None), "log, row 0, at: the time is missing"),
        (LOG.assign(at=10.0, who="a"), "another entry at that time"),
        (LOG.assign(at=[10, 30, 24]), "the log enters 'cut 2' at the exit, which ends in 'release'"),
    ):
        with pytest.raises(DataError, match=said):
            cl.tmerge(PEOPLE, log, **NAMES, event="what", end="left")
    for more, said in (
        ({"outside": "keep"}, "outside='keep'"),
        ({"counted": "left"}, "There is a column 'left' already"),
        ({"holds": "grade"}, "there is no column 'grade'"),
    ):
        with pytest.raises(UsageError, match=said):
            cl.tmerge(PEOPLE, LOG, **NAMES, event="what", **more)
    with pytest.raises(DataError, match="exit before entry"):
        cl.survsplit(PEOPLE.assign(since=29.0, out=0), 5, exit="months", event="out", entry="since")
    with pytest.raises(UsageError, match="A cohort cuts its spells itself"):
        cl.survsplit(cl.cohort(cl.load("cases"), cl.load("acts")), 5, exit="exit", event="event")


def test_numbers_in_another_order_of_bytes():
    d = pd.DataFrame(
        {"months": np.array([5.0, 9.0], ">f8"), "cut": np.array([1, 0], ">i4"), "n": np.array([3, 4], ">i8")}
    )
    found = cl.survsplit(d, 6, exit="months", event="cut")
    assert found[["months", "cut", "n"]].to_numpy().tolist() == [[5, 1, 3], [6, 0, 4], [9, 0, 4]]


def test_pieces_of_spells_that_all_end_in_an_event_are_censored_and_so_are_their_estimates():
    """Of five, one acts before 2: without a word the pieces up to 2 were lost, and the others had never been seen."""
    d = pd.DataFrame({"months": [1.0, 3, 4, 5, 6], "act": ["cut", "death", "cut", "cut", "death"]})
    pieces = cl.survsplit(d, [2, 3.5], exit="months", event="act", censored=None)
    assert pieces["act"].isna().sum() == 0
    assert pieces.loc[pieces["months"] == 2, "act"].tolist() == ["censored"] * 4
    whole = cl.incidence(d, exit="months", event="act", censored=None).at([2.0, 4.5])
    found = cl.incidence(pieces, exit="months", event="act", entry="entry").at([2.0, 4.5])
    np.testing.assert_allclose(found["estimate"], whole["estimate"], rtol=1e-14)
    assert whole.query("time == 2.0")["estimate"].max() == pytest.approx(1 / 5, rel=1e-14)


@pytest.mark.parametrize(
    ("options", "name"),
    [
        ({"holds": "months"}, "months"),
        ({"holds": "entry"}, "entry"),
        ({"holds": "who"}, "who"),
        ({"holds": "left", "end": "left"}, "left"),
        ({"holds": "into", "event": "what"}, "into"),
        ({"holds": ["level", "level"]}, "level"),
        ({"holds": "level", "counted": "level"}, "level"),
        ({"counted": "entry"}, "entry"),
        ({"counted": "into", "event": "what"}, "into"),
    ],
)
def test_no_column_of_times_or_events_is_overwritten(options, name):
    log = LOG.assign(months=1.0, entry=1.0, left="x", into="y", level=[1, 2, 3])
    with pytest.raises(UsageError, match=f"There is a column '{name}' already"):
        cl.tmerge(PEOPLE, log, **NAMES, **options)


def test_no_interval_takes_the_name_of_the_entry():
    with pytest.raises(UsageError, match="There is a column 'entry' already"):
        cl.survsplit(PEOPLE, 12, exit="months", event="left", interval="entry")


def test_rows_of_one_person_that_overlap_are_refused():
    people = pd.DataFrame({"who": ["a", "b", "a"], "since": [0.0, 0, 9], "months": [10.0, 24, 30]})
    with pytest.raises(DataError) as error:
        cl.tmerge(people, LOG, **NAMES, entry="since")
    said = "people, row 2, since, '9': the spell of 'a' overlaps with the one of row 0, which ends at 10. Give one row"
    assert str(error.value).startswith(said)
    people.loc[2, "since"] = 10.0
    assert len(cl.tmerge(people, LOG, **NAMES, entry="since")) == 4  # at 10 and 24 spells end, and 18 cuts one
    with pytest.raises(DataError, match="name entry="):
        cl.tmerge(people, LOG, **NAMES)


def test_errors_name_the_argument_and_the_table():
    with pytest.raises(UsageError, match="cut=-1 is before 0"):
        cl.survsplit(PEOPLE, -1, exit="months", event="left")
    with pytest.raises(DataError, match="log, row 1, at, 'later': not a number"):
        cl.tmerge(PEOPLE, LOG.assign(at=["10", "later", "24"]), **NAMES)


def test_without_events_in_the_log_only_the_last_piece_ends_as_the_spell_does():
    people = pd.DataFrame({"who": ["a", "b"], "months": [30.0, 24.0], "left": ["release", "censored"]})
    log = pd.DataFrame({"who": ["a", "a"], "at": [10.0, 18.0], "x": [1, 2]})
    names = {"id": "who", "exit": "months", "time": "at", "holds": "x"}
    merged = cl.tmerge(people, log, **names, end="left")
    assert merged["left"].tolist() == ["censored", "censored", "release", "censored"]
    with pytest.raises(cl.UsageError, match=r"'left' says how spells end.*end='left'"):
        cl.tmerge(people, log, **names)
    numbers = cl.tmerge(people.assign(left=[1, 0]), log, **names, end="left")
    assert numbers["left"].tolist() == [0, 0, 1, 0]
    assert cl.tmerge(people[["who", "months"]], log, **names)["x"].tolist()[1:3] == [1, 2]


def test_a_second_log_leaves_the_events_of_the_first_where_they_were():
    people = pd.DataFrame({"who": ["a"], "months": [30.0], "left": ["release"]})
    cuts = pd.DataFrame({"who": ["a"], "at": [12.0], "what": ["reduced"]})
    prisons = pd.DataFrame({"who": ["a", "a"], "at": [6.0, 20.0], "prison": ["p", "q"]})
    once = cl.tmerge(people, cuts, id="who", exit="months", time="at", event="what", end="left")
    twice = cl.tmerge(once, prisons, id="who", exit="months", entry="entry", time="at", holds="prison", end="left")
    assert twice["months"].tolist() == [6.0, 12.0, 20.0, 30.0]
    assert twice["left"].tolist() == ["censored", "reduced", "censored", "release"]


@pytest.mark.parametrize(
    ("people", "named", "said"),
    [
        (5, {}, "people must be a Cohort, a DataFrame"),
        (PEOPLE.drop(columns="months"), {}, "there is no column 'months' in people; the columns are: who, left"),
        (PEOPLE.assign(months=["x", 2]), {}, "people, row 0, months, 'x': not a number"),
        (PEOPLE.assign(months=[30, None]), {}, "people, row 1, months: the time is missing"),
        (PEOPLE.assign(start=[0, -1]), {"entry": "start"}, "people, row 1, start: negative time"),
        (PEOPLE.assign(start=[0, "y"]), {"entry": "start"}, "people, row 1, start, 'y': not a number"),
        (
            PEOPLE.assign(left=["censored", "death"]),
            {},
            "people, row 1, left, 'death': the log enters 'cut 1' at the exit",
        ),
    ],
)
def test_faults_of_people_are_told_as_theirs(people, named, said):
    with pytest.raises((DataError, UsageError), match=said):
        cl.tmerge(people, LOG, **NAMES, **named, event="what", end="left")


def test_columns_that_the_log_does_not_have_are_told_as_its_own():
    with pytest.raises(UsageError, match="there is no column 'at' in log; the columns are: who, what"):
        cl.tmerge(PEOPLE, LOG.drop(columns="at"), **NAMES)
    with pytest.raises(DataError, match="data, row 0, months: the time is missing"):
        cl.survsplit(PEOPLE.assign(months=None), [5], exit="months", event="left")
