import csv
import importlib
import re
import sys
from collections import Counter, defaultdict
from pathlib import Path

import pandas as pd
import pytest

import clemency as cl

ROOT = Path(__file__).resolve().parents[2]
BUILD = ROOT / "data" / "build"
OPEN = ["serving", "unknown"]


def rows(path):
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


@pytest.fixture(scope="module")
def table():
    return cl.load("cases")


@pytest.fixture(scope="module")
def by_id(table):
    return table.set_index("case_id")


@pytest.fixture(scope="module")
def modules():
    sys.path.insert(0, str(BUILD))
    yield {name: importlib.import_module(name) for name in ("common", "cases", "case_rows")}
    sys.path.remove(str(BUILD))


@pytest.fixture
def context(modules):
    return modules["common"].Context(corrections=rows(ROOT / "data" / "corrections.csv"))


@pytest.fixture
def with_decisions(modules, monkeypatch):
    """Replace one file of decisions for the length of a test."""

    def replace(name, change):
        real = modules["common"].decisions
        changed = {name: change(real(name))}

        def decisions(asked):
            return [dict(r) for r in changed[asked]] if asked in changed else real(asked)

        for module in ("cases", "case_rows"):
            monkeypatch.setattr(modules[module], "decisions", decisions)

    return replace


# Every raw row is in the table


def test_every_raw_row_gives_its_documents_to_its_case(context, by_id):
    keys = {(k["file"], k["case_key"]): k["case_id"] for k in rows(BUILD / "decisions" / "keys.csv")}
    common = importlib.import_module("common")
    for letter in (*"abcdef", "register"):
        for raw in rows(BUILD / "raw" / f"cases_{letter}.csv"):
            own = set(context.source_ids(raw.get("source_urls", common.REGISTER)).split())
            case = keys.pop((letter, raw["case_key"]))
            assert own <= set(by_id.loc[case, "source_ids"].split()), case
    assert not keys


def test_a_case_takes_at_most_one_row_from_a_file_and_belongs_to_one_person():
    keys = rows(BUILD / "decisions" / "keys.csv")
    twice = [k for k, n in Counter((k["file"], k["case_id"]) for k in keys).items() if n > 1]
    assert not twice
    people = defaultdict(set)
    for k in keys:
        people[k["case_id"]].add(k["person_id"])
    assert all(len(p) == 1 for p in people.values())
    assert all(k["basis"] for k in keys)


def test_case_ids_are_plain(table):
    assert table["case_id"].str.fullmatch(r"[a-z0-9]+(-[a-z0-9]+)*").all()
    assert not table["case_id"].str.endswith("-unk").any()
    assert table["case_id"].is_unique


# Order and meaning of the columns


def test_dates_stand_in_order(table):
    t = table
    for first, second in [
        ("detention", "sentence"),
        ("detention", "status"),
        ("detention", "seen"),
        ("sentence", "status"),
        ("sentence", "seen"),
        ("birth", "detention"),
    ]:
        wrong = t[t[f"{first}_earliest"] > t[f"{second}_latest"]]
        assert wrong["case_id"].tolist() == [], (first, second)


def test_only_timed_sentences_have_months(table):
    timed = table["sentence_type"].isin(["fixed", "suspended", "rtl"])
    assert table.loc[~timed, "sentence_months"].isna().all()
    assert table.loc[timed, "sentence_months"].notna().mean() > 0.85


def test_open_states_have_an_as_of_date_and_ended_ones_a_date_of_their_own(table):
    still = table["status"].isin(OPEN)
    assert table.loc[still, "status_date"].isna().all()
    assert table.loc[~still, "seen_date"].isna().all()
    assert (table["seen_date"].isna() == table["seen_basis"].isna()).all()
    assert table.loc[table["status"] == "serving", "seen_date"].notna().mean() > 0.9


def test_nobody_serves_long_after_the_end_of_the_term(table):
    late = table[(table["status"] == "serving") & (table["seen_earliest"] > table["expiry_latest"])]
    assert late["case_id"].tolist() == ["omer-akchi-1997"]  # lengthened to life in 2006


def test_the_legal_form_is_apart_from_the_destination(table):
    abroad = table[table["destination"].notna()]
    assert len(abroad) > 25
    assert set(abroad["status"].astype(str)) <= {
        "medical_parole",
        "parole",
        "released_early",
        "released_on_expiry",
        "released",
        "unknown",
    }


def test_paroles_in_the_table_are_acts_too(table):
    acts = cl.load("acts").groupby("case_id")["act_type"].agg(set)
    on_parole = table[table["status"].isin(["medical_parole", "parole"])]
    missing = [c for c, s in zip(on_parole["case_id"], on_parole["status"], strict=True) if s not in acts.get(c, set())]
    assert missing == []


def test_suspended_sentences_have_their_code(table, by_id):
    assert (table["sentence_type"] == "suspended").sum() >= 15
    for case in ("bao-chenxing-2016", "zheng-yarong-2021", "xinna-2012", "li-heping-2017"):
        assert by_id.loc[case, "sentence_type"] == "suspended"
    for case in ("gao-zhisheng-2006", "du-daobin"):
        assert by_id.loc[case, "sentence_type"] == "fixed", "the suspension was revoked"


def test_inferred_columns_have_a_value(table):
    inferred = table.set_index("case_id")["inferred"].dropna()
    assert len(inferred) >= 40
    for case, columns in inferred.items():
        row = table[table["case_id"] == case].iloc[0]
        assert all(pd.notna(row[c]) for c in columns.split()), case


# Charges


def test_every_wording_has_articles_or_a_reason():
    charges = set(cl.load("charges")["charge_id"])
    wordings = rows(BUILD / "decisions" / "charge_wording.csv")
    assert len(wordings) >= 240
    for w in wordings:
        ids = f"{w['charge_id_1979']} {w['charge_id_1997']}".split()
        assert set(ids) <= charges, w["wording"]
        assert ids or w["reason"], w["wording"]
        assert w["kind"] in {"charge", "conduct", "measure"}
        assert w["kind"] == "charge" or not ids, w["wording"]


def test_articles_are_derived_unless_a_document_states_them(table):
    stated = table[table["charge_ids"].notna() & table["cecc_record"].isna()]  # records state articles
    assert stated.empty
    with_charge = table["charge"].notna()
    assert table.loc[with_charge, "charge_family"].notna().mean() > 0.985
    assert table.loc[~with_charge, "charge_ids_derived"].isna().all()


def test_the_law_of_the_day_is_applied(table):
    dated = table[table["sentence_latest"].notna() & table["charge_ids_derived"].notna()]
    early = dated[dated["sentence_latest"] < "1997-10-01"]
    assert early["charge_ids_derived"].str.startswith("CL79").all()
    late = dated[dated["sentence_earliest"] >= "1997-10-01"]
    old = late[late["charge_ids_derived"].str.contains("CL79")]
    assert old["charge"].str.contains("counterrevolution").all()


def test_conduct_is_no_charge(table):
    charge = table["charge"].dropna()
    assert not charge.str.contains("Falun Gong practice|not stated|re-?education|exit ban|house church|^protest").any()
    assert (table["conduct"] == "Falun Gong practice").sum() > 100


def test_citizenship_is_no_ethnic_group(table, by_id):
    groups = set(table["ethnicity"].dropna().astype(str))
    assert groups <= {"Tibetan", "Uyghur", "Mongol", "Hui", "Kazakh", "Miao", "Manchu", "Korean", "Tu", "Bouyei", "Han"}
    assert by_id.loc["lee-mingche-2017", "citizenship"] == "Taiwan"
    assert by_id.loc["dong-wei-2005", "citizenship"] == "United States"
    assert by_id.loc["tashi-dhondup-2010", "ethnicity"] == "Mongol"


# Notes


def test_notes_keep_facts_about_the_case_only(table):
    notes = table["note"].dropna()
    for word in (r"\bpage\b", "excerpt", "in key", "outcome_date", "cut off (?:in|on)", "visible", "no clemency named"):
        assert not notes.str.contains(word).any(), word
    relatives = r"\b(?:wife|husband|son|daughter|mother|father|brother|sister|niece|nephew|uncle|parents?)\b"
    assert notes[notes.str.contains(relatives)].tolist() == []
    illness = (
        r"\b(?:cancer|hepatitis|diabetes|tuberculosis|stroke|kidneys?|liver|heart|brain|schizophrenia|mental(?:ly)?|"
        r"paraly[sz]ed|coma|disabled|blind|amputee|ill|illness|disease|cirrhosis)\b"
    )
    assert notes[notes.str.contains(illness)].tolist() == []


# Conflicts


def test_each_conflict_ends_as_the_table_has_it(by_id):
    found = [c for c in rows(ROOT / "data" / "conflicts.csv") if c["table"] == "cases"]
    assert len(found) > 300
    for c in found:
        value = by_id.loc[c["key"], c["column"]]
        text = "" if pd.isna(value) else f"{value:g}" if c["column"] == "sentence_months" else str(value)
        if c["column"] == "sentence_months" and by_id.loc[c["key"], "sentence_type"] not in (
            "fixed",
            "suspended",
            "rtl",
        ):
            continue
        assert c["decision"] == text, c
        assert c["value_2"] != c["decision"]
        assert c["basis"], c


@pytest.mark.parametrize("case", ["gong-shengliang-2001", "gao-yu-2015", "wei-jingsheng-1995", "wang-youcai-1998"])
def test_a_contradiction_without_a_decision_stops_the_build(modules, context, with_decisions, case):
    with_decisions("case_choices", lambda made: [c for c in made if c["case_id"] != case])
    with pytest.raises(modules["common"].BuildError, match=case):
        modules["cases"].cases(context)


@pytest.mark.parametrize("name", ["seen", "legal_forms", "inferred"])
def test_a_decision_for_no_row_stops_the_build(modules, context, with_decisions, name):
    with_decisions(name, lambda made: [*made, {**made[0], "case_key": "nobody-1900"}])
    with pytest.raises(modules["common"].BuildError, match="nobody-1900"):
        modules["cases"].cases(context)


def test_a_new_wording_stops_the_build(modules, context, with_decisions):
    with_decisions("charge_wording", lambda made: [w for w in made if w["wording"] != "espionage"])
    with pytest.raises(modules["common"].BuildError, match="'espionage' is not in charge_wording"):
        modules["cases"].cases(context)


def test_pairs_kept_apart_are_logged():
    log = [r for r in rows(BUILD / "log.csv") if r["why"].startswith("possible duplicate")]
    assert len(log) == len(rows(BUILD / "decisions" / "possible_duplicates.csv"))


# Known cases


@pytest.mark.parametrize(
    ("case", "expected"),
    [
        (
            "metabdulla-iminniyaz-2014",
            {
                "province": "CN-JL",
                "sentence_date": "2014-10-10",
                "sentence_months": 72,
                "charge": "inciting splittism",
                "ethnicity": "Uyghur",
            },
        ),
        ("liu-xiaobo-2009", {"province": "CN-BJ", "status": "died_in_custody", "status_date": "2017-07-13"}),
        (
            "ngawang-sangdrol-1992",
            {
                "status": "medical_parole",
                "status_date": "2003-03-28",
                "destination": "United States",
                "sentence_months": 36,
            },
        ),
        ("jigme-sangpo-1983", {"status": "medical_parole", "status_date": "2002-03-31", "sentence_months": 180}),
        (
            "gong-shengliang-2001",
            {"sentence_type": "life", "sentence_date": "2002-10-10", "status": "serving"},
        ),
        (
            "dong-wei-2005",
            {"sentence_months": 156, "status": "released_early", "status_date": "2012-09", "province": "CN-GD"},
        ),
        ("gao-yu-1994", {"sentence_months": 72, "status": "medical_parole", "status_date": "1999-02-15"}),
        ("gao-yu-2015", {"sentence_months": 60, "status": "medical_parole", "status_date": "2015-11-26"}),
        ("wei-jingsheng-1979", {"sentence_months": 180, "status": "parole", "status_date": "1993-09-14"}),
        (
            "wei-jingsheng-1995",
            {
                "province": "CN-BJ",
                "status": "medical_parole",
                "status_date": "1997-11-16",
                "destination": "United States",
            },
        ),
        (
            "shi-tao-2005",
            {"province": "CN-HN", "sentence_months": 120, "status": "released_early", "status_date": "2013-08-23"},
        ),
        ("miao-deshun-1989", {"charge": "arson", "charge_ids_derived": "CL79-105", "status_date": "2016-10-15"}),
        ("huang-qi-2019", {"sentence_type": "fixed", "sentence_months": 144}),
        ("wang-dan-1991", {"status": "parole", "status_date": "1993-02-17"}),
        ("yao-wentian-2014", {"status": "released_early", "status_date": "2023-02-26"}),
    ],
)
def test_known_cases(by_id, case, expected):
    row = by_id.loc[case]
    assert {c: row[c] for c in expected} == expected


@pytest.mark.parametrize(
    ("case", "names"),
    [
        ("bangri-rinpoche-2000", {"Jigme Tenzin Nyima", "Bangri Tsamtrul Rinpoche", "Jigme Tenzin"}),
        ("li-xiangchun-2003", {"Charles Lee", "Charles Li", "Chuck Lee"}),
        ("li-mengju-2019", {"Morrison Lee", "Lee Meng-chu"}),
        ("ghariyet-niyaz-2010", {"Gheyret Niyaz", "Hailaite Niyazi"}),
        ("lee-mingche-2017", {"Lee Ming-cheh", "Li Ming-che", "Lee Ming-che"}),
    ],
)
def test_one_person_under_several_names_is_one_case(by_id, case, names):
    assert names <= set(re.split("; ", by_id.loc[case, "aliases"]))
