"""The numbers of one report agree with each other, in ten quarters: prose, tables, figures and the flow of counts."""

import re

import numpy as np
import pandas as pd
import pytest
from makers import MAKERS
from matplotlib import pyplot as plt

import clemency as cl
from clemency.figures import drawn
from clemency.records.environment.datafolder import data_folder
from clemency.reports.associations import leadsandlags
from clemency.reports.descriptions import quarterly
from clemency.reports.inputs import GRANTED, OUTCOMES, inputs
from clemency.reports.section import Chart, Entries, Passage, TableView

QUARTERS = ("1995Q1", "2005Q2", "2009Q4", "2012Q1", "2014Q4", "2015Q3", "2016Q4", "2017Q2", "2020Q1", "2024Q4")
NAMES = {"sentence_reduction": "sentence reduction", "medical_parole": "medical parole"}
WORDS = ["no", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve"]


CASES, ACTS = (pd.read_csv(data_folder() / f"{n}.csv", dtype=str, keep_default_na=False) for n in ("cases", "acts"))
OURS = CASES[CASES["political"] != "no"]  # the others are there for comparison
GRANTS = ACTS[ACTS["act_type"].isin(GRANTED)]
OUR_GRANTS = GRANTS[GRANTS["case_id"].isin(OURS["case_id"])]


class Report:
    """Sections of one quarter: their text in one piece, their tables and what their figures draw, by name."""

    def __init__(self, quarter):
        self.given = inputs(quarter)
        self.sections, self.frames, self.shown, self.drawn, self.captions = {}, {}, {}, {}, []
        for make in MAKERS.values():
            section = make(self.given)
            self.sections[section.slug] = section
            for part in section.parts:
                if isinstance(part, TableView):
                    self.shown[part.name] = part.frame
                    self.frames[part.name] = part.frame if part.data is None else part.data
                elif isinstance(part, Chart):
                    self.drawn[part.name] = drawn(part.axes).frame if part.frame is None else part.frame
                if isinstance(part, Entries):
                    self.captions += [part.title, *part.items]
                elif not isinstance(part, Passage):
                    self.captions.append(part.caption)
            plt.close("all")
        self.cases = self.frames["counted_cases"].set_index("step")
        self.acts = self.frames["counted_acts"]

    def text(self, slug):
        section = self.sections[slug]
        return " ".join([*section.text, *section.notes]).replace("**", "")

    def first_acts(self, clock="sentence"):
        row = self.acts[self.acts["step"] == f"first acts, in months since {clock}"].iloc[0]
        return {o: int(row[o]) for o in OUTCOMES}

    def step(self, label, column="all"):
        return int(self.acts.loc[self.acts["step"].str.endswith(label), column].iloc[0])


@pytest.fixture(params=QUARTERS, scope="module")
def r(request):
    return Report(request.param)


def number(text):
    text = text.replace("none", "no")
    return WORDS.index(text.lower()) if text.lower() in WORDS else int(text.replace(",", ""))


def found(pattern, text):
    match = re.search(pattern.replace("#", r"([\d,]+)"), text)
    assert match is not None, (pattern, text)
    numbers = [number(g) for g in match.groups()]
    return numbers[0] if len(numbers) == 1 else numbers


def test_every_case_is_followed_or_left_out_for_a_reason(r):
    for clock in ("since_sentence", "since_custody"):
        column = r.cases[clock]
        left = column[column.index.str.startswith("left out: ")]
        ends = column[column.index.str.startswith("of them, ")]
        assert column["cases in the tables"] == len(CASES)
        assert column["left out: ordinary prisoners and officials, there for comparison"] == len(OURS) - len(CASES) < 0
        assert column["cases in the tables"] + left.sum() == column["followed"] == ends.sum()
        assert (left <= 0).all()


def test_every_act_granted_is_counted_once(r):
    acts, kinds = r.acts, [*OUTCOMES, "other"]
    assert acts["all"].iloc[0] == len(GRANTS)
    assert acts["all"].iloc[1] == len(OUR_GRANTS) - len(GRANTS) < 0
    for o in OUTCOMES:
        assert acts[o].iloc[:2].sum() == (OUR_GRANTS["act_type"] == o).sum()
    dated = acts.index[acts["step"] == "single acts dated up to the end of the quarter"][0]
    for kind in [*kinds, "all"]:
        assert acts[kind].iloc[:dated].sum() == acts[kind].iloc[dated]
        assert acts[kind].iloc[dated + 1 : dated + 4].sum() == acts[kind].iloc[dated]
    assert (acts[kinds].iloc[: dated + 4].sum(axis=1) == acts["all"].iloc[: dated + 4]).all()
    for o in OUTCOMES:
        for start in (dated + 4, dated + 7):
            assert acts[o].iloc[dated] + acts[o].iloc[start : start + 2].sum() == acts[o].iloc[start + 2]
    rest = found("# entries on acts: # acts granted and # that grant nothing", r.text("counts"))
    assert rest == [len(ACTS), len(GRANTS), len(ACTS) - len(GRANTS)]


def test_the_diagram_adds_up_and_says_what_the_tables_say(r):
    flow = r.drawn["counts"]
    assert set(flow["of"]) == {"cases", "acts"}
    for _, part in flow.groupby("of"):
        kept = part[part["kept"]].set_index("step")["n"]
        left = part[~part["kept"]].groupby("step")["n"].sum()
        assert len(kept) >= 3
        for step in kept.index[1:]:
            assert kept[step - 1] - left.get(step, 0) == kept[step]
    kept = flow[flow["kept"]].groupby("of")["n"].apply(list)
    assert kept["cases"] == [len(CASES), r.cases["since_sentence"]["followed"], r.cases["since_custody"]["followed"]]
    first = [sum(r.first_acts(c).values()) for c in ("sentence", "custody")]
    assert kept["acts"] == [len(GRANTS), r.step("single acts dated up to the end of the quarter"), *first]


def test_cases_of_the_curves_are_those_of_the_cohort(r):
    cases = r.cases["since_custody"]["followed"]
    text = r.text("incidence")
    assert found("Of # cases with a fixed term", text) == cases
    assert r.frames["at_risk"]["cases"].sum() == cases
    small = r.frames["at_risk"]["charge"].str.startswith("fewer than 10 cases")
    if small.any():
        drawn_, left = found("Curves are drawn for # cases; # cases? of groups with fewer than 10", text)
        assert drawn_ == r.frames["at_risk"].loc[~small, "cases"].sum()
        assert drawn_ + left == cases
    else:
        assert "Curves are drawn" not in text
    assert r.shown["exclusions"]["cases"].sum() + cases == len(OURS)
    assert found("Deaths that came before any other end: #", text) == r.cases["since_custody"]["of them, death"]
    by_then = r.shown["incidence_at_60_months"].groupby("end")["acts by then"].sum()
    assert all(by_then.get(NAMES[o], 0) <= n for o, n in r.first_acts("custody").items())


def test_rates_rest_on_the_counts_of_the_other_sections(r):
    table = r.frames["sensitivity"].set_index(["clock", "follow_up"])
    for clock in ("custody", "sentence"):
        row = table.loc[(f"months since {clock}", "documented")]
        assert row["cases"] == r.cases[f"since_{clock}"]["followed"]
        for o, n in r.first_acts(clock).items():
            assert row[f"{o}_acts"] == n
            assert row[f"{o}_rate"] == pytest.approx(1000 * n / row["person_months"])
            assert row[f"{o}_low"] <= row[f"{o}_rate"] <= row[f"{o}_high"]


def test_first_acts_are_the_same_in_models_events_and_provinces(r):
    first, text = r.first_acts(), r.text("hazards")
    chosen = re.search(r"([\d,]+) cases? with ([\d,]+) first acts? (?:is|are) left out: they are in the tables", text)
    cases_out, acts_out = (number(chosen[1]), number(chosen[2])) if chosen else (0, 0)
    no_term = re.search(r"([\d,]+) more cases? with ([\d,]+) first acts? (?:is|are) left out: the length", text)
    if no_term:
        cases_out, acts_out = cases_out + number(no_term[1]), acts_out + number(no_term[2])
    modelled = found("(?:Cox models of|The|fitted to the) # cases?", text)
    assert modelled + cases_out == r.cases["since_sentence"]["followed"]
    (label,) = (n for n in r.drawn["counts"]["label"] if "followed from the sentence: models" in n)
    assert label.split(": ")[1].startswith(f"models ({modelled} of them), " if cases_out else "models, ")
    placed = re.search(r"provinces \((\d+) of them\)", label)
    everybody = r.cases["since_sentence"]["followed"]
    in_provinces = found("First sentence reductions and medical paroles of # cases?", r.text("provinces"))
    assert in_provinces == (number(placed[1]) if placed else everybody)
    spells = r.given.cohort(clock="sentence").spells
    spells = spells[~spells["case_id"].isin(r.given.taken_for_acts)]
    spells = spells[spells["sentence_months"].notna() | (no_term is None)]
    in_models = {o: int((spells["event"] == o).sum()) for o in first}
    assert sum(in_models.values()) + acts_out == sum(first.values())
    for o, n in in_models.items():
        name = NAMES[o].capitalize()
        if f"hazard_ratios_{o}" in r.frames:
            assert found(f"{name}: # acts?", text) == n
            assert set(r.frames[f"hazard_ratios_{o}"].groupby("term")["n_event"].sum()) == {n}
        else:
            pattern = rf"# first {NAMES[o]}s?[ .]" if "Cox models" not in text else rf"{name}: too few .* \(# first act"
            assert found(pattern, text) == n
    for o, n in first.items():
        if "after_events" in r.frames and n:
            events = r.frames["after_events"]
            assert set(events.loc[events["act"] == NAMES[o], "acts"]) <= {n}
    places = r.frames["province_rates"]
    without = re.search(
        r"(\w+) cases? (?:is|are) followed but (?:has|have) no province, with (\d+) first", r.text("provinces")
    )
    cases, acts = (number(without[1]), int(without[2])) if without else (0, 0)
    assert places["cases"].sum() == found("medical paroles of # cases", r.text("provinces"))
    assert places["cases"].sum() + cases == r.cases["since_sentence"]["followed"]
    assert places["n_event"].sum() + acts == sum(first.values())
    months = r.frames["sensitivity"].set_index(["clock", "follow_up"])["person_months"]
    assert places["person_months"].sum() <= months["months since sentence", "documented"] + 1e-6
    if not cases:
        assert places["person_months"].sum() == pytest.approx(months["months since sentence", "documented"])


def test_provinces_are_left_out_of_the_table_only_below_its_limit(r):
    places, shown = r.frames["province_rates"].dropna(subset=["n_event"]), r.shown["province_rates"]
    few = places[places["person_months"] < 12]
    assert set(shown["province"]) == set(places["name"]) - set(few["name"])
    for name, months in zip(few["name"], few["person_months"], strict=True):
        said = re.search(rf"{name} \(([\d.]+) person-months, (\w+) acts?\)", r.text("provinces"))
        assert float(said[1]) < 12
        assert float(said[1]) == pytest.approx(months, abs=0.06)
    shaded = places.set_index("name")["rate"].notna()
    for name, months in zip(shown["province"], shown["person-months"], strict=True):
        assert (float(months.replace(",", "")) >= 120) == shaded[name]


def test_acts_of_the_quarter_are_named_and_counted_alike(r):
    now = r.given.dated[r.given.dated["quarter"] == str(r.given.quarter)]
    text = r.text("summary")
    assert r.step("of them, dated to the quarter") == len(now)
    so_far = found("hold # acts? dated to one quarter", text)
    assert so_far == len(now) + r.step("of them, dated to an earlier quarter")
    held = found("in all they hold # cases of # people, not counting # of ordinary prisoners", text)
    assert held == [len(OURS), OURS["person_id"].nunique(), len(CASES) - len(OURS)]
    if now.empty:
        assert f"No act of clemency in the records is dated to {r.given.quarter}." in text
        return
    said, people = re.search(r"^([\w,]+) acts? of clemency towards ([\w,]+) prisoners? (?:is|are) dated", text).groups()
    assert number(said) == len(now) == len(r.shown["new_acts"])
    persons = cl.load("cases").set_index("case_id").loc[now["case_id"], "person_id"].nunique()
    assert number(people) == persons
    kinds = re.search(r"are dated to \w+: ([^.]+)\.|is dated to \w+: ([^.]+)\.", text)
    listed = re.findall(r"(\d+) [a-z]", kinds[1] or kinds[2])
    assert sum(map(int, listed)) == len(now)


def test_the_bars_and_what_is_not_in_them(r):
    shown, granted = found("bars hold # of # acts granted", r.text("timeline"))
    assert r.drawn["acts_per_quarter"]["n"].sum() == shown
    assert granted == len(OUR_GRANTS)
    reasons = re.search(r"of the others ([^.]+)\.", r.text("timeline"))[1]
    assert sum(map(int, re.findall(r"\d+", reasons))) == granted - shown
    in_table = [r.step(s) for s in ("dated to the quarter", "dated to an earlier quarter", "quarter, dated to one")]
    assert in_table[0] + in_table[1] - in_table[2] == shown


def test_releases_of_prisoners_are_events_in_no_figure(r):
    us = r.given.events[(r.given.events["partner"] == "US") & (r.given.events["event_type"] != "prisoner_release_deal")]
    one = us["date_earliest"].dt.to_period("Q") == us["date_latest"].dt.to_period("Q")
    without = us[~(one & us["direction"].isin([1, -1]))]
    said = re.search(r"(\w+) events? in relations with the United States (?:has|have) no tick", r.text("timeline"))
    assert number(said[1]) == len(without) > 0
    if "after_events" in r.frames:
        events = r.frames["after_events"].groupby("events")["n_events"].first()
        kinds = {"summits": ["summit"], "human rights dialogues": ["human_rights_dialogue"]}
        past = us[us["date_latest"] <= r.given.last_day]
        for label in set(events.index) & set(kinds):
            assert events[label] <= past["event_type"].isin(kinds[label]).sum()


def test_medical_paroles_and_the_people_who_had_them(r):
    text = r.text("medical-parole")
    acts, people = found("^# medical paroles? of # prisoners?", text)
    assert acts == r.step("single acts dated up to the end of the quarter", "medical_parole")
    sexes = re.search(r"up to the end of \w+: ([^.]+)\.", text)[1]
    assert sum(int(n) for n in re.findall(r"\d+", sexes)) == people
    figure = r.drawn["medical_parole"]
    left = re.search(r"The figure leaves out (\d+) medical paroles, (\d+) of them with a destination abroad", text)
    one = re.search(r"The figure leaves out 1 medical parole, (with|without) a destination abroad", text)
    out, out_abroad = (
        map(int, left.groups()) if left else (int(one is not None), int(one is not None and one[1] == "with"))
    )
    assert len(figure) + out == acts
    if len(figure) > 1:
        assert found(r"known date of sentence \(#\)", text) == len(figure)
    abroad = re.search(r"After (\d+) of the paroles the prisoner left mainland China \(([^)]+)\)", text)
    if abroad:
        assert int(abroad[1]) == sum(map(int, re.findall(r"\d+", abroad[2])))
        assert int(abroad[1]) == (figure["where"] == quarterly.ABROAD).sum() + out_abroad


def test_all_reductions_and_the_first_ones(r):
    text = r.text("all-reductions")
    if "of a case with known dates had been made" in text:
        assert r.first_acts()["sentence_reduction"] == 0
        return
    said = "^# sentence reductions? of # prisoners? (?:is|are) counted; (none|\\d+) of them had more"
    n, people, several = found(said, text)
    dated = r.step("single acts dated up to the end of the quarter", "sentence_reduction")
    rest = re.search(r"(\d+) more of the (\d+) single reductions", text)
    assert (int(rest[1]) + n, int(rest[2])) == (dated, dated) if rest else n == dated
    assert several <= people <= n
    assert r.first_acts()["sentence_reduction"] <= n
    by_month = r.shown["reductions_per_prisoner_by_month"]["reductions so far"]
    assert by_month.is_monotonic_increasing
    assert by_month.iloc[-1] <= n


def holm(p):
    """Holm's step-down rule, written out: the smallest of n against 5%/n, the next against 5%/(n - 1), ..."""
    passed = np.zeros(len(p), dtype=bool)
    for rank, place in enumerate(np.argsort(p, kind="stable")):
        if p[place] > 0.05 / (len(p) - rank):
            break
        passed[place] = True
    return passed


def test_what_the_models_show_is_what_is_said_of_them(r):
    text = r.text("answers")
    frames = [r.frames[f"hazard_ratios_{o}"].assign(act=o) for o in OUTCOMES if f"hazard_ratios_{o}" in r.frames]
    if not frames:
        assert "too few acts for a model" in text
        assert re.search("too few acts for a model|No model of who receives an act sooner can be", r.text("hazards"))
        return
    every = pd.concat(frames, ignore_index=True)
    compared = every[~every["reference"].astype(bool) & every["level"].ne("")].reset_index(drop=True)
    against = every[every["reference"].astype(bool)].set_index(["act", "term"])["n_event"]
    against = np.array([against[key] for key in zip(compared["act"], compared["term"], strict=True)])
    enough = (
        np.minimum(compared["n_event"], against) >= 5
    )  # a ratio of fewer acts is called unknown, so it is no finding
    apart = ((compared["ci_low"] > 1) | (compared["ci_high"] < 1)) & enough
    hollow = sum(found("behind # rows? ", line) for line in r.sections["hazards"].text if "drawn hollow" in line)
    numeric = every[~every["reference"].astype(bool) & every["level"].eq("")]  # a term twice as long
    assert hollow == (~enough).sum() + (numeric["n_event"] < 5).sum()
    questions = compared.assign(apart=apart).groupby(["act", "term"])["apart"].any()
    table = r.frames["what_is_possible"]
    assert len(table) == len(questions)
    assert (table["verdict"] == "differs").sum() == questions.sum()
    shown = r.shown["what_is_possible"]
    assert (shown["verdict"] == "limits exclude 1").sum() == questions.sum()
    if len(questions) > 1 and table["verdict"].nunique() == 1:
        assert f"all {len(questions)} questions put to the models " in text
    elif len(questions) > 1:
        kinds = re.search(rf"of {len(questions)} questions put to the models (.*?)\. ", text)
        said = re.findall(r"(?:^|, | and )(\d+) (?:remain|exclude|ha)", re.sub(r"\([^)]*\)", "", kinds[1]))
        assert sum(map(int, said)) == len(questions)
    if not questions.any():
        assert "limits that exclude 1" not in text.split("None of this is about cause")[0]
        return
    assert found("# ratios? w(?:as|ere) looked at", text) == len(compared)
    stand = compared[holm(compared["p_value"].to_numpy()) & enough]
    if stand.empty:
        assert "none remains apart from 1" in text
        assert "still apart from 1" not in set(shown["after Holm's correction"])
    else:
        for level, act in zip(stand["level"], stand["act"], strict=True):
            assert f"{level.replace('_', ' ')} ({NAMES[act]})" in text
        assert (shown["after Holm's correction"] == "still apart from 1").sum() == len(
            stand[["act", "term"]].drop_duplicates()
        )
    named = re.findall(r"[Ll]imits exclude 1 for (.*?)\. \d", r.text("hazards"))
    assert (
        sum(len(re.findall(r"\([<\d.]+; [<\d.]+ to [\d.]+\)", n)) for n in named)
        == apart.sum() + (((numeric["ci_low"] > 1) | (numeric["ci_high"] < 1)) & (numeric["n_event"] >= 5)).sum()
    )


def test_acts_that_can_be_told_of(r):
    acts, people = found("They can say that # acts .*? w(?:as|ere) granted to # p", r.text("answers"))
    later = r.step("left out: later than the quarter, dated to one"), r.step("quarter, not dated to one quarter")
    assert acts == len(OUR_GRANTS) + sum(later)
    exact = r.shown["what_is_missing"].set_index("question")["what stands in the way"]
    assert found("# of # acts", exact["Do relations between states change the rate?"])[1] == acts
    assert people <= acts
    cases = r.cases["since_sentence"]
    gaps = exact["Did those without a recorded act have none?"]
    open_ = cases["of them, no end on record: followed as far as sources show them"]
    assert found("^# of # cases", gaps) == [open_, cases["followed"]]
    assert found("^These # cases", exact["How common are acts among all prisoners?"]) == cases["followed"]


def talks(events, given):
    ours = events[events["event_type"].isin(["summit", "human_rights_dialogue", "diplomatic_dialogue"])]
    return ours[ours["date_latest"] <= given.last_day]


def before_events(frame):
    """Acts in the quarters just before one with an event: what the other quarters are compared with."""
    quarter = pd.PeriodIndex(frame["period"], freq="Q")
    with_event = quarter[frame["n_events"].to_numpy() > 0]
    return frame["acts"].to_numpy()[(quarter + 1).isin(with_event)].sum()


def test_single_quarters_whose_limits_exclude_1_are_told(r):
    text = r.text("event-study")
    if "event_study" not in r.drawn:
        assert text.count("too few acts or events") == 2
        return
    every = r.drawn["event_study"]
    points = every[every["term"].str.fullmatch(r"(lead|lag) \d+")]
    points = points[points["ci_low"].notna()]
    fits = leadsandlags._fits(r.given, r.given.events.query("partner == 'US'").pipe(talks, r.given))[0]
    acts = {(o, t): n for o, f in fits.items() for t, n in f.support[["term", "n_event"]].itertuples(index=False)}
    base = {o: before_events(f.frame) for o, f in fits.items()}
    enough = [acts[key] >= 5 and base[key[0]] >= 5 for key in zip(points["act"], points["term"], strict=True)]
    known = points[enough]
    out = known[(known["ci_low"] > 1) | (known["ci_high"] < 1)]
    few = re.search(r"stand behind (\w+) of the (\d+) single quarters, or", text)
    if known.empty:
        assert re.search(rf"stand behind each of the {len(points)} single quarters, or behind the base", text)
        return
    assert (
        (number(few[1]), int(few[2])) == (len(points) - len(known), len(points)) if few else len(known) == len(points)
    )
    if out.empty:
        said = re.search(r"(?:No single quarter of (\d+)|None of the other (\d+) quarters?) has limits", text)
        assert int(said[1] or said[2]) == len(known)
    else:
        said = re.search(
            r"Of the (?:other )?(\d+) (?:single )?quarters (\w+) ha(?:s|ve) limits that exclude 1: "
            r"(.*?)\. One in twenty",
            text,
        )
        assert (int(said[1]), number(said[2])) == (len(known), len(out))
        limits = re.findall(r"([\d.]+) to ([\d.]+)\)", said[3])
        assert len(limits) == len(out)
        assert all(float(low) > 1 or float(high) < 1 for low, high in limits)
    tests = r.frames["event_study_tests"]
    for test, where in (("lags", "after"), ("leads", "before")):
        own = tests[tests["test"] == test]
        stands = (own["p_placebo"] <= 0.05).any()
        assert (f"The quarters {where} events stand out" in text) == stands
        assert (f"No pattern {where} events stands out" in text) == (not stands and len(own) > 0)
    for o in OUTCOMES:
        said = re.search(rf"(\d+) of (\d+) first {NAMES[o]}s?\b", text)
        if said:
            assert int(said[2]) == r.first_acts()[o]
            assert set(tests.loc[tests["act"] == o, "acts"]) == {int(said[1])}


def test_comparisons_that_pass_are_counted(r):
    if "after_events" not in r.frames:
        assert "No act and event could be compared" in r.text("relations")
        return
    every, text = r.frames["after_events"], r.text("relations")
    enough = (every["acts_after"] >= 5) & (every["acts"] - every["acts_after"] >= 5)
    p, few = every.loc[enough, "p_value"], int((~enough).sum())
    if p.empty:
        assert "None of these rates can be judged" in text
        return
    said = re.search(r"(\d+) comparisons? with fewer than 5 acts", text)
    assert (int(said[1]) if said else 0) == few
    passed = int((p <= 0.05).sum())
    if passed:
        assert found(f"# of th(?:ese {len(p)} comparisons|e one comparison) pass", text) == passed
        assert ("passes 5%" in text) == (passed == 1)
    else:
        assert "None of these rates can be told apart" in text
    below, smallest = re.search(r"(?:smallest p value of \d+|; the p value) is (<?)([\d.]+)", text).groups()
    assert (float(smallest) <= 0.05) == bool(passed)
    assert 0 <= p.min() < float(smallest) if below else float(smallest) == pytest.approx(p.min(), abs=0.005)


def test_lists_begin_no_later_than_the_quarter(r):
    shown = r.frames.get("lists")
    if shown is None:
        assert "No list with a count" in r.text("lists")
        return
    assert (shown["period_earliest"] <= r.given.last_day).all()
    left = re.search(r"Left out: (.*?)\. ", r.text("lists"))
    assert len(shown) + sum(map(int, re.findall(r"(\d+) lists?", left[1] if left else ""))) == len(cl.load("lists"))


def test_limits_that_exclude_1_are_not_shown_as_1(r):
    pairs = [(r.frames[n], r.shown[n]["95% limits"]) for n in r.frames if n.startswith("hazard_ratios_")]
    for frame, shown in pairs:
        for low, high, text in zip(frame["ci_low"], frame["ci_high"], shown, strict=True):
            if low > 1 or high < 1:
                ends = [float(v) for v in re.findall(r"[\d.]+", text)]
                assert ends[0] > 1 or ends[1] < 1


def test_tables_hold_numbers_in_columns_of_their_own(r):
    mixed = re.compile(r"[\d.,]+ \([\d.,]+ to [\d.,]+\)|^[\d.,]+ to [\d.,]+$|^[\d.,]+%$|^below [\d.]+ or")
    checked = 0
    for name, frame in r.frames.items():
        for column in frame:
            text = [v for v in frame[column] if isinstance(v, str)]
            checked += len(text)
            assert not [v for v in text if mixed.search(v)], (name, column)
    assert checked > 100


SLIPS = (
    r"\bnan\b|\bNaN\b|<NA>|\bNaT\b|\bNone\b(?! of)|\binf\b",
    r"\b[Oo]n (January|February|March|April|May|June|July|August|September|October|November|December|\d{4})\b",
    r"\b1 (acts|cases|prisoners|(medical )?paroles|sentence reductions|ratios|rows|lists|events|quarters|people)\b",
    r"(?<![\d,.])1 (?!one )(?:[a-z]+ ){1,3}(are|were|have) ",
    r"\b[Oo]ne event\b[^.]*among them",
    r"(?<![\d.])([2-9]|\d\d+) (act|case|prisoner|person|ratio|row|list|event|quarter|refusal|entry)\b(?!-)",
    r"lifes\b|fixeds\b|denieds\b|entrys\b|persons\b",
    r"\b[Oo]f 1 question\b",
    r"  |(?<!\.)\.\.(?!\.)| ,| \.(?!\.)|\(\)|: \.",
    r"_(?=[a-z])",
)


def test_sentences_are_written_as_people_write(r):
    texts = [t.replace("**", "") for s in r.sections.values() for t in (*s.text, *s.notes)] + r.captions
    assert len(texts) > 50
    assert [(slip, t) for slip in SLIPS for t in texts if re.search(slip, t)] == []
