"""The code on the pages gives what follows from its data, and their figures are those of the data."""

import csv
import json
import re
import sys
from pathlib import Path

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
import pytest

import clemency as cl
from benchmarks import unlisted

ROOT = Path(__file__).resolve().parents[2]
PAGES = [
    ROOT / "README.md",
    ROOT / "CONTRIBUTING.md",
    *sorted((ROOT / "docs").glob("*.md")),
    *sorted((ROOT / "data").glob("*.md")),
]


def named(path):
    return str(path.relative_to(ROOT))


def shown_in_readme(space):
    """Acts of 2017 counted in the file itself; what was known of two of them when they became public."""
    ends = ["sentence_reduction", "medical_parole", "early_release", "expiry", "death"]
    grid = cl.grid_incidence(cl.register_person_time(), count=ends, exposure="person_months").tidy()
    by_8_years = grid.query("outcome == 'sentence_reduction' and time == 96")["estimate"].item()
    page = (ROOT / "README.md").read_text(encoding="utf-8")
    assert f"the register has about {100 * by_8_years:.0f} in 100 by 8 years" in page
    of_2017 = re.compile(r"2017[-\d]*(/2017[-\d]*)?")
    with (ROOT / "data" / "acts.csv").open(encoding="utf-8", newline="") as file:
        raw = [(r["case_id"], r["act_type"]) for r in csv.DictReader(file) if of_2017.fullmatch(r["act_date"])]
    found = space["in_2017"]
    assert sorted(zip(found["case_id"], found["act_type"].astype(str), strict=True)) == sorted(raw)
    by_case = found.set_index("case_id")
    liu = by_case.loc["liu-xiaobo-2009", ["act_type", "act_date"]].tolist()
    assert liu == ["medical_parole", "2017-06-07/2017-06-26"]
    assert by_case.loc["metabdulla-iminniyaz-2014", ["act_date", "months"]].tolist() == ["2017-05-27", 8]
    cohort, cases = space["cohort"], space["cases"]
    assert len(cohort.exclusions) + cohort.spells["case_id"].nunique() == len(cases)
    terms = space["fit"].tidy().groupby("term", sort=False).size().to_dict()
    assert terms == {"region": cohort.spells["region"].nunique() - 1, "after_summit": 1}


def shown_in_any_size(space):
    table, twice = space["table"].to_pandas(), space["twice"].to_pandas()
    acts = pd.read_parquet(space["file"])["event"].value_counts()
    assert table["sentence_reduction"].sum() == acts["sentence_reduction"] > 100
    assert twice["person_months"].sum() == pytest.approx(2 * table["person_months"].sum(), rel=1e-12)
    ratios = space["fit"].tidy(exponentiate=True)
    assert (ratios["ci_low"] < ratios["estimate"]).all()


def shown_in_cecc(space):
    """From 1 April 2002 to 9 January 2003, the last day of three years from 10 January 2000, are 283 days."""
    export = space["export"]
    assert export.cases["sentence_type"].tolist() == ["fixed", "none", "rtl"]
    assert export.cases["status"].tolist() == ["released_early", "serving", "released"]
    assert export.cases["release_date"].tolist()[::2] == ["2002-04-01", "1998-08/2020-07-23"]
    (act,) = export.acts.to_dict("records")
    assert (act["act_type"], act["certainty"], act["months"]) == ("early_release", "inferred", round(283 / 30.4375, 1))
    assert len(export.account) == 40
    assert export.unread[["record", "value"]].to_numpy().tolist() == [["2004-00003", "1999/02/29"]]
    assert export.doubts.empty


def shown_in_findings(space):
    """1,105 arrests after 930; answers on 235 of 396 women and 726 of 1,316 men."""
    (row,) = space["done"].tidy().to_dict("records")
    assert (row["printed"], row["verdict"]) == ("19 percent", "reproduced")
    assert row["recomputed"] == pytest.approx(100 * (1105 / 930 - 1))
    own = space["state_security_arrests"](space["Material"]())
    assert own == {"growth_2011_2012": pytest.approx(row["recomputed"])}
    first = space["answers"].tidy().iloc[0]
    sample = 235 / (396 - 235) / (726 / (1316 - 726))
    assert sample - 0.0005 < first["estimate"] < sample  # the conditional estimate is a little nearer to one
    assert "Women: 59.3 percent (54.3 to 64.2); men: 55.2 percent" in space["answers"].conclusion


def table_of(page, name):
    """Rows of a table of a page between its marks."""
    body = (ROOT / page).read_text(encoding="utf-8").split(f"<!-- {name} -->")[1].split("<!-- end -->")[0]
    return [[c.strip() for c in line.strip()[1:-1].split("|")] for line in body.strip().splitlines()][2:]


def shown_in_how_many(space):
    """The tables are those of the code and of the study; the shipped cases are fewer than the database's records."""
    found = space["found"].tidy()
    rows = table_of("docs/how-many.md", "kosovo")
    for (method, _, estimate, limits), r in zip(rows, found.itertuples(), strict=True):
        high = f" to {r.ci_high:,.0f}" if np.isfinite(r.ci_high) else ", no upper limit"
        low = round(r.ci_low, -2 if r.method == "latent_class" else 0)  # its algorithm stops short of the last digits
        assert (method, estimate, limits) == (f"`{r.method}`", f"{r.estimate:,.0f}", f"{low:,.0f}{high}")
    fit = space["found"].models().iloc[0]
    assert (round(fit["deviance"], 1), fit["df"]) == (39.9, 5)
    told = space["found"].check().set_index("assumption")["evidence"]
    assert "deviance 71.9, df 5" in told["equal chances"]
    study = pd.read_csv(ROOT / "benchmarks" / "results" / "unlisted.csv")
    assert table_of("docs/how-many.md", "simulated") == unlisted.rows(study)
    assert set(space["made"].overlaps()["list"]) == {"CECC", "Dui Hua"}
    assert set(space["by_sex"].tidy()["sex"].astype(str)) == {"F", "M", "all strata"}
    assert space["both"].glance()["on_several"].item() >= 1


def shown_in_interval_censoring(space):
    """Releases are drawn with the rate 1/45 a month; so much of the curve is left after 24 and 60 months."""
    at = space["curve"].at([24, 60])
    truth = np.exp(-np.array([24, 60]) / 45)
    assert (at["ci_low"] < truth).all()
    assert (truth < at["ci_high"]).all()
    base = space["fit"].baseline()
    assert len(base) == 4
    assert ((base["ci_low"] < 1 / 45) & (base["ci_high"] > 1 / 45)).all()
    assert space["curve"].tidy()["mass"].sum() == pytest.approx(1)
    # Three in ten of the releases are paroles.
    shares = space["shares"].at(60).set_index("outcome")[["lowest", "highest"]].mean(axis=1)
    assert shares["medical parole"] == pytest.approx(0.3 * (1 - truth[1]), abs=0.08)
    assert shares["expiry"] == pytest.approx(0.7 * (1 - truth[1]), abs=0.08)


def shown_in_linkage(space):
    linked, decided = space["linked"].glance().iloc[0], space["decided"].glance().iloc[0]
    assert (linked["n_left"], linked["n_right"]) == (3, len(space["cl"].load("cases")))
    assert linked["n_pairs"] == len(space["linked"].pairs) == linked["n_match"] + linked["n_review"] + linked["n_no"]
    assert decided["n_match"] == linked["n_match"] == len(space["linked"].matches())
    assert set(space["linked"].pairs["left_id"]) == {"m1", "m2", "m3"}
    assert linked["n_unpaired_left"] == 0


def shown_in_narrative(space):
    frame = pd.DataFrame({"record": ["1"], "name": ["Test Person"], "summary": [space["text"]]})
    (act,) = space["cl"].code_acts(frame).to_dict("records")
    said = (act["act_type"], act["granted"], act["date"], act["months"], act["certainty"])
    assert said == ("sentence_reduction", True, "2015-05-04", 12.0, "stated")


def shown_in_partial_dates(space):
    acts = cl.load("acts").dropna(subset="act_date")
    vague = int((acts["act_earliest"] != acts["act_latest"]).sum())
    page = (ROOT / "docs" / "partial-dates.md").read_text(encoding="utf-8")
    assert f"of the {len(acts)} dated acts in edition {cl.edition().version}, this holds for {vague}." in page
    made = space["imputed"]
    assert len(made.cohorts) == 20
    each = [space["cl"].cox(c, "sex", outcome="medical_parole").tidy() for c in made.cohorts]
    found = space["fit"].tidy()
    assert found["estimate"][0] == pytest.approx(np.mean([t["estimate"][0] for t in each]))
    between = np.var([t["estimate"][0] for t in each], ddof=1)
    within = np.mean([t["std_error"][0] ** 2 for t in each])
    assert found["std_error"][0] == pytest.approx(np.sqrt(within + 1.05 * between))


def shown_in_prediction(space):
    """Rates of 1/40 and 1/20 a month: half by 27.7 and 13.9 months; the rest of the way from a month is as from 0."""
    rate = np.array([1, 2]) / 40
    median = space["median"]
    assert ((median["ci_low"] < np.log(2) / rate) & (np.log(2) / rate < median["ci_high"])).all()
    mean, still = space["mean"], space["still"]
    for table, span in ((mean, np.array([60, 60])), (still, np.array([36, 54]))):
        truth = -np.expm1(-rate * span) / rate
        assert ((table["ci_low"] < truth) & (truth < table["ci_high"])).all()
    later = -np.expm1(-rate * np.array([12, 30]))
    assert ((space["later"]["ci_low"] < later) & (later < space["later"]["ci_high"])).all()
    assert space["compared"]["df"].tolist()[1:] == [1, 1]
    assert space["terms"]["statistic"][1] > 10 > space["terms"]["statistic"][2]
    assert space["ranks"].glance()["n"].item() == 200
    assert space["better"]["ci_low"].item() > 0
    assert (space["uno"].estimates > 0.55).all()
    brier = space["quality"].tidy().query("measure == 'brier' and time == 36").set_index("score")["estimate"]
    assert brier["both"] < brier["(the same for all)"]
    assert space["whole"].set_index("score")["estimate"].idxmin() == "both"
    truth = np.diff(-np.expm1(-rate * 60) / rate)[0]
    assert space["slope"] == pytest.approx(truth, abs=3)


def shown_in_recurrent_events(space):
    """All models count the same acts, the mean number rises, and an act of a person is numbered after that before."""
    acts = int((space["every"].spells["event"] == "sentence_reduction").sum())
    for fit in ("rate", "total", "gap"):
        assert space[fit].glance()["events"][0] == acts
    at = space["counted"].at([24, 60, 120])
    assert at["estimate"].is_monotonic_increasing
    spells = space["every"].spells.sort_values(["case_id", "entry"])
    own = spells[spells["event"] == "sentence_reduction"].groupby("case_id")["act_number"]
    assert own.apply(list).map(lambda n: n == list(range(1, len(n) + 1))).all()
    assert own.size().max() > 1


def shown_in_rules(space):
    """Six years since January 2014, sentenced in October 2014, for endangering state security.

    Two years after the sentence a first cut of at most one year; half of the term before parole.
    """
    found = space["found"]
    month = found.table.set_index("question")
    assert month["months"].to_dict() == {
        "first reduction": 24, "largest cut": 12, "service in all": 36, "parole": 36
    }  # fmt: skip
    days = month[["earliest", "latest"]].map(lambda d: None if pd.isna(d) else str(d.date()))
    assert days.loc["first reduction"].tolist() == ["2016-10-01", "2016-10-31"]
    assert days.loc["parole"].tolist() == ["2017-01-01", "2017-01-31"]
    assert days.loc["largest cut"].tolist() == [None, None]


def _shown_read(page):
    """The table of what became of each field of simulated rulings."""
    read = pd.read_csv(ROOT / "benchmarks" / "results" / "rulingsread.csv")
    whole = read[read["text"] == "whole"].set_index("field")
    hit = read[read["text"].str.contains("character")].groupby("field").sum(numeric_only=True)
    cut = read[read["text"].str.contains("missing")].groupby("field").sum(numeric_only=True)
    for name in whole.index:
        told = whole.loc[name, ["told", "right", "not_read", "wrong"]].tolist()
        told += hit.loc[name, ["right", "not_read", "altered", "wrong"]].tolist()
        told += cut.loc[name, ["right", "not_read", "wrong"]].tolist()
        assert f"| `{name}` | {' | '.join(f'{n:,}' for n in told)} |" in page


def shown_in_rulings(space):
    """What the made-up text says, and a line of the table for every column."""
    row = space["row"]
    said = ("李某某", "盗窃罪", 120, 6, "2021-03-31", "2018-03-15", "")
    names = ["prisoner", "charges", "sentence_months", "months", "new_end", "ruling_date", "problems"]
    assert tuple(row[names]) == said
    page = (ROOT / "docs" / "rulings.md").read_text(encoding="utf-8")
    for column in space["read"].columns().itertuples():
        assert f"| `{column.column}` | {column.type} | {column.told} |" in page
    for model in pd.read_csv(ROOT / "benchmarks" / "results" / "rulingsize.csv").itertuples():
        errors = f"{model.mean_absolute_error:.2f} | {model.root_mean_square:.2f} | {model.within_one_month:.0%}"
        slope = "" if pd.isna(model.slope) else f"{model.slope:.2f} "
        limits = f"{model.mean_absolute_error_low:.2f} to {model.mean_absolute_error_high:.2f}"
        assert f"| {model.model} | {errors} | {limits} | {model.exact:.0%} | {slope}|" in page
    assert space["mine"].account["prisoners"].sum() == len(space["mine"].rulings)
    assert space["ratios"].glance()["events"][0] == len(space["times"]) == space["number"].glance()["events"].sum()
    _shown_read(page)
    contest = pd.read_csv(ROOT / "benchmarks" / "results" / "rulingsize_contest.csv")
    first, tenth = contest["exact"]
    assert f"first had {first:.0%} of its own texts exact and its tenth {tenth:.0%}" in page
    assert contest["source"].unique()[0] in page
    ratios = pd.read_csv(ROOT / "benchmarks" / "results" / "rulingsize_ratios.csv").set_index(["term", "level"])
    for term, level in (("C(paid)", "unpaid"), ("C(merit_awards)", "some")):
        row = ratios.loc[(term, level)]
        assert f"{row['estimate']:.2f} ({row['ci_low']:.2f} to {row['ci_high']:.2f}) times" in page


def shown_in_selection_models(space):
    """Weights by hand as the page words them, strengths by their formula, and the table of the simulation."""
    page = (ROOT / "docs" / "selection-models.md").read_text(encoding="utf-8")
    assert space["fit"].glance()["n"][0] <= space["found"].weights.notna().sum()
    assert abs(space["found"].weights.dropna() - 1).max() < 0.2
    assert "the weights are unstable" in space["found"].warnings["message"].iloc[-1]
    coast = space["sampling"].tidy().iloc[0]
    assert coast[["register_share", "act_share", "weight_act", "weight_other"]].tolist() == pytest.approx(
        [1 / 4, 1 / 3, 2, 4]
    )
    root = np.sqrt([2.0, 1.3])
    four, two = root + np.sqrt(root**2 - root), root**2 + np.sqrt(root**2 * (root**2 - 1))
    for numbers in (
        f"ratios of {four[0]:.2f} with",
        f"or of {two[0]:.2f} if",
        f"{four[1]:.2f} or {two[1]:.2f} to bring",
    ):
        assert numbers in page
    assert space["bounds"].at(2)["estimate"][0] == space["bounds"].at(6, 3)["estimate"][0] == pytest.approx(1)
    table = pd.read_csv(ROOT / "benchmarks" / "results" / "observation.csv")
    assert set(table["samples"]) == {300}
    for model, part in table.groupby("model"):
        rows = part.set_index("quantity")
        cells = [f"{rows.loc[q, 'mean']:.3f} ({rows.loc[q, 'coverage']:.0%})" for q in ("log_ratio", "share")]
        assert f"| {model} | {cells[0]} | {cells[1]} |" in page
    assert f"{100 * table['true'].max():.1f} percent have had no act" in page


def shown_in_states(space):
    """A from cut to cut to release, C by medical parole to death; the women of R's data; nobody is in two states."""
    table = space["check"].transitions
    found = {(j, k) for j in table.index for k in table.columns if table.loc[j, k] == 1}
    assert found == {
        ("serving", "reduced 1"), ("reduced 1", "reduced 2"), ("reduced 2", "release"), ("serving", "medical parole"),
        ("medical parole", "death"), ("serving", "(censored)"),
    }  # fmt: skip
    assert table.to_numpy().sum() == len(found)
    fit, model = space["fit"], space["model"]
    assert fit.at([24, 60]).groupby("time")["estimate"].sum().tolist() == pytest.approx([1, 1])
    assert fit.sojourn(120)["estimate"].sum() == pytest.approx(120)
    assert space["test"].tidy()["transition"].iloc[-1] == "GLOBAL"
    assert space["landmark"].groupby(["from", "time"], observed=True)["estimate"].sum().to_numpy() == pytest.approx(1)
    assert model.predict({"rare": [0, 1]}, 24).groupby("row")["estimate"].sum().tolist() == pytest.approx([1, 1])
    expected = pd.read_csv(ROOT / "tests" / "reference" / "states" / "expected.csv")
    women = expected[(expected["fit"] == "mgus2 F") & (expected["quantity"] == "estimate")]["value"].to_numpy()
    at = space["ill"].at([12, 60, 120, 240])
    own = at[at["sex"] == "F"].pivot(index="state", columns="time", values="estimate")
    assert own.loc[["start", "pcm", "death"]].to_numpy().ravel() == pytest.approx(women)
    page = (ROOT / "docs" / "states.md").read_text(encoding="utf-8")
    results = pd.read_csv(ROOT / "benchmarks" / "results" / "states_coverage.csv")
    shown = re.search(r"<!-- states:coverage -->\n(.*?)<!-- end -->", page, re.DOTALL)
    assert shown is not None
    lines = [line for line in shown.group(1).splitlines() if line.startswith("| ")][2:]
    assert lines == [
        f"| {r.interval} | {r.of} | {r.bias:+.3f} | {r.spread:.3f} | {r.error:.3f} | {r.coverage:.1%} |"
        for r in results.itertuples()
    ]
    timed = pd.read_csv(ROOT / "benchmarks" / "results" / "states_speed.csv")
    shown = re.search(r"<!-- states:speed -->\n(.*?)<!-- end -->", page, re.DOTALL)
    assert shown is not None
    numbers = [line.split(" | ")[1:3] for line in shown.group(1).splitlines()[2:]]
    assert numbers == [[f"{r.n:,}", f"{r.clemency:.3g}"] for r in timed.itertuples()]


def shown_in_figures(space):
    axes, narrow = space["axes"], space["narrow"]
    assert {"women", "men"} <= {t.get_text() for t in axes.texts}
    assert axes.get_xlabel().startswith("years")
    assert narrow.get_figure().get_size_inches()[0] == pytest.approx(3.9)
    assert axes.get_figure().get_size_inches()[0] == pytest.approx(7.2)
    assert Path("incidence.pdf").read_bytes().startswith(b"%PDF")


def shown_in_report(space):
    table = space["found"].tidy()
    assert set(table["case_id"]) == {"liu-xiaobo-2009", "swidan-mark-2019"}
    own = table[table["case_id"] == "liu-xiaobo-2009"].set_index("kind")
    assert own.loc["death", "date"] == "2017-07-13"
    assert own.loc["medical parole", "end"] == pd.Timestamp("2017-07-13")
    assert own.loc["term passed", "months"] == 132


def shown_in_own_records(space):
    """The people of the made-up sheet, and what its page says of them."""
    own, both = space["own"], space["both"]
    assert (len(own.cases), own.kind) == (60, "wide")
    assert own.account["not_read"].sum() == 0
    assert own.problems.query("severity == 'warning'")["column"].tolist() == ["Red1", "Red2"]
    assert space["again"].problems.query("severity == 'warning'").empty
    pd.testing.assert_frame_equal(space["again"].cases, own.cases)
    assert both.cases["origin"].tolist() == ["other"] * 60 + ["own"]
    assert space["derived"]["region"].tolist() == ["Northwest"]


SHOWN = {
    "docs/any-size.md": shown_in_any_size,
    "README.md": shown_in_readme,
    "docs/cecc.md": shown_in_cecc,
    "docs/figures.md": shown_in_figures,
    "docs/findings.md": shown_in_findings,
    "docs/how-many.md": shown_in_how_many,
    "docs/interval-censoring.md": shown_in_interval_censoring,
    "docs/linkage.md": shown_in_linkage,
    "docs/narrative.md": shown_in_narrative,
    "docs/own-records.md": shown_in_own_records,
    "docs/partial-dates.md": shown_in_partial_dates,
    "docs/prediction.md": shown_in_prediction,
    "docs/recurrent-events.md": shown_in_recurrent_events,
    "docs/report.md": shown_in_report,
    "docs/rules.md": shown_in_rules,
    "docs/rulings.md": shown_in_rulings,
    "docs/selection-models.md": shown_in_selection_models,
    "docs/states.md": shown_in_states,
}


def run(page):
    space = {}
    for block in re.findall(r"```python\n(.*?)```", page.read_text(encoding="utf-8"), re.DOTALL):
        exec(compile(block, named(page), "exec"), space)
    plt.close("all")
    return space


@pytest.mark.parametrize("page", SHOWN)
def test_code_gives_what_follows_from_its_data(page, tmp_path, monkeypatch):
    if page in ("docs/figures.md", "docs/own-records.md"):  # which save files
        monkeypatch.chdir(tmp_path)
    SHOWN[page](run(ROOT / page))


def test_every_page_with_code_is_tested():
    own = {
        f"docs/{page}.md" for page in ("being-raised", "frailty", "parametric", "selection", "tables", "target-trials")
    }  # by files of their own
    assert {named(p) for p in PAGES if "```python" in p.read_text(encoding="utf-8")} == own | set(SHOWN)


@pytest.mark.parametrize("page", PAGES, ids=named)
def test_links_lead_somewhere(page):
    links = re.findall(r"\]\(([^)#\s]+)[^)]*\)", page.read_text(encoding="utf-8"))
    missing = [link for link in links if not link.startswith("http") and not (page.parent / link).exists()]
    assert missing == []


def test_ratio_of_the_readme_is_the_one_that_its_code_gives():
    page, space = (ROOT / "README.md").read_text(encoding="utf-8"), run(ROOT / "README.md")
    row = space["fit"].tidy(exponentiate=True).set_index("term").loc["after_summit"]
    events = int(space["fit"].glance()["events"].iloc[0])
    limits = f"{row['ci_low']:.2f} to {row['ci_high']:.2f}"
    said = f"{row['estimate']:.2f} ({limits}) after summits, from {events} reductions"
    assert f"in the edition {space['cl'].edition().version}: {said}" in page


def test_tables_of_the_readme_are_all_there_are():
    tables = json.loads((ROOT / "data" / "datapackage.json").read_text(encoding="utf-8"))["resources"]
    words = {9: "Nine", 10: "Ten", 11: "Eleven", 12: "Twelve"}
    assert f"{words[len(tables)]} tables as plain CSV files" in (ROOT / "README.md").read_text(encoding="utf-8")


def test_figures_of_the_data_statement_are_current(monkeypatch):
    monkeypatch.syspath_prepend(str(ROOT / "data" / "build"))
    import statement

    page = (ROOT / "docs" / "data-statement.md").read_text(encoding="utf-8")
    assert statement.renewed(page) == page, "run `make data`"
    assert set(re.findall(r"<!-- numbers:(\w+) -->", page)) == set(statement.BLOCKS)
    sys.modules.pop("statement")
