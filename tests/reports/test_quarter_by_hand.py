"""What the report says of a quarter and of comparisons made by hand: which are told, and in which digits."""

from types import SimpleNamespace

import pandas as pd

from clemency.reports.associations import relations
from clemency.reports.lead import context


def quarter(*events):
    """Events of label, partner, kind, first and last day, as the first section has them."""
    frame = pd.DataFrame(events, columns=["label", "partner", "event_type", "date_earliest", "date_latest"])
    days = frame[["date_earliest", "date_latest"]].apply(pd.to_datetime)
    first, last = pd.Timestamp("2017-04-01"), pd.Timestamp("2017-06-30")
    return SimpleNamespace(first_day=first, last_day=last, events=frame.assign(**days, date=frame["date_latest"]))


def test_events_of_the_quarter_are_those_that_lie_in_it_whole():
    given = quarter(
        ("on its last day", "US", "sanction", "2017-06-30", "2017-06-30"),
        ("on its first day", "EU", "arms_sale", "2017-04-01", "2017-04-01"),
        ("the day before", "US", "sanction", "2017-03-31", "2017-03-31"),
        ("the day after", "US", "sanction", "2017-07-01", "2017-07-01"),
        ("perhaps before", "US", "sanction", "2017-01-01", "2017-04-05"),
        ("perhaps after", "US", "sanction", "2017-06-05", "2017-12-31"),
        ("a release", "US", "prisoner_release_deal", "2017-05-05", "2017-05-05"),
    )
    assert context.quarter_events(given)["label"].tolist() == ["on its first day", "a release", "on its last day"]
    assert context.events_sentence(given) == (
        "Two events in relations with the European Union (1) and the United States (1) fell in the quarter: on its "
        "first day (1 April 2017) and on its last day (30 June 2017)."
    )
    given.events = given.events.iloc[2:]
    assert context.events_sentence(given) == "No event in relations with other countries is recorded for the quarter."


def test_talks_are_told_before_other_events():
    given = quarter(
        ("sanctions", "US", "sanction", "2017-04-02", "2017-04-02"),
        ("talks", "US", "human_rights_dialogue", "2017-05-02", "2017-05-02"),
        ("sale", "US", "arms_sale", "2017-06-02", "2017-06-02"),
    )
    assert context.events_sentence(given) == (
        "Three events in relations with the United States fell in the quarter, among them talks (2 May 2017)."
    )


# After events


def test_a_p_value_has_two_digits_unless_it_would_be_shown_as_the_bound(monkeypatch):
    values = iter([0.304, 0.0478, 0.0512, 0.001, 0.5, 1.0])
    row = {"n_events": 3, "acts": 20, "acts_after": 8, "share_of_time": 0.25, "ratio": 2.0}

    def made(*_, **__):
        summary = row | {"p_value": next(values)}
        return SimpleNamespace(facts=summary, tidy=lambda: pd.DataFrame([summary]), plot=lambda: None)

    monkeypatch.setattr(relations, "placebo", made)
    monkeypatch.setattr(relations, "fits", lambda _: {})
    columns = ["partner", "event_type", "date_latest"]
    given = SimpleNamespace(
        events=pd.DataFrame(columns=columns).astype({"date_latest": "datetime64[ns]"}),
        until="2017-06-30", quarter="2017Q2", cohort=lambda **_: None, shipped=True,
    )  # fmt: skip
    *_, view = relations.after_events(given).parts
    assert view.frame["p"].tolist() == ["0.30", "0.048", "0.051", "<0.01", "0.50", "1.00"]
    assert view.frame["rate ratio"].tolist() == ["2.00"] * 6
    assert view.frame["share of time at risk"].tolist() == ["25%"] * 6
