"""Exports of the Political Prisoner Database, all rows invented: Test Person One and so on."""

import csv
import datetime

import numpy as np
import pandas as pd
import pytest

import clemency as cl
from clemency.records.schema import ACTS, CASES, SOURCES
from clemency.sources.cecc.charges import match_articles
from clemency.sources.cecc.fields import FIELDS

HEADERS = {f.name: f.header for f in FIELDS}
BASE = {"detention_status": "REL", "main_name": "Test Person One", "legal_process": "chg/tri/sent/rel"}


def write(path, rows, headers=HEADERS, encoding="utf-8", columns=None, delimiter=","):
    """Write rows given under our names of the fields; records are numbered from 2004-00001."""
    columns = columns or list(HEADERS)
    with path.open("w", encoding=encoding, newline="") as file:
        writer = csv.writer(file, delimiter=delimiter)
        writer.writerow([headers.get(c, c) for c in columns])
        for i, row in enumerate(rows, 1):
            full = {"record": f"2004-{i:05d}"} | row
            writer.writerow([full.get(c, "") for c in columns])
    return path


@pytest.fixture
def read(tmp_path):
    def reading(*rows, as_of="2020-07-23", **keywords):
        return cl.read_cecc(write(tmp_path / "export.csv", rows, **keywords), as_of=as_of)

    return reading


def one(export):
    assert len(export.cases) == 1
    return export.cases.iloc[0]


FULL = BASE | {
    "detention_status": "REL",
    "issue_category": "eth/rel ",
    "main_name": " Test Person One ",
    "name_zh": "测试一(?), 测试壹",
    "alternate_name": "Pen Name",
    "additional_names": "Other Name; Test Person One",
    "pinyin_name": "Ceshi Yi",
    "ethnic_group": "Kazak",
    "sex": "F",
    "age": "24",
    "religion": "Muslim",
    "occupation": "farmer",
    "affiliation": "Invented Cooperative",
    "residence_province": "Inner Mongolia [Neimenggu] Auto. Region",
    "residence_prefecture": "Invented Pref.",
    "residence_county": "(na)",
    "date_of_detention": "1998/08/15",
    "place": "Invented Prison",
    "term_years": "5",
    "term_months": "6",
    "province": "Xinjiang Uyghur Auto. Region",
    "prefecture": "Invented Pref.",
    "county": "Invented Cty.",
    "formal_arrest_date": "1998/09/dd",
    "trial_court": "Invented Court",
    "trial_date": "1999/mm/dd",
    "sentence_court": "Invented Intermediate Court",
    "sentence_date": "1999/03/01",
    "appeal_court": "Invented High Court",
    "appeal_date": "1999/03/10",
    "appeal_ruling_court": "Invented High Court",
    "appeal_ruling_date": "1999/06/dd",
    "charge_statute": "CL97-art105(2)/CL97-art300",
    "sentence_ends": "2004/02/14",
    "release": "2003/08/14",
    "summary": "Invented summary.",
}


def test_a_record_worked_by_hand(read):
    export = read(FULL)
    row = one(export)
    expected = {
        "case_id": "cecc-2004-00001",
        "record": "2004-00001",
        "name": "Test Person One",
        "name_zh": "测试一",
        "aliases": "测试壹; Pen Name; Other Name; Ceshi Yi",
        "sex": "F",
        "ethnicity": "Kazakh",
        "birth_date": "1973-08-16/1974-08-15",
        "province": "CN-XJ",
        "region": "Northwest",
        "residence_province": "CN-NM",
        "court": "Invented Intermediate Court",
        "charge_ids": "CL97-105(2)",
        "charge_articles": "CL97-105(2) CL97-300",
        "charge_family": "endangering_state_security",
        "detention_date": "1998-08-15",
        "arrest_date": "1998-09",
        "trial_date": "1999",
        "sentence_date": "1999-03-01",
        "sentence_type": "fixed",
        "sentence_months": 66.0,
        "expiry_date": "2004-02-14",
        "term_end_date": "2004-02-14",
        "prison": "Invented Prison",
        "status": "released_early",
        "status_date": "2003-08-14",
        "release_date": "2003-08-14",
        "detention_status": "REL",
        "phases": "chg tri sent rel",
        "issue_categories": "eth rel",
        "age": 24,
        "inferred": "name_zh birth_date status",
        "source_ids": "cecc-ppd-export-2020-07-23",
    }
    assert {k: row[k] for k in expected} == expected
    act = export.acts.iloc[0]
    assert act[["act_type", "act_date", "date_basis", "certainty", "scope"]].tolist() == [
        "early_release",
        "2003-08-14",
        "release",
        "inferred",
        "single",
    ]
    assert act["months"] == pytest.approx(184 / (365.25 / 12), abs=0.005)  # from 14 August to 14 February
    assert export.unread.empty
    assert export.doubts[["field", "value"]].to_numpy().tolist() == [["charge_statute", "CL97-300"]]


def test_every_cell_is_parsed_empty_unread_or_not_used(read):
    export = read(FULL, {"release": "1997/02/29", "term_years": "many"}, {"sex": "(na)"})
    account = export.account.set_index("field")
    total = account[["parsed", "read_in_part", "empty", "could_not_be_read", "not_used"]].sum(axis=1)
    assert (total == account["n_rows"]).all()
    assert len(account) == 40
    assert account.loc["release", ["parsed", "empty", "could_not_be_read"]].tolist() == [1, 1, 1]
    assert account.loc["sex", "empty"] == 2
    assert account.loc["residence_prefecture", "not_used"] == 1
    assert export.unread["kept"].isna().all()
    assert export.unread.drop(columns="kept").to_numpy().tolist() == [
        ["2004-00002", "term_years", "many", "not a plain number"],
        ["2004-00002", "release", "1997/02/29", "there is no day 29 in 1997-02"],
    ]
    assert export.raw["release"].tolist() == ["2003/08/14", "1997/02/29", ""]


def test_tables_have_the_shipped_columns_and_pass_the_check(read, folder):
    export = read(FULL, BASE | {"date_of_detention": "1989/mm/dd", "sex": "M"}, {"main_name": "Test Person Two"})
    for frame, table, shipped in (
        (export.cases, CASES, "cases"),
        (export.acts, ACTS, "acts"),
        (export.sources, SOURCES, "sources"),
    ):
        wanted = cl.load(shipped)
        assert list(frame.columns[: wanted.shape[1]]) == list(wanted.columns)
        free = {"sex", "ethnicity", "partner"}
        same = [c for c in wanted if c not in free]
        assert frame[same].dtypes.astype(str).tolist() == wanted[same].dtypes.astype(str).tolist()
        stored = frame[[c.name for c in table.stored]]
        if shipped == "sources":
            stored = pd.concat([wanted[stored.columns], stored])
        stored.to_csv(folder / f"{shipped}.csv", index=False)
    assert cl.check(folder).empty
    assert cl.load("cases", folder)["expiry_date"].tolist() == export.cases["expiry_date"].tolist()


@pytest.mark.parametrize(
    ("code", "process", "status", "inferred"),
    [
        ("DET", "chg/tri/sent", "serving", False),
        ("DET?", "chg/tri/sent", "serving", True),
        ("DET/life", "chg/tri/sent", "serving", False),
        ("DET?/life?", "chg/tri/sent", "serving", True),
        ("DET/med", "chg/tri/sent", "medical_parole", False),
        ("DET/med?", "chg/tri/sent", "medical_parole", True),
        ("DET/bail", "PSB/rel-PSB", "unknown", False),
        ("DET/suspend", "chg/tri/sent-suspend", "unknown", False),
        ("DET/surveil", "chg/tri/sent", "unknown", False),
        ("HOUSE?", "PSB-house", "unknown", False),
        ("ESC", "PSB/esc", "unknown", False),
        ("REL", "PSB/rel", "released", False),
        ("REL?", "PSB/rel?", "released", True),
        ("REL-PSB", "PSB/rel-PSB", "released", False),
        ("REL/dec", "chg/tri/sent/rel", "released", False),
        ("DEC", "chg/tri/sent/dec", "died_in_custody", True),
        ("DEC/?", "PSB/dec", "died_in_custody", True),
        ("DEC-ill", "chg/tri/sent/rel", "released", False),
        ("DEC", "PSB", "unknown", False),
        ("DEC-exe", "chg/tri/sent/exe", "executed", False),
    ],
)
def test_status(read, code, process, status, inferred):
    row = one(read({"detention_status": code, "legal_process": process}))
    assert row["status"] == status
    assert ("status" in str(row["inferred"]).split()) is inferred
    seen = status in ("serving", "medical_parole") and not inferred
    assert (row["seen_date"] == "2020-07-23") if seen else pd.isna(row["seen_date"])
    assert row["detention_status"].replace("/", "-") == code.replace("/", "-")


@pytest.mark.parametrize(
    ("code", "process", "years", "kind", "term_kind", "doubtful"),
    [
        ("REL", "chg/tri/sent/rel", "3", "fixed", "sentence", False),
        ("REL", "chg/tri/sent?/rel", "3", "fixed", "sentence", True),
        ("REL", "chg/tri/sent/rel", "", None, None, False),
        ("REL", "chg/tri/sent-suspend/rel", "3", "suspended", "sentence", False),
        ("DET/suspend", "chg/tri/sent", "3", "suspended", "sentence", False),
        ("DET/life", "chg/tri/sent", "", "life", None, False),
        ("DET?/life?", "chg/tri/sent", "", "life", None, True),
        ("DET/dth-r", "chg/tri/sent", "", "death_reprieve", None, False),
        ("DEC-exe", "chg/tri/sent/exe", "20", "death", "sentence", False),
        ("REL", "admin-RTL/rel", "3", "rtl", "rtl", False),
        ("REL", "admin-RTL?/rel", "3", "rtl", "rtl", True),
        ("REL", "admin-other/rel", "1", "none", "administrative", False),
        ("REL", "PSB/rel", "1", "none", "time_served", False),
        ("REL", "PSB?/rel", "", "none", None, True),
        ("REL", "", "3", None, None, False),
    ],
)
def test_kind_of_sentence(read, code, process, years, kind, term_kind, doubtful):
    row = one(read({"detention_status": code, "legal_process": process, "term_years": years}))
    assert (row["sentence_type"] == kind) if kind else pd.isna(row["sentence_type"])
    assert (row["term_kind"] == term_kind) if term_kind else pd.isna(row["term_kind"])
    assert ("sentence_type" in str(row["inferred"]).split()) is doubtful
    assert (row["sentence_months"] == 12 * float(years)) if kind in ("fixed", "suspended", "rtl") else True
    if kind in ("life", "death_reprieve", "death", "none", None):
        assert np.isnan(row["sentence_months"])


def test_parts_of_a_term_add_up_and_an_unread_part_spoils_the_sum(read):
    parts = {"term_years": "1", "term_months": "6", "term_weeks": "2", "term_days": "3"}
    export = read(BASE | parts, BASE | parts | {"term_days": "３"}, BASE | parts | {"term_days": "half"}, BASE)
    months = export.cases["term_months"]
    assert months[0] == pytest.approx(18 + 17 / (365.25 / 12), abs=5e-5)
    assert months[1] == months[0]
    assert np.isnan(months[2])
    assert np.isnan(months[3])


CUSTODY = BASE | {"date_of_detention": "2000/01/10", "term_years": "3"}  # the term ends on 9 January 2003


@pytest.mark.parametrize(
    ("changes", "status", "months"),
    [
        ({"release": "2003/01/09"}, "released_on_expiry", None),
        ({"release": "2002/12/09"}, "released_on_expiry", None),  # 31 days before
        ({"release": "2002/12/08"}, "released_early", 32 / (365.25 / 12)),
        ({"release": "2003/01/dd"}, "released_on_expiry", None),
        ({"release": "2002/12/dd"}, "released", None),  # 1 December is early, 31 December is not
        ({"release": "2002/11/dd"}, "released_early", np.nan),
        ({"release": "2002/mm/dd"}, "released", None),
        ({"release": "2001/mm/dd"}, "released_early", np.nan),
        ({"release": "2003/06/01"}, "released", None),  # after the end
        ({"release": "2002/06/01", "sentence_ends": "2002/06/15"}, "released", None),  # the two ends disagree
        ({"release": "2002/04/01", "sentence_ends": "2002/06/15"}, "released_early", np.nan),
        ({"release": "2002/04/01", "legal_process": "chg/tri/sent?/rel"}, "released", None),  # alleged
        ({"release": "2002/04/01", "legal_process": "chg/tri/sent-suspend/rel"}, "released", None),
        ({"release": "2002/04/01", "detention_status": "REL?"}, "released", None),
        ({"release": "1999/04/01"}, "released", None),  # before custody
        (
            {"release": "2002/04/01", "sentence_ends": "2002/06/15", "term_years": ""},
            "released_early",
            75 / (365.25 / 12),
        ),
        ({"release": "2002/12/08", "legal_process": "admin-RTL/rel"}, "released_early", 32 / (365.25 / 12)),
    ],
)
def test_release_against_the_end_of_the_term(read, changes, status, months):
    export = read(CUSTODY | changes)
    assert one(export)["status"] == status
    assert len(export.acts) == (months is not None)
    if months is not None:
        assert export.acts["months"][0] == pytest.approx(months, abs=0.005, nan_ok=True)


def test_a_release_without_a_date_is_an_interval_and_has_no_status_date(read):
    rows = [
        CUSTODY,
        CUSTODY | {"sentence_date": "2000/06/dd"},
        CUSTODY | {"legal_process": "PSB/rel", "sentence_date": ""},
        BASE,
        BASE | {"date_of_detention": "2021/01/01"},
    ]
    cases = read(*rows).cases
    assert cases["release_date"].fillna("").tolist() == [
        "2000-01-10/2020-07-23",
        "2000-06/2020-07-23",
        "2000-01-10/2020-07-23",
        "",
        "",
    ]
    assert cases["status_date"].isna().all()
    assert str(cases["release_latest"][0].date()) == "2020-07-23"
    open_ended = read(CUSTODY, as_of=None).cases
    assert open_ended["release_date"][0] == "2000-01-10/.."
    assert pd.isna(open_ended["release_latest"][0])


def test_no_follow_up_without_the_day_of_the_export_or_beyond_the_term(read):
    held = CUSTODY | {"detention_status": "DET", "legal_process": "chg/tri/sent"}
    export = read(held, held | {"term_years": "30"}, held | {"release": "2004/01/01"})
    assert export.cases["seen_date"].fillna("").tolist() == ["", "2020-07-23", ""]
    assert export.cases["status"].tolist() == ["serving", "serving", "unknown"]
    assert export.doubts["doubt"].str.contains("still in custody after the end").sum() == 1
    assert read(held | {"term_years": "30"}, as_of=None).cases["seen_date"].isna().all()


def test_a_release_date_of_the_deceased_counts_only_where_a_release_ended_the_process(read):
    dead = BASE | {"detention_status": "DEC", "release": "2004/05/dd"}
    export = read(dead, dead | {"legal_process": "chg/tri/sent/dec"})
    assert export.cases["status"].tolist() == ["released", "unknown"]
    assert export.cases["status_date"].fillna("").tolist() == ["2004-05", ""]
    assert export.cases["release_date"].tolist() == ["2004-05", "2004-05"]
    assert export.doubts["record"].tolist() == ["2004-00002"]


@pytest.mark.parametrize(
    ("field", "most"),
    [("term_years", 50), ("term_months", 600), ("term_weeks", 520), ("term_days", 3660), ("age", 120)],
)
def test_numbers_that_no_term_or_age_has_are_unread(read, field, most):
    export = read({field: str(most)}, {field: str(most + 1)})
    assert export.unread[["value", "reason"]].to_numpy().tolist() == [[str(most + 1), f"larger than {most}"]]


def test_texts_differ_beyond_a_nul(read):
    export = read({"sex": "F"}, {"sex": "F\x00M"}, {"sex": "\x00"})
    assert export.cases["sex"].astype(object).fillna("").tolist() == ["F", "", ""]
    assert export.unread["value"].tolist() == ["F\x00M", "\x00"]


def test_dates_against_the_order_are_kept_and_reported(read):
    export = read(CUSTODY | {"sentence_date": "1999/12/31", "release": "1999/01/01"})
    row = one(export)
    assert row["sentence_date"] == "1999-12-31"
    assert row["status_date"] == "1999-01-01"
    found = export.doubts[["field", "doubt"]].to_numpy().tolist()
    assert ["sentence_date", "earlier than date_of_detention (2000-01-10)"] in found
    assert ["release", "earlier than date_of_detention (2000-01-10)"] in found
    assert export.acts.empty


def test_what_happened_cannot_lie_after_the_export(read):
    export = read(CUSTODY | {"release": "2020/08/01", "sentence_ends": "2030/01/01"})
    assert export.unread[["field", "reason"]].to_numpy().tolist() == [
        ["release", "the date lies after the export of 2020-07-23"]
    ]
    assert one(export)["term_end_date"] == "2030-01-01"


@pytest.mark.parametrize(
    ("raw", "value"),
    [
        ("1998/08/dd", "1998-08"),
        ("1989/mm/dd", "1989"),
        ("1998/8/1", "1998-08-01"),
        ("1998-08-01", "1998-08-01"),
        ("1998-08-01 00:00:00", "1998-08-01"),
        ("１９９８／０８／０１", "1998-08-01"),
        ("1998/08/01?", "1998-08-01?"),
        ("yyyy/mm/dd", ""),
        ("08/01/1998", None),
        ("1 Aug 1998", None),
        ("1998/08-01", None),
        ("1998/13/01", None),
        ("1998/mm/15", None),
        ("2010/02/29", None),
        ("2102/10/25", None),
        ("36008", None),
        ("1998²/08/01", None),
        ("١٩٩٨/٠٨/٠١", None),
        ("about 1998", None),
    ],
)
def test_only_dates_written_year_first_are_read(read, raw, value):
    export = read({"date_of_detention": raw})
    assert (export.cases["detention_date"].fillna("")[0]) == (value or "")
    assert (len(export.unread) == 1) is (value is None)


def test_the_day_of_the_export_from_its_name(tmp_path):
    for name, day in (
        ("PPD 2020-07-23.csv", "2020-07-23"),
        ("ppd_20200723_v2.csv", "2020-07-23"),
        ("ppd 23.07.2020.csv", None),
        ("ppd 2020-13-23.csv", None),
        ("12020072399.csv", None),
    ):
        assert cl.read_cecc(write(tmp_path / name, [BASE])).as_of == day
    assert cl.read_cecc(tmp_path / "PPD 2020-07-23.csv", as_of="2021-01-01").as_of == "2021-01-01"


# ---------------------------------------------------------------- files


def r_names():
    """Headers as R spells them in the replication archive."""
    special = {"main_name": "main.name", "name_zh": "Chinese.characters..main.name.", "record": "CECC_record_number"}
    special |= {f"term_{u}": f"current_last_sentence_or_time_served_{u}" for u in ("years", "months", "weeks", "days")}
    special |= {"release": "actual_date_released", "place": "current_last_prison_detentioncenter"}
    special |= {"additional_names": "additional.name.s."}
    return {f.name: special.get(f.name, f.header.replace(" ", "_").replace("/", "_")) for f in FIELDS}


@pytest.mark.parametrize("headers", [HEADERS, r_names(), {k: v.upper() for k, v in HEADERS.items()}])
def test_headers_in_any_spelling_and_order(read, headers):
    straight = read(FULL, headers=headers)
    turned = read(FULL, headers=headers, columns=list(HEADERS)[::-1])
    pd.testing.assert_frame_equal(straight.cases, turned.cases)
    pd.testing.assert_frame_equal(straight.cases, read(FULL).cases)
    assert (straight.account["note"].fillna("").str.contains("no such column")).sum() == 0


def test_further_columns_stand_in_the_order_in_which_they_are_described(read):
    columns = read(FULL).cases.columns.tolist()
    bounds = [(f"{k}_date", f"{k}_earliest", f"{k}_latest") for k in ("release", "term_end", "arrest", "trial")]
    bounds += [(f"{k}_date", f"{k}_earliest", f"{k}_latest") for k in ("appeal", "appeal_ruling")]
    assert columns[columns.index("record") :] == [
        "record", "detention_status", "phases", "issue_categories", "charge_articles", "term_months", "term_kind",
        "age", "place", "prefecture", "county", "residence_province", "religion", "occupation", "affiliation",
        "trial_court", "appeal_court", "appeal_ruling_court", *(c for three in bounds for c in three),
    ]  # fmt: skip


def test_extra_and_missing_columns_are_in_the_account(read):
    export = read(FULL, columns=["record", "main_name", "detention_status", "derived by somebody"])
    extra = export.account[export.account["field"] == ""]
    assert extra[["column", "not_used", "note"]].to_numpy().tolist() == [
        ["derived by somebody", 1, "not part of the export: not read"]
    ]
    assert (export.account["note"] == "the file has no such column").sum() == 37
    assert one(export)["status"] == "released"


@pytest.mark.parametrize(
    ("encoding", "said"), [("utf-8", "UTF-8"), ("utf-8-sig", "UTF-8 with byte order mark"), ("gb18030", "GB 18030")]
)
def test_encodings(read, encoding, said):
    export = read(FULL, encoding=encoding)
    assert one(export)["name_zh"] == "测试一"
    assert export.account["note"][0] == f"text in {said}"


def test_characters_lost_on_the_way_are_unread_not_a_name(read):
    export = read({"name_zh": "??", "alternate_name": "Test ???"}, {"name_zh": "王?"}, {"name_zh": "王（？）"})
    assert export.cases["name_zh"].fillna("").tolist() == ["", "王", "王"]
    assert export.cases["inferred"].fillna("").tolist() == ["", "name_zh", "name_zh"]
    assert export.unread["field"].tolist() == ["name_zh", "alternate_name"]


def test_xlsx_with_numbers_and_days_as_cells(tmp_path):
    openpyxl = pytest.importorskip("openpyxl")
    book = openpyxl.Workbook()
    book.active.append(list(HEADERS.values()))
    typed = {"age": 24, "term_years": 5.0, "term_months": 6, "date_of_detention": datetime.datetime(1998, 8, 15)}
    row = {"record": "2004-00001"} | FULL | typed
    book.active.append([row.get(c) for c in HEADERS])
    book.active.append([None] * 40)
    book.save(tmp_path / "export.xlsx")
    export = cl.read_cecc(tmp_path / "export.xlsx", as_of="2020-07-23")
    assert export.account["note"][0] == "sheet 'Sheet' of a workbook; 1 blank rows were passed over"
    text = cl.read_cecc(write(tmp_path / "export.csv", [FULL]), as_of="2020-07-23")
    pd.testing.assert_frame_equal(export.cases, text.cases)


def test_rdata(tmp_path):
    pyreadr = pytest.importorskip("pyreadr")
    names = r_names()
    row = {"record": "2004-00001"} | FULL
    frame = pd.DataFrame([[row.get(c, "") or None for c in HEADERS]], columns=[names[c] for c in HEADERS])
    frame["age"] = frame["age"].astype("int32")
    frame["released"] = 1.0
    pyreadr.write_rdata(str(tmp_path / "a.RData"), frame, df_name="cecc")
    export = cl.read_cecc(tmp_path / "a.RData", as_of="2020-07-23")
    text = cl.read_cecc(write(tmp_path / "export.csv", [FULL]), as_of="2020-07-23")
    pd.testing.assert_frame_equal(export.cases, text.cases)
    assert export.account.iloc[-1]["column"] == "released"


def test_refusals(tmp_path):
    def refused(name, content, message, error=cl.DataError, **keywords):
        path = tmp_path / name
        if content is not None:
            path.write_bytes(content)
        with pytest.raises(error, match=message):
            cl.read_cecc(path, **keywords)

    head = b"CECC record number,detention status\n"
    refused("missing.csv", None, "There is no file", cl.UsageError)
    refused("a.pdf", b"x", "Save the export as", cl.UsageError)
    refused("a.csv", b"", "the file is empty")
    refused("a.csv", b"\n\n", "the file is empty")
    refused("a.csv", head, "a header and no rows")
    refused("a.csv", head + b",\n", "a header and no rows")
    refused("a.csv", b"one,two\n1,2\n", "none of its columns")
    refused("a.csv", b"detention status,main name\nREL,Test\n", "record number is missing.*rename the column")
    refused("a.csv", head + b"2004-00001,REL\n,REL\n", "row 3, .*no record number")
    refused("a.csv", head + b"2004-00001,REL\n\n2004-00001,REL\n", "occurs already in row 2")
    wide = "2004-00001,REL\n２００４-00001,REL\n".encode()
    refused("a.csv", head + wide, "occurs already in row 2")
    refused("a.csv", head + b"2004-00001,REL,more\n", "3 fields where the header has 2")
    refused("a.csv", head + b'2004-00001,"REL\n', "not a readable CSV")
    refused("a.csv", head + b"2004-00001,\xff\xff\n", "neither UTF-8 nor GB 18030")
    refused("a.csv", b"sex,Sex,CECC record number\nM,F,2004-00001\n", "both 'sex' and 'Sex'")
    refused("a.xlsx", b"no workbook", "not a readable XLSX")
    refused("a.RData", b"no R file", "not a readable R file")
    for day in ("2020", "yesterday", "2020-02-30", "2020-07-23?", 2020):
        refused("a.csv", head + b"2004-00001,REL\n", "is not a day", cl.UsageError, as_of=day)


def test_a_malformed_record_number_keeps_its_row(read):
    export = read({"record": "first"}, {"record": " ２００４-00001 "})
    assert export.cases["case_id"].tolist() == ["cecc-row-2", "cecc-2004-00001"]
    assert export.unread[["record", "value"]].to_numpy().tolist() == [["row-2", "first"]]


# ---------------------------------------------------------------- charges, provinces, wiring


def test_articles_are_matched_only_where_the_text_settles_them():
    texts = "CL97-105(2) CL97-277(1) CL97-300 CL79-102 CL79-99 CL97-124 CL97-120(3) CL97-114 PSAPL-23(1) CL97-999"
    found = match_articles(texts.split(), cl.load("charges"))
    assert [(a.stated, a.derived, a.family) for a in found.values()] == [
        ("CL97-105(2)", "", "endangering_state_security"),
        ("CL97-277", "", "public_order"),
        ("", "", "cult"),  # three charges, one family
        ("", "", "counterrevolution"),
        ("", "", "counterrevolution"),  # not in the table, inside the chapter
        ("", "CL97-124(1)", "public_security_terrorism"),
        ("", "", ""),  # paragraph 3, or article 120-3
        ("", "", ""),  # charges of several families
        ("", "", ""),
        ("", "", ""),
    ]
    assert all(bool(a.stated) != bool(a.reason) for a in found.values())


def test_every_province_of_the_shipped_table_is_read(read):
    provinces = cl.load("provinces")
    names = [f"{n} Province" for n in provinces["name"]]
    cases = read(*({"province": n} for n in names)).cases
    assert cases["province"].astype(str).tolist() == provinces["province"].tolist()
    export = read(
        {"province": "Tibet [Sichuan] Province"}, {"province": "[foreign]", "residence_province": "[foreign]"}
    )
    assert export.unread["field"].tolist() == ["province"]
    assert export.cases["province"].isna().all()
    assert export.cases["residence_province"].fillna("").tolist() == ["", "foreign"]


def test_acts_of_the_narrative_give_the_term_as_passed(read, monkeypatch):
    def coded(texts):
        assert texts.columns.tolist() == ["record", "name", "summary"]
        rows = [("2004-00001", "sentence_reduction", "2001-05", 6.0, "stated", 0, 10)]
        rows += [("2004-00002", "medical_parole", "2002-04", np.nan, "stated", 0, 10)]
        return pd.DataFrame(rows, columns=["record", "act_type", "date", "months", "certainty", "start", "end"])

    monkeypatch.setattr("clemency.sources.narrative.coder.code_acts", coded)
    export = read(CUSTODY | {"release": "2002/04/01"}, CUSTODY | {"release": "2002/04/01"})
    assert export.acts["act_type"].tolist() == ["sentence_reduction", "medical_parole"]
    assert export.cases["sentence_months"].tolist() == [42.0, 36.0]  # the export has taken the six months off
    assert export.cases["inferred"].fillna("").str.contains("sentence_months").tolist() == [True, False]
    assert export.cases["term_months"].tolist() == [36.0, 36.0]
    assert export.cases["status"].tolist() == ["released_early", "medical_parole"]
    assert (export.doubts["field"] == "term").sum() == 1


def test_the_export_goes_into_a_cohort_and_pseudonyms_hide_the_record(read):
    rows = [CUSTODY | {"sentence_date": "2000/06/01", "release": f"200{i}/01/09"} for i in (2, 3)]
    export = read(*rows, CUSTODY)
    cohort = cl.cohort(export.cases, export.acts, outcome=["early_release"], competing=["expiry", "death"])
    assert cohort.spells["event"].tolist() == ["early_release", "expiry"]
    assert cohort.exclusions["reason"].tolist() == ["date of sentence not known"]
    hidden = cl.pseudonymise(export.cases, "a secret of sixteen letters")
    assert not {"record", "place", "affiliation", "name"} & set(hidden)
