"""Findings computed from the counts that publishers print: by hand, and loud refusals of a wrong registry."""

import shutil

import pandas as pd
import pytest

import clemency as cl
from clemency.findings.material import Material
from clemency.findings.parts import PARTS, parts_of
from clemency.findings.published import abroad, conscience, persons, prisons
from clemency.findings.registry import registry
from clemency.records.environment.datafolder import data_folder, editions

SHIPPED = data_folder() / "findings"


class Made:
    """Stand-in for the material: counts, whatever the finding, and tables by name."""

    def __init__(self, counts=None, **tables):
        self.counts, self.tables = counts or {}, tables

    def parts(self, finding_id):
        return self.counts

    def table(self, name):
        return self.tables[name]


def dated(rows, columns):
    frame = pd.DataFrame(rows, columns=columns)
    dates = [c for c in columns if c.endswith(("_earliest", "_latest"))]
    frame[dates] = frame[dates].apply(pd.to_datetime)
    return frame


def test_shares_of_a_total():
    reviews = Made({"reviews": 40, "needed": 10, "not_needed": 30})
    assert prisons.medical_reviews(reviews) == {"needed": 25, "not_needed": 75}
    counts = {f"{p}_{k}": v for p in ("huanghu", "wangchun") for k, v in (("held", 50), ("fined", 20), ("of_theft", 5))}
    found = prisons.ningbo(Made(counts))
    assert found["huanghu_fined"] == found["wangchun_fined"] == 40
    assert found["huanghu_of_theft"] == 25  # of those fined, not of all
    counts = {"commuted": 200, "met_all": 10, "eligible_2014": 50, "granted_of_2014": 5, "eligible_2017": 10}
    found = abroad.initiative_of_2014(Made({**counts, "granted_of_2017": 1}))
    assert found == {"met_all": 5, "granted_of_2014": 10, "granted_of_2017": 10}
    assert abroad.motions_in_courts(Made({"decided": 50, "granted": 10})) == {"granted": 20, "denied": 40}
    wardens = abroad.requests_to_wardens(Made({"requests": 200, "approved": 3}))
    assert wardens == {"denied_or_ignored": 98.5, "headline": 98.5}
    assert abroad.wardens_and_office(Made({"requests": 200, "wardens": 4, "office": 1})) == {
        "wardens": 2,
        "office": 0.5,
    }
    assert abroad.over_objections(Made({"released": 50, "approved_by_director": 1})) == {"by_judges": 98}
    assert conscience.freed_in_myanmar(Made({"freed": 50, "political": 2})) == {"political": 4}


def test_sums():
    kinds = {"office": 1, "finance": 2, "gangs": 4, "prisons": 5, "detention_centres": 1, "community": 2}
    assert prisons.three_kinds(Made(kinds)) == {"by_crime": 7, "by_place": 8}
    assert prisons.kunming(Made({"fined": 70.5, "damages": 10})) == {"together": 80.5}
    assert conscience.clerics(Made({"prisons": 4, "camps": 2})) == {"held": 6}
    waves = {f"wave_{i}": n for i, n in enumerate((1, 2, 3, 4, 10, 20))}
    assert conscience.pardoned_in_belarus(Made(waves)) == {"until_september": 10, "until_november": 40}
    found = conscience.amnesties_of_myanmar(Made({"freed_1": 1, "freed_2": 2, "all_freed": 50, "political": 5}))
    assert found == {"freed": 3, "political": 10}
    counts = {"obama_pardons": 2, "obama_commutations": 3, "johnson_remissions": 1, "fy1920_respites": 4}
    found = abroad.grants_of_presidents(Made({**counts, "requests": 100}))
    assert found == {"obama": 5, "fy2016": 0, "johnson": 1, "fy1920": 4, "granted": 5}
    found = abroad.grants_by_month(Made({"pardons": 1, "commutations": 3, "december": 2}))
    assert found == {"grants": 4, "december": 50}


def test_growth_and_ratios():
    assert conscience.arrests_in_xinjiang(Made({"arrests_2016": 10, "arrests_2017": 80})) == {"growth": 700}
    found = abroad.holding_countries(
        Made({"countries_2001": 4, "countries_2022": 8, "yearly_2001": 2, "yearly_2012": 3})
    )
    assert found == {"times": 2, "growth_countries": 100, "growth_detained": 50}
    found = abroad.aging(Made({"older_2009": 4, "older_2013": 5, "cost_younger": 10, "cost_older": 11}))
    assert found == pytest.approx({"growth": 25, "cost": 10})
    assert abroad.held_abroad(Made({"held_2022": 50, "held_2024": 40})) == pytest.approx({"fall": 20})
    assert conscience.hong_kong(Made({"years": 30, "prisoners": 60})) == {"mean_term": 0.5}
    found = conscience.konasheher(Made({"names": 10, "people": 1000, "us_rate": 500, "china_rate": 100}))
    assert found == {"one_in": 100, "times_us": 2, "times_china": 10}
    counts = {"writers_2019": 200, "three_countries_2019": 100, "writers_2020": 250, "belarus_2020": 50}
    found = conscience.writers(Made(counts))
    assert (found["three_countries_2019"], found["growth_2020"], found["belarus_2020"]) == (50, 25, 20)
    found = prisons.elderly(Made({"prisoners_2017": 1000, "prisoners_2022": 2000, "elderly_percent": 5}))
    assert found == {"fewest": 50, "most": 100}


def test_parole_compared_by_hand():
    names = ("us_prisoners_1993", "us_parolees_1993", "us_parolees_1995", "us_parolees_2000", "sweden_prisoners")
    counts = dict(zip(names, (100, 70, 200, 210, 40), strict=True)) | {"sweden_paroled": 10, "japan_applied": 20}
    counts |= {"japan_granted": 19, "reduced_followed": 30, "reduced_offended": 3, "paroled_followed": 50}
    found = prisons.parole_compared(Made({**counts, "paroled_offended": 1}))
    wanted = {"us_1993": 70, "us_more": 10, "us_growth": 5, "sweden": 25, "japan_1997": 95, "after_reduction": 10}
    assert found == pytest.approx({**wanted, "after_parole": 2})


def test_boards_by_hand():
    counts = {f"alabama_decided_{y}": 100 for y in range(2019, 2025)}
    counts |= {f"alabama_granted_{y}": n for y, n in zip(range(2019, 2025), (40, 30, 20, 10, 5, 20), strict=True)}
    counts |= {f"alaska_decided_{y}": n for y, n in zip(range(2019, 2023), (100, 100, 100, 50), strict=True)}
    counts |= {f"alaska_granted_{y}": 20 for y in range(2019, 2023)}
    found = abroad.parole_in_states(Made(counts))
    assert (found["alabama_2022"], found["alabama_rate_change_2022"], found["alabama_rate_change_2024"]) == (
        10,
        -75,
        -50,
    )
    assert (found["alaska_2022"], found["alaska_rate_change_2022"], found["alaska_number_change_2022"]) == (40, 100, 0)
    found = abroad.parole_board(Made({"stay": 60, "released": 20, "refused_restated": 50, "open_conditions": 10}))
    assert found == {"stay": 60, "stay_share": 75}


def test_canada_by_hand():
    names = ("federal_reviews", "provincial_reviews", "federal_day_parole", "provincial_day_parole", "incarcerated")
    counts = {f"{name}_{y}": 100 * k for k, y in ((1, 2012), (2, 2013), (1, 2014)) for name in (*names, "released")}
    counts |= {"incarcerated_2013": 100}
    found = abroad.canada(Made(counts))
    assert (found["reviews_2012"], found["reviews_2013"], found["day_parole_2013"]) == (200, 400, 400)
    assert (found["federal_reviews_change_2013"], found["reviews_change_2014"]) == (100, -50)
    assert (found["incarcerated_change_2013"], found["released_change_2013"], found["population_change_2013"]) == (
        0,
        100,
        50,
    )


def test_zibo_counts_what_was_cut_short_and_what_was_refused():
    short = {f"cut_short_{y}": 8 for y in (2012, 2013, 2014, 2015)}
    ids = [f"{what}-shandong-{y}" for y in range(2012, 2016) for what in ("reductions-denied", "sentence-reductions")]
    table = pd.DataFrame({"statistic_id": ids, "value": [2, 200] * 4})
    found = prisons.zibo_strictness(Made(short, statistics=table))
    assert (found["cut_short"], found["refused"], found["strict_2014"]) == (32, 8, 5)


def test_served_of_term_by_hand():
    columns = ["case_id", "sentence_type", "status", "frame", "sentence_months"]
    columns += ["detention_earliest", "detention_latest", "status_earliest", "status_latest"]
    day = ["2000-01-01"] * 2
    rows = [
        ("half of ten years", "fixed", "released_early", "register", 120, *day, *["2005-01-01"] * 2),
        ("all of five years", "fixed", "released", "register", 60.1, *day, *["2005-01-01"] * 2),
        ("longer than the sentence", "fixed", "released", "register", 12, *day, *["2005-01-01"] * 2),
        ("known for the act", "fixed", "parole", "act", 240, *day, *["2005-01-01"] * 2),
        ("life", "life", "parole", "register", None, *day, *["2015-01-01"] * 2),
        ("still held", "fixed", "serving", "register", 120, *day, None, None),
        ("no term", "fixed", "released", "register", None, *day, *["2005-01-01"] * 2),
    ]
    served, term = prisons.served_of_term(Made(cases=dated(rows, columns)))
    assert served == pytest.approx(5, abs=0.01)
    assert term == pytest.approx((10 + 60.1 / 12) / 2)
    made = Made({"mean_served": 9, "mean_term": 10}, cases=dated(rows, columns))
    assert prisons.henan_2012(made) == pytest.approx({"served": 90, "served_register": 100 * served / term})


def test_the_note_says_what_our_cases_give_by_the_rules_of_the_prison():
    served, term = prisons.served_of_term(Material(edition="2026.12"))
    note = registry().findings.set_index("finding_id").loc["henan-2012-served", "note"]
    assert f"had served {100 * served / term:.1f} percent." in note


def test_reprieves_and_officials_by_hand():
    columns = ["act_id", "case_id", "act_type", "act_latest"]
    life, term = persons.TO_LIFE, persons.TO_TERM
    acts = dated(
        [
            ("1", "a", life, "2015-12-11"),
            ("2", "b", life, "2017-01-01"),
            ("3", "c", life, None),
            ("4", "d", term, None),
        ],
        columns,
    )
    assert persons.reprieves(Made(acts=acts)) == {"to_life": 75}
    cases = pd.DataFrame(
        [("a", "Liu Zhijun", "death_reprieve"), ("b", "Wang Yi", "death_reprieve"), ("x", "Liu Zhijun", "fixed")],
        columns=["case_id", "name", "sentence_type"],
    )
    assert persons.eight_officials(Made(cases=cases, acts=acts)) == {"to_life": 1}  # the other is dated later


def test_persons_by_hand():
    cases = dated(
        [
            ("ngawang-sangdrol-1992", "1992-06-01", "2010-01-01", "2003-01-01", "1977-01-01"),
            ("phuntsog-nyidron-1989", "1990-01-01", None, "2004-01-01", "1969-01-01"),
        ],
        ["case_id", "detention_earliest", "expiry_latest", "status_latest", "birth_earliest"],
    )
    own = "ngawang-sangdrol-1992"
    acts = dated(
        [
            ("1", own, "parole", "2000-01-01", "2000-01-01", None),
            ("2", own, "sentence_extension", "1996-01-01", "1996-01-01", 12),
            ("3", own, "sentence_extension", "1993-01-01", "1993-01-01", 36),
            ("jigme-sangpo-1983-medical-parole-2002-03-31", "j", "medical_parole", "2002-03-14", "2002-03-14", None),
        ],
        ["act_id", "case_id", "act_type", "act_earliest", "act_latest", "months"],
    )
    events = dated([("2002-02-21-us-bush-visits-china-2002", "2002-02-21")], ["event_id", "date_earliest"])
    made = Made(cases=cases, acts=acts, events=events)
    assert persons.years_early(made) == pytest.approx({"years_early": 10, "age": 15, "first_extension": 3}, abs=0.01)
    assert persons.years_held(made) == pytest.approx({"years": 14}, abs=0.01)
    assert persons.after_the_summit(made) == {"weeks": 3}
    with pytest.raises(cl.UsageError, match="0 rows have the case_id"):
        persons.years_held(Made(cases=cases[:1]))


# The registry


def test_each_count_is_used_and_each_finding_has_its_own():
    findings = registry().findings
    table = pd.read_csv(SHIPPED / "parts.csv", dtype=str, keep_default_na=False)
    assert set(table["finding_id"]) <= set(findings["finding_id"])
    assert table["address"].str.match("https?://").all()
    known = findings.set_index("finding_id")["address"]
    assert all(known.loc[row.finding_id] for row in table.itertuples())

    class Watched(dict):
        def __init__(self, counts):
            super().__init__(counts)
            self.asked = set()

        def __getitem__(self, name):
            self.asked.add(name)
            return super().__getitem__(name)

        def get(self, name, default=None):
            self.asked.add(name)
            return super().get(name, default)

        def items(self):
            self.asked |= set(self)
            return super().items()

        def values(self):
            self.asked |= set(self)
            return super().values()

    class Watching:
        def __init__(self):
            self.real, self.seen = Material(edition=editions()[-1]), {}

        def table(self, name):
            return self.real.table(name)

        def parts(self, finding_id):
            return self.seen.setdefault(finding_id, Watched(self.real.parts(finding_id)))

    watching = Watching()
    rooms = (abroad, conscience, persons, prisons)
    names = {f"published.{room.__name__.rpartition('.')[2]}" for room in rooms}
    mine = findings[findings["function"].fillna("").str.rpartition(".")[0].isin(names)]
    for name in mine["function"].unique():
        module, function = name.split(".")[1:]
        room = next(r for r in rooms if r.__name__.endswith(f".{module}"))
        getattr(room, function)(watching)
    unused = {f"{f}:{n}" for f, counts in watching.seen.items() for n in set(counts) - counts.asked}
    assert unused == set()
    assert set(watching.seen) == set(table["finding_id"])


@pytest.fixture
def folder(tmp_path):
    shutil.copytree(SHIPPED, tmp_path / "findings")
    return tmp_path / "findings"


def edit(folder, change):
    """Write the counts again as `change` returns them."""
    frame = pd.read_csv(folder / "parts.csv", dtype=str, keep_default_na=False)
    change(frame).to_csv(folder / "parts.csv", index=False)


def with_first(column, value):
    return lambda frame: frame.assign(**{column: [value, *frame[column][1:]]})


def test_a_wrong_count_is_caught(folder):
    def change(frame):
        return frame.assign(value=frame["value"].mask(frame["part_id"] == "oig-2015-aging:older_2013", "31962"))

    edit(folder, change)
    done = cl.reproduce("oig-2015-aging", registry=folder)
    found = done.tidy().set_index("quantity")["verdict"].to_dict()
    assert found == {"growth": "differs", "cost": "reproduced"}
    assert done.lost()["quantity"].tolist() == ["growth"]


@pytest.mark.parametrize(
    ("column", "value", "told"),
    [
        ("finding_id", "nothing", ("finding_id", "nothing", "no such finding", "Add it to findings.csv.")),
        ("name", "other", ("part_id", "zibo-2016-strictness:cut_short_2012", "not the finding and the name",
                           "Write zibo-2016-strictness:other.")),
    ],
)  # fmt: skip
def test_a_count_of_nothing_is_refused(folder, column, value, told):
    edit(folder, with_first(column, value))
    with pytest.raises(cl.DataError) as refused:
        registry(folder)
    first = refused.value.problems[0]
    assert (first.file, first.row, first.column, first.value, first.message, first.remedy) == ("parts.csv", 2, *told)


def test_a_count_that_is_no_number_is_refused(folder):
    edit(folder, with_first("value", "many"))
    with pytest.raises(cl.DataError, match=r"parts\.csv, row 2, value"):
        registry(folder)
    with pytest.raises(cl.DataError, match=r"parts\.csv, row 2, value"):
        parts_of("zibo-2016-strictness", folder)


def test_counts_that_are_not_there_fail_by_name(folder):
    edit(folder, lambda frame: frame[frame["finding_id"] != "oig-2015-aging"])
    done = cl.reproduce("oig-2015-aging", registry=folder)
    assert set(done.tidy()["verdict"]) == {"failed"}
    assert set(done.tidy()["reason"]) == {"parts.csv has no counts of 'oig-2015-aging'."}
    (folder / "parts.csv").unlink()
    reason = cl.reproduce("oig-2015-aging", registry=folder).tidy()["reason"].iloc[0]
    assert reason == "There is no parts.csv beside the findings, and oig-2015-aging is computed from its counts."
    assert cl.reproduce("duihua-2013-arrests", registry=folder).tidy()["verdict"].tolist() == ["reproduced"]


def test_the_columns_are_described():
    assert [c.name for c in PARTS.columns][:3] == ["part_id", "finding_id", "name"]
    assert all(c.description.endswith((".", "?")) for c in PARTS.columns)


def test_a_last_edition_before_the_verdicts_is_refused(folder):
    frame = pd.read_csv(folder / "findings.csv", dtype=str, keep_default_na=False)
    at = frame.index[frame["finding_id"] == "oig-2015-aging"][0]
    frame.loc[at, "last_edition"] = "2026.11"
    frame.to_csv(folder / "findings.csv", index=False)
    with pytest.raises(cl.DataError) as refused:
        registry(folder)
    (only,) = refused.value.problems
    assert (only.row, only.column, only.value, only.message) == (
        at + 2, "last_edition", "2026.11", "no edition after the verdicts",
    )  # fmt: skip
