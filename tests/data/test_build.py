import csv
import importlib
import re
import sys
from collections import Counter
from pathlib import Path

import pytest

import clemency as cl
from clemency.records.schema import TABLES

ROOT = Path(__file__).resolve().parents[2]
BUILD = ROOT / "data" / "build"


@pytest.fixture(scope="module")
def builder():
    sys.path.insert(0, str(BUILD))
    yield importlib.import_module("build")
    sys.path.remove(str(BUILD))


def rows(path):
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def test_a_rebuild_gives_the_same_bytes(builder, tmp_path):
    builder.build(tmp_path)
    for name in [*(f"{t}.csv" for t in TABLES), "conflicts.csv", "build/log.csv", "datapackage.json", "retired.csv"]:
        assert (tmp_path / name).read_bytes() == (ROOT / "data" / name).read_bytes(), f"run `make data`: {name}"


def test_a_correction_fails_once_its_source_has_changed(builder, tmp_path):
    common = importlib.import_module("common")
    corrections = rows(ROOT / "data" / "corrections.csv")
    setting = next(c for c in corrections if c["action"] == "set")
    stale = [{**setting, "upstream_value": "something else"}]
    with pytest.raises(common.BuildError, match="no longer 'something else'"):
        common.Context(stale).read(setting["file"])
    gone = [{**setting, "match": "case_key=nobody"}]
    with pytest.raises(common.BuildError, match="fits 0 rows"):
        common.Context(gone).read(setting["file"])


def tables_of(folder=ROOT / "data"):
    return {name: rows(folder / f"{name}.csv") for name in TABLES}


def test_every_id_that_an_edition_had_stands_or_is_retired():
    retired = {(r["table"], r["id"]): r for r in rows(ROOT / "data" / "retired.csv")}
    changed = rows(ROOT / "data" / "CHANGES.csv")
    gone = {(r["table"], r["key"]) for r in changed if r["old"] == "a row" and not r["field"]}
    assert gone == set(retired)
    assert Counter(table for table, _ in retired) == {"acts": 96, "sources": 14}
    standing = {name: {r[TABLES[name].key] for r in table} for name, table in tables_of().items()}
    for (table, key), row in retired.items():
        assert key not in standing[table]
        assert set(row["replaced_by"].split()) <= standing[table], key
        assert row["why"], key
        assert (row["last_edition"], row["withdrawn_with"]) == ("2026.11", "2026.12")
    dropped = [r for r in retired.values() if not r["replaced_by"]]
    assert len(dropped) == 15


def test_an_id_that_goes_without_a_word_stops_the_build(builder, monkeypatch):
    module, common = importlib.import_module("retired"), importlib.import_module("common")
    context = common.Context([])
    context.tables = tables_of()
    archives, decided = BUILD.parent / "editions", module.decisions("retired")
    assert module.retired(context, archives, "2026.12") == rows(ROOT / "data" / "retired.csv")
    for changed, message in (
        (decided[1:], f"retired.csv does not say what became of them: .*{decided[0]['id']}"),
        ([*decided, {**decided[0], "id": "wei-jingsheng"}], "names ids that stand, or that no edition had"),
        ([{**decided[0], "replaced_by": "nothing"}, *decided[1:]], "is replaced by .'nothing'., which is not there"),
        ([{**decided[0], "why": ""}, *decided[1:]], "or has no reason"),
    ):
        monkeypatch.setattr(module, "decisions", lambda _, changed=changed: changed)
        with pytest.raises(common.BuildError, match=message):
            module.retired(context, archives, "2026.12")


def test_every_correction_says_why_and_who_says_so():
    corrections = rows(ROOT / "data" / "corrections.csv")
    assert len(corrections) >= 17
    for c in corrections:
        assert c["why"]
        assert c["authority"]
        assert c["address"].startswith("http")
        assert c["reviewed"]


def test_every_raw_case_has_one_conviction():
    keys = {(k["file"], k["case_key"]): k["case_id"] for k in rows(BUILD / "decisions" / "keys.csv")}
    raw = [(f, r["case_key"]) for f in (*"abcdef", "register") for r in rows(BUILD / "raw" / f"cases_{f}.csv")]
    assert sorted(raw) == sorted(keys)
    assert set(keys.values()) == set(cl.load("cases")["case_id"])


def test_every_raw_act_is_kept_merged_or_logged(builder, tmp_path):
    context = builder.build(tmp_path)
    acts = importlib.import_module("acts")
    used = {
        (r["_file"], r["_line"])
        for case in acts._by_case(context).values()
        for a in acts._grouped(case)
        for r in a.rows
    }
    logged = {(r["file"], r["line"]) for r in context.log_rows}
    files = [f"acts_{f}" for f in (*"abcdef", "more", "register")]
    raw = {(f, str(i)) for f in files for i, _ in enumerate(rows(BUILD / "raw" / f"{f}.csv"), 2)}
    assert raw == {place for place in used | logged if place[0] in files}


@pytest.mark.parametrize(
    ("table", "raw", "left_out"),
    [
        ("events", ["bilateral_events", "events_d", "events_g"], "event_merges"),
        ("statistics", ["official_statistics", "statistics_d", "statistics_g", "statistics_h"], "statistic_drops"),
        ("lists", ["dui_hua_lists"], ""),
        ("rules", ["legal_rules"], ""),
        ("register_cells", ["register_cells"], ""),
        ("register_coverage", ["register_coverage"], ""),
    ],
)
def test_other_tables_keep_every_raw_row(table, raw, left_out):
    out = len(rows(BUILD / "decisions" / f"{left_out}.csv")) if left_out else 0
    assert len(cl.load(table)) == sum(len(rows(BUILD / "raw" / f"{name}.csv")) for name in raw) - out


def test_known_acts():
    acts, cases = cl.load("acts").set_index("act_id"), cl.load("cases").set_index("case_id")
    youth = acts[acts["act_date"] == "2017-05-27"].iloc[0]
    assert (youth["act_type"], youth["months"]) == ("sentence_reduction", 8)
    case = cases.loc[youth["case_id"]]
    assert (case["ethnicity"], case["province_name"], case["sentence_months"]) == ("Uyghur", "Jilin", 72)
    assert case["sentence_date"].startswith("2014-10")
    liu = acts[(acts["case_id"] == "liu-xiaobo-2009")]
    assert liu[["act_type", "act_date"]].to_numpy().tolist() == [["medical_parole", "2017-06-07/2017-06-26"]]
    assert cases.loc["liu-xiaobo-2009", ["status", "status_date", "province"]].tolist() == [
        "died_in_custody",
        "2017-07-13",
        "CN-BJ",
    ]
    dong = acts[acts["case_id"] == "dong-wei-2005"]
    assert sorted(dong["months"]) == [9, 10, 11, 18]
    assert dong.loc[dong["months"] == 11, "certainty"].eq("inferred").all()
    gao = acts[(acts["case_id"] == "gao-yu-2015") & acts["act_type"].isin(["sentence_reduction", "medical_parole"])]
    assert gao["act_type"].tolist() == ["medical_parole"]
    sangdrol = acts[acts["case_id"] == "ngawang-sangdrol-1992"]
    # Paroled in October 2002; the day of her leaving the country ends the interval of the medical parole.
    assert {"2002-10-17", "2002-10-17/2003-03-28"} <= set(sangdrol["act_date"].dropna())


def test_the_dialogue_of_june_2017_is_an_event():
    events = cl.load("events")
    day = events[(events["date"] == "2017-06-21") & (events["partner"] == "US")]
    assert day["event_type"].tolist() == ["diplomatic_dialogue"]


def test_totals_are_flagged_and_no_act_stands_twice():
    acts = cl.load("acts")
    assert acts.query("case_id == 'tang-xueliang-1987' and act_type == 'sentence_reduction'")["scope"].tolist() == [
        "total"
    ]
    single = acts[(acts["scope"] != "total") & acts["act_latest"].notna()].sort_values("act_latest")
    gap = single.groupby(["case_id", "act_type"], observed=True)["act_latest"].diff()
    assert (gap.dropna().dt.days >= 0).all()
    assert not single.duplicated(["case_id", "act_type", "act_date"]).any()


def test_placeholders_are_no_charges_and_citizenship_is_no_ethnicity():
    cases = cl.load("cases")
    assert not cases["charge"].str.contains("not stated", na=False).any()
    assert not cases["ethnicity"].astype("string").str.contains("American|Canadian|Taiwan|Hong Kong", na=False).any()
    assert (cases.loc[cases["sentence_type"] == "suspended", "sentence_months"].notna()).sum() >= 5
    assert not cases["status"].astype(str).str.contains("exile").any()
    open_end = cases["status"].isin(["serving", "unknown"])
    assert cases.loc[open_end, "status_date"].isna().all()


def test_notes_hold_no_relatives_or_illnesses():
    notes = cl.load("cases")["note"].dropna()
    assert not notes.str.contains(r"\b(?:wife|husband|mother|father|cancer|diabetes)\b").any()


PRIVATE = re.compile(
    r"\b(?:wife|husband|son|daughter|mother|father|brother|sister|niece|nephew|uncle|aunt|cousin|cancer|hepatitis|"
    r"diabetes|tuberculosis|tumou?r|stroke|coma|leuk[a-z]+|schizo[a-z]+|mental illness|disease)\b",
    re.IGNORECASE,
)


@pytest.mark.parametrize(
    "path", [*sorted((BUILD / "raw").glob("[ac]*s_[a-f].csv")), BUILD.parent / "cases.csv"], ids=lambda p: p.stem
)
def test_notes_name_no_relatives_and_no_illnesses(path):
    # Liu Xiaobo's was announced by the authority that granted the parole, and is the ground of the act.
    found = [r for r in rows(path) if PRIVATE.search(r["note"]) and "liu-xiaobo" not in (r.get("case_key") or "")]
    assert found == []


@pytest.mark.parametrize(
    ("edition", "drawn"),
    [
        ("2026.11", {"acts": 50, "cases": 50}),
        ("2026.12 first reading", {"acts": 100, "cases": 70, "events": 30}),
        ("2026.12", {"acts": 100, "cases": 70, "events": 30}),
        ("2026.12 third reading", {"acts": 100, "cases": 70, "events": 30}),
        ("2026.12 fourth reading", {"acts": 50, "cases": 35, "events": 15}),
        ("2026.12 filled cells", {"cases": 60}),
        ("2026.12 joins", {"cases": 60}),
    ],
)
def test_audit_is_of_the_facts_that_were_drawn(edition, drawn):
    audit = [r for r in rows(BUILD.parent / "audit.csv") if r["edition"] == edition]
    assert Counter(r["table"] for r in audit) == drawn
    assert {r["verdict"] for r in audit} <= {"agree", "disagree", "not stated", "could not be opened", "no fact"}
    assert all(r["found"] for r in audit if r["verdict"] == "disagree")


def test_no_fact_that_the_audit_found_wrong_still_stands():
    tables = {"acts": "act_id", "cases": "case_id"}
    wrong = [fact for fact in rows(BUILD.parent / "audit.csv") if fact["verdict"] == "disagree"]
    assert len(wrong) >= 3
    for fact in wrong:
        now = {r[tables[fact["table"]]]: r for r in rows(BUILD.parent / f"{fact['table']}.csv")}
        assert fact["key"] not in now or now[fact["key"]][fact["column"]] != fact["value"], fact["key"]
