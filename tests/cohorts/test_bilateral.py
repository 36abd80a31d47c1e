"""The index of bilateral relations: by hand, its identities, partial dates, what is left out, and loud refusals."""

import matplotlib as mpl
import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import clemency as cl
from clemency import figures
from clemency.records.errors import DataError, UsageError
from clemency.records.terms import DAYS_PER_MONTH

mpl.use("Agg")


def table(dates, direction=1, kind="summit", partner="US"):
    n = len(dates)
    return pd.DataFrame(
        {
            "event_id": [f"e{i}" for i in range(n)],
            "date": dates,
            "partner": partner,
            "event_type": kind,
            "direction": np.broadcast_to(direction, n),
        }
    )


def moved(events, years):
    return events.assign(date=[f"{int(d[:4]) + years}{d[4:]}" for d in events["date"]])


days = st.dates(pd.Timestamp("1990-01-01").date(), pd.Timestamp("2015-12-31").date()).filter(
    lambda d: (d.month, d.day) != (2, 29)
)
lists = st.lists(st.tuples(days.map(str), st.sampled_from([-1, 0, 1])), min_size=1, max_size=20)


def test_by_hand():
    events = table(["2000-03-31", "2000-06-30", "2000-12-31"], [1, -1, 1])
    f = cl.relations("US", events=events, half_life="6 months", weights={"summit": 2.0}).frame
    assert f["period"].tolist() == ["2000Q1", "2000Q2", "2000Q3", "2000Q4"]
    age = np.array([0, 91, 183, 275]) / DAYS_PER_MONTH
    good = 2 * 0.5 ** (age / 6)
    good[3] += 2
    bad = np.r_[0, -2 * 0.5 ** (np.array([0, 92, 184]) / DAYS_PER_MONTH / 6)]
    np.testing.assert_allclose(f["positive"], good, rtol=1e-12)
    np.testing.assert_allclose(f["negative"], bad, rtol=1e-12)
    np.testing.assert_allclose(f["index"], good + bad, rtol=1e-12)
    assert f["n_events"].tolist() == [1, 1, 0, 1]
    half = cl.relations("US", events=table(["2000-01-31"]), half_life="366D", end="2001-01-31", freq="M")
    assert half.frame["index"].iloc[-1] == pytest.approx(0.5, rel=1e-12)


@settings(max_examples=20, deadline=None)
@given(lists, st.sampled_from(["Q", "Y", "M"]))
def test_without_decay_it_is_a_running_sum(rows, freq):
    events = table(*map(list, zip(*rows, strict=True)))
    f = cl.relations("US", events=events, half_life=np.inf, freq=freq).frame
    period = pd.to_datetime(events["date"]).dt.to_period(freq).astype(str)
    sums = events["direction"].groupby(period).sum().reindex(f["period"], fill_value=0).cumsum()
    np.testing.assert_array_equal(f["index"], sums)
    assert f["n_events"].sum() == len(events)


@settings(max_examples=20, deadline=None)
@given(lists)
def test_moving_all_dates_moves_the_index(rows):
    """Four years have the same number of days; one year may differ by a leap day, unless nothing decays."""
    events = table(*map(list, zip(*rows, strict=True)))
    leap_day = (2 ** (1 / 12 / DAYS_PER_MONTH) - 1) * (1 + 1e-9)  # the decay of one day, and rounding
    for years, half_life, tolerance in ((4, "1 year", 1e-12), (1, np.inf, 0), (1, "12 months", leap_day)):
        one = cl.relations("US", events=events, half_life=half_life).frame
        other = cl.relations("US", events=moved(events, years), half_life=half_life).frame
        assert [f"{int(p[:4]) + years}{p[4:]}" for p in one["period"]] == other["period"].tolist()
        for part in ("positive", "negative"):
            np.testing.assert_allclose(one[part], other[part], rtol=tolerance)


@settings(max_examples=20, deadline=None)
@given(lists, days.map(str))
def test_what_happens_later_never_changes_earlier_values(rows, end):
    events = table(*map(list, zip(*rows, strict=True)))
    f = cl.relations("US", events=events).frame
    more = pd.concat([events, table(["2016-05", "2017"], -1).assign(event_id=["later", "last"])], ignore_index=True)
    g = cl.relations("US", events=more).frame.iloc[: len(f)]
    pd.testing.assert_frame_equal(f, g)
    if min(events["date"]) <= end:
        known = cl.relations("US", events=more, end=end)
        assert (known.events["day"] <= pd.Timestamp(end)).all()
        assert len(known.events) + len(known.exclusions) == len(more)
        whole = known.frame.iloc[:-1]
        both = whole.merge(f, on="period", suffixes=("", "_all"))
        np.testing.assert_allclose(both["index"], both["index_all"], rtol=1e-12)
        assert known.frame["end"].iloc[-1] == pd.Timestamp(end)


def test_the_order_of_events_and_partners_does_not_matter():
    """A visit and a sanction by the US, an award and two talks of the EU; an event counts half after a year of days."""
    us = table(["2001-01-01", "2003-01-01"], [1, -1], kind=["summit", "sanction"])
    eu = table(["2001-12-31", "2003-01-01", "2002-07-02"], [1, 1, 0], partner="EU")
    rows = pd.concat([us, eu, table(["2002-01-01"], partner="CA")], ignore_index=True)
    rows["event_id"] = list("abcdef")
    found = [
        cl.relations(
            partners, events=rows.iloc[list(order)], half_life="365D", freq="Y", start="2001", end="2003-01-01"
        )
        for partners in (["US", "EU"], ["EU", "US"])
        for order in ((0, 1, 2, 3, 4, 5), (5, 4, 3, 2, 1, 0), (3, 0, 5, 4, 1, 2))
    ]
    assert len(found) == 6
    for made in found:
        f = made.frame
        # 364, 729 and 730 days after the visit; 0, 365 and 366 after the award; the talks and the sanction on the day.
        np.testing.assert_allclose(
            f["positive"], [2 ** (-364 / 365) + 1, 2 ** (-729 / 365) + 0.5, 2**-2 + 2 ** (-366 / 365) + 1]
        )
        assert f["negative"].tolist() == [0, 0, -1]
        assert f["n_events"].tolist() == [2, 1, 2]
        assert sorted(made.events["event_id"]) == list("abcde")
        assert made.events["day"].is_monotonic_increasing
    assert [m.partner for m in found] == ["US, EU"] * 3 + ["EU, US"] * 3


def test_partial_dates_enter_when_they_must_have_happened():
    events = table(["2000", "2000-05", "2000-02-01/2000-08-15", "2000-03-02", "2001-01-01/.."])
    found = cl.relations("US", events=events)
    assert found.events["day"].dt.strftime("%m-%d").tolist() == ["03-02", "05-31", "08-15", "12-31"]
    assert found.exclusions[["event_id", "reason"]].to_numpy().tolist() == [["e4", "no last day"]]
    exact = cl.relations("US", events=events, dates="exact")
    assert exact.events["event_id"].tolist() == ["e3"]
    assert exact.exclusions["reason"].tolist() == ["not dated to the day"] * 3 + ["no last day"]
    cut = cl.relations("US", events=events, end="2000-06-15")
    assert cut.events["event_id"].tolist() == ["e3", "e1"]
    assert cut.exclusions["reason"].tolist() == ["may be after the end", "may be after the end", "no last day"]


def test_events_before_the_start_count_and_what_is_left_out_is_listed():
    events = table(["2000-01-31", "2001-06-30", "2001-07-01"], kind=["summit", "award", "summit"]).assign(
        direction=pd.array([1, 1, None], dtype="Int64")
    )
    found = cl.relations("US", events=events, start="2001-05", types=["summit"], end="2001-12")
    assert found.frame["period"].tolist() == ["2001Q2", "2001Q3", "2001Q4"]
    assert found.frame["n_events"].tolist() == [0, 0, 0]
    assert found.frame["index"].iloc[0] == pytest.approx(0.5 ** (516 / DAYS_PER_MONTH / 12))
    assert found.exclusions["reason"].tolist() == ["type not asked for", "no direction"]
    assert found.events["period"].isna().all()


@pytest.mark.parametrize(
    ("freq", "periods"),
    [
        ("M", [("2000-01", "01-01", "01-31"), ("2000-02", "02-01", "02-29"), ("2000-03", "03-01", "03-31")]),
        ("Q", [("2000Q1", "01-01", "03-31")]),
        ("Y", [("2000", "01-01", "12-31")]),
    ],
)
def test_a_period_ends_on_its_last_day_and_the_last_one_where_it_is_cut(freq, periods):
    events = table(["2000-01-31", "2000-03-05"])
    whole = cl.relations("US", events=events, freq=freq).frame
    shown = zip(whole["period"], whole["start"].dt.strftime("%m-%d"), whole["end"].dt.strftime("%m-%d"), strict=True)
    assert list(shown) == periods
    cut = cl.relations("US", events=events, freq=freq, end="2000-03-10").frame
    assert cut["end"].dt.strftime("%m-%d").tolist() == [*(p[2] for p in periods[:-1]), "03-10"]
    assert cut["start"].tolist() == whole["start"].tolist()
    last = cl.relations("US", events=events, freq="M", end="2000-03-31").frame
    assert last["end"].iloc[-1] == pd.Timestamp("2000-03-31")


def test_an_event_on_the_first_or_last_day_of_a_period_is_of_that_period():
    events = table(["2000-03-31", "2000-04-01", "2000-06-30", "2000-07-01"])
    found = cl.relations("US", events=events)
    assert found.frame["n_events"].tolist() == [1, 2, 1]
    assert found.events["period"].tolist() == ["2000Q1", "2000Q2", "2000Q2", "2000Q3"]
    late = cl.relations("US", events=events, start="2000-04-01", end="2000-07-01")
    assert late.frame["n_events"].tolist() == [2, 1]
    assert late.events["period"].isna().tolist() == [True, False, False, False]
    assert late.frame["end"].iloc[-1] == pd.Timestamp("2000-07-01")
    assert cl.relations("US", events=events, end="2000-06-30").exclusions["event_id"].tolist() == ["e3"]
    one = cl.relations("US", events=events, start="2000-06-30", end="2000-06-30", half_life=np.inf).frame
    assert one[["period", "index"]].to_numpy().tolist() == [["2000Q2", 3.0]]


def test_a_weight_of_zero_keeps_the_event_in_the_count_and_takes_it_from_the_index():
    events = table(["2000-01-31", "2000-02-29", "2000-03-31"], [1, -1, 1], kind=["summit", "sanction", "summit"])
    found = cl.relations("US", events=events, half_life=np.inf, freq="M", weights={"sanction": 0})
    assert found.frame["index"].tolist() == [1, 1, 2]
    assert found.frame["negative"].tolist() == [0, 0, 0]
    assert found.frame["n_events"].tolist() == [1, 1, 1]
    assert found.events[["weight", "contribution"]].to_numpy().tolist() == [[1, 1], [0, 0], [1, 1]]
    assert found.weights == {"sanction": 0.0}
    given = cl.relations("US", events=events, half_life=np.inf, freq="M", weights={"sanction": 2.5, "summit": 0})
    assert given.frame["index"].tolist() == [0, -2.5, -2.5]
    assert given.frame["positive"].tolist() == [0, 0, 0]


@pytest.mark.parametrize(
    ("sources", "more", "note"),
    [
        (None, {}, "3 recorded events; half-life 12 months; all types weighted equally."),
        (
            ["a b", "b", None],
            {},
            "3 recorded events from 2 documents; half-life 12 months; all types weighted equally.",
        ),
        (
            [None] * 3,
            {"half_life": "6.5 months"},
            "3 recorded events; half-life 6.5 months; all types weighted equally.",
        ),
        (None, {"half_life": np.inf}, "3 recorded events; no decay; all types weighted equally."),
        (
            ["a", "b", "c"],
            {"weights": {"summit": 2}, "half_life": "24 months"},
            "3 recorded events from 3 documents; half-life 24 months; weights by type as given, else 1.",
        ),
        (None, {"end": "2000-02-29"}, "2 recorded events; half-life 12 months; all types weighted equally."),
    ],
)
def test_the_note_says_how_the_index_was_made(sources, more, note):
    events = table(["2000-01-31", "2000-02-29", "2000-03-31"])
    events = events if sources is None else events.assign(source_ids=sources)
    assert cl.relations("US", events=events, **more).note == note


def test_what_it_says_of_itself():
    found = cl.relations(
        "US", events=table(["2000-01-31", "2000-03-31", "2001"], [1, -1, 1]), half_life=np.inf, end="2000"
    )
    assert repr(found).split("\n") == [
        "Relations with US, 2000Q1 to 2000Q4: index 0.00 at the end, between 0.00 and 0.00.",
        "2 recorded events; no decay; all types weighted equally. 1 left out.",
    ]
    both = pd.concat([table(["2000-01-31"]), table(["2000-05-31"], partner="EU", direction=-1).assign(event_id="f0")])
    found = cl.relations(["US", "EU"], events=both, half_life=np.inf)
    assert found.partner == "US, EU"
    assert repr(found).startswith(
        "Relations with US, EU, 2000Q1 to 2000Q2: index 0.00 at the end, between 0.00 and 1.00."
    )


def test_shipped_events_and_figure():
    us = cl.relations("US", end="2017-06-30")
    of_partner = cl.load("events").query("partner == 'US'")
    assert len(us.events) + len(us.exclusions) == len(of_partner)
    entered = of_partner["direction"].notna() & (of_partner["date_latest"] <= pd.Timestamp("2017-06-30"))
    assert len(cl.cite(us.events)) > 50
    f = us.frame.set_index("period")["index"]
    assert f["1995Q2"] < f["1995Q1"] - 3  # Lee Teng-hui's visit and what followed
    ax = us.plot()
    kept = figures.drawn(ax)
    pd.testing.assert_frame_equal(kept.frame, us.frame)
    assert kept.note == us.note
    assert "half-life 12 months" in kept.note
    assert "Relations with US, 1989Q1 to 2017Q2" in kept.alt
    assert f"{entered.sum()} recorded events" in repr(us)
    assert "<table" in us._repr_html_()
    mpl.pyplot.close("all")


@pytest.mark.parametrize(
    ("more", "message"),
    [
        ({"freq": "W"}, "freq"),
        ({"half_life": 0}, "more than 0 months"),
        ({"half_life": np.nan}, "more than 0 months"),
        ({"dates": "midpoint"}, "before it happened"),
        ({"dates": "soon"}, "latest, exact"),
        ({"types": ["parade"]}, "no type of event parade"),
        ({"types": "summit"}, "give a list"),
        ({"weights": {"parade": 1}}, "no type of event parade"),
        ({"weights": {"summit": -1}}, "0 or more"),
        ({"start": "2010", "end": "2005"}, "is after the end"),
        ({"end": "2005/.."}, "has no last day"),
        ({"events": pd.DataFrame({"date": []})}, "no column partner"),
    ],
)
def test_refusals(more, message):
    with pytest.raises(UsageError, match=message):
        cl.relations("US", **more)


def test_data_that_cannot_be_used():
    with pytest.raises(UsageError, match="There are: AU, CA"):
        cl.relations("Atlantis")
    with pytest.raises(DataError, match="row 0, direction, '2': outside the range -1 to 1"):
        cl.relations("US", events=table(["2000"], 2))
    with pytest.raises(DataError, match="no event is left"):
        cl.relations("US", end="1980")
    with pytest.raises(DataError, match="date"):
        cl.relations("US", events=table(["2000-02-30"]))


def test_numbers_are_asked_for_and_no_weight_is_idle():
    for more, message in (
        ({"half_life": "12"}, "more than 0 months"),
        ({"weights": {"summit": "heavy"}}, "0 or more"),
        ({"types": ["summit"], "weights": {"sanction": 3}}, "has no effect"),
    ):
        with pytest.raises(UsageError, match=message):
            cl.relations("US", **more)
