"""A folder of one's own: what it needs, what it borrows, what is refused, and the rows that are named."""

import shutil

import pandas as pd
import pytest

import clemency as cl
from clemency.records.checks.summary import lines_of, summary
from clemency.records.schema import TABLES
from clemency.records.tables.loading import origin

CASES = [c.name for c in TABLES["cases"].stored]
ACTS = [c.name for c in TABLES["acts"].stored]
CASE = {"case_id": "a-2004", "person_id": "a", "name": "Test A", "status": "serving", "source_ids": "my-report"}
ACT = {
    "act_id": "a-1",
    "case_id": "a-2004",
    "act_type": "sentence_reduction",
    "scope": "single",
    "certainty": "stated",
    "source_ids": "my-report",
}


def put(folder, name, *rows):
    columns = [c.name for c in TABLES[name].stored]
    pd.DataFrame([dict.fromkeys(columns, "") | r for r in rows], columns=columns).to_csv(
        folder / f"{name}.csv", index=False, encoding="utf-8"
    )
    return folder


@pytest.fixture
def own(tmp_path):
    """Cases and acts alone."""
    folder = tmp_path / "own"
    folder.mkdir()
    put(folder, "cases", CASE | {"province": "CN-XJ", "charge_ids": "CL97-105(2)", "detention_date": "2010"})
    return put(folder, "acts", ACT)


def problems(folder):
    return cl.check(folder)[["file", "row", "column", "value"]].astype(object).to_numpy().tolist()


def test_cases_and_acts_suffice(own):
    assert cl.check(own).empty
    cases = cl.load("cases", own)
    assert cases[["region", "charge_family"]].astype(str).to_numpy().tolist() == [
        ["Northwest", "endangering_state_security"]
    ]
    assert len(cl.load("acts", own)) == 1


def test_reference_tables_are_borrowed_and_facts_of_others_are_not(own):
    for name in ("events", "rules", "charges", "provinces", "sources"):
        assert origin(name, own) == "borrowed"
        pd.testing.assert_frame_equal(cl.load(name, own), cl.load(name))
    for name in ("lists", "statistics"):
        assert origin(name, own) == "absent"
        found = cl.load(name, own)
        assert len(found) == 0
        assert list(found) == list(cl.load(name))
        assert (
            found.dtypes.drop("measure", errors="ignore")
            .astype(str)
            .eq(cl.load(name).dtypes.drop("measure", errors="ignore").astype(str))
            .all()
        )
    assert [origin(n, own) for n in ("cases", "acts")] == ["own", "own"]
    assert {origin(n) for n in TABLES} == {"own"}


def test_a_table_of_ones_own_is_taken_whole(own):
    row = {"province": "CN-XJ", "name": "East", "name_zh": "东", "region": "East", "court_abbreviation": "东"}
    put(own, "provinces", row | {"grid_row": "0", "grid_column": "0", "source_ids": "my-report"})
    assert cl.check(own).empty
    assert cl.load("cases", own)["province_name"].tolist() == ["East"]
    assert list(cl.load("cases", own)["province"].cat.categories) == ["CN-XJ"]


@pytest.mark.parametrize("name", ["cases", "acts"])
def test_without_cases_or_acts_it_is_none(own, name):
    (own / f"{name}.csv").unlink()
    with pytest.raises(cl.DataError, match=f"{name}.csv: the file is missing"):
        cl.load("cases", own)
    assert f"{name}.csv" in cl.check(own)["file"].tolist()


@pytest.mark.parametrize(("there", "said"), [("Cases.CSV", "Rename Cases.CSV to"), ("cases.xlsx", "save its sheet as")])
def test_a_file_under_another_name_is_seen(own, there, said):
    (own / "cases.csv").rename(own / there)
    assert said in cl.check(own)["remedy"].iloc[0]


def test_documents_of_ones_own_are_checked_where_they_are_listed(own):
    source = {"source_id": "another", "publisher": "P", "address": "https://example.org/", "accessed": "2026"}
    put(own, "sources", source)
    assert problems(own) == [
        ["cases.csv", 2, "source_ids", "my-report"],
        ["acts.csv", 2, "source_ids", "my-report"],
    ]
    with pytest.raises(cl.DataError, match="no such row in sources"):
        cl.load("acts", own)
    put(own, "sources", source | {"source_id": "my-report"})
    assert cl.check(own).empty
    assert cl.cite(cl.load("cases", own), own)["source_id"].tolist() == ["my-report"]
    events = cl.load("events", own).head(3)
    pd.testing.assert_frame_equal(cl.cite(events, own), cl.cite(events))


def test_documents_that_nobody_lists_cannot_be_cited(own):
    with pytest.raises(cl.UsageError, match=r"my-report\. The folder has no sources\.csv: add one, with a row"):
        cl.cite(cl.load("cases", own), own)


def test_the_codebook_counts_the_rows_of_the_folder(own):
    book = cl.describe("cases", own).set_index("column")["filled"]
    assert book[["province", "court"]].tolist() == [1.0, 0.0]
    assert (cl.describe("lists", own)["filled"] == 0).all()


@pytest.mark.parametrize(
    ("column", "value", "named"),
    [
        ("charge_ids", "CL97-105(2) CL97-999", "CL97-999"),
        ("charge_ids", "105", "105"),
        ("charge_ids", "CL97-105(2); CL97-103(1)", "CL97-105(2);"),
        ("charge_ids_derived", "nothing", "nothing"),
        ("province", "Xinjiang", "Xinjiang"),
        ("province", "CN-65", "CN-65"),
        ("province", "CN-XJ CN-XZ", "CN-XJ CN-XZ"),
    ],
)
def test_a_key_that_does_not_exist_is_refused_by_load_as_by_check(own, column, value, named):
    put(own, "cases", CASE, CASE | {"case_id": "b", column: value})
    assert problems(own) == [["cases.csv", 3, column, named]]
    with pytest.raises(cl.DataError) as caught:
        cl.load("cases", own)
    assert [(p.row, p.column, p.value) for p in caught.value.problems] == [(3, column, named)]


def test_an_act_of_no_case_is_refused(own):
    put(own, "acts", ACT, ACT | {"act_id": "b", "case_id": "nobody"})
    assert problems(own) == [["acts.csv", 3, "case_id", "nobody"]]
    for name in ("acts", "cases"):
        with pytest.raises(cl.DataError, match=r"acts\.csv, row 3, case_id, 'nobody'"):
            cl.load(name, own)


@pytest.mark.parametrize("name", ["provinces", "charges"])
def test_a_doubled_row_of_a_reference_table_is_refused(own, folder, name):
    shutil.copy(folder / f"{name}.csv", own)
    shutil.copy(folder / "sources.csv", own)
    path = own / f"{name}.csv"
    lines = path.read_text(encoding="utf-8").splitlines()
    path.write_text("\n".join([*lines, lines[3]]), encoding="utf-8")
    put(own, "cases", CASE | {"source_ids": ""})
    key = lines[3].split(",")[0]
    last = len(lines) + 1
    assert [f"{name}.csv", last, TABLES[name].key, key] in problems(own)
    with pytest.raises(cl.DataError, match="the key occurs already in row 4"):
        cl.load(name, own)


def test_a_doubled_column_is_refused(own):
    path = own / "cases.csv"
    lines = path.read_text(encoding="utf-8").splitlines()
    path.write_text(f"{lines[0]},province\n{lines[1]},CN-XZ\n", encoding="utf-8")
    assert problems(own) == [["cases.csv", 1, "province", ""]]
    with pytest.raises(cl.DataError, match="the column occurs twice"):
        cl.load("cases", own)


@pytest.mark.parametrize(
    ("value", "code"),
    [
        *(
            ("Xinjiang", "CN-XJ"),
            ("xinjiang uyghur autonomous region", "CN-XJ"),
            ("新疆", "CN-XJ"),
            ("CN-XJ,", "CN-XJ"),
        ),
        *(("新疆维吾尔自治区", "CN-XJ"), ("XJ", "CN-XJ"), ("cn-xj", "CN-XJ"), ("Xizang", "CN-XZ"), ("西藏", "CN-XZ")),
        *(("Shaanxi", "CN-SN"), ("Shanxi", "CN-SX"), ("陕西省", "CN-SN"), ("Inner Mongolia", "CN-NM"), ("京", "CN-BJ")),
        *(
            ("Guangdong Province", "CN-GD"),
            ("Hong Kong", "CN-HK"),
            ("Beijing Municipality", "CN-BJ"),
            ("北京市", "CN-BJ"),
        ),
    ],
)
def test_the_code_of_a_province_that_is_known_by_name_is_said(own, value, code):
    put(own, "cases", CASE | {"province": value})
    (remedy,) = cl.check(own)["remedy"]
    assert remedy.startswith(f"Write {code}")


def test_no_advice_makes_matters_worse(own):
    """Nothing is to be left out, no province added, and no column both added and removed."""
    put(own, "cases", CASE | {"province": "Atlantis", "charge_ids": "CL97-9999", "status": "", "name": ""})
    put(own, "acts", ACT | {"scope": "", "certainty": "", "case_id": "", "source_ids": ""})
    remedies = cl.check(own)["remedy"].tolist()
    path = own / "cases.csv"
    text = path.read_text(encoding="utf-8")
    path.write_text(text.replace("detention_date", "Date of detention").replace("name_zh", "Remark"), encoding="utf-8")
    remedies += cl.check(own)["remedy"].tolist()
    assert len(remedies) > 8
    assert not [r for r in remedies if "leave the row" in r.lower() or "add a province" in r.lower()]
    assert not [r for r in remedies if "provinces.csv" in r and "Add" in r]
    assert not [r for r in remedies if "remove the column" in r.lower()]
    assert sum("detention" in r for r in remedies) == 1
    assert "Rename 'Date of detention' to 'detention_date'." in remedies


@pytest.mark.parametrize(
    ("header", "name", "remedy"),
    [
        ("Name", "name", "Rename 'Name' to 'name'."),
        ("NAME_ZH", "name_zh", "Rename 'NAME_ZH' to 'name_zh'."),
        (" sex ", "sex", "Rename ' sex ' to 'sex'."),
        ("Gender", "sex", "Rename 'Gender' to 'sex'."),
        ("性别", "sex", "Rename '性别' to 'sex'."),
        ("sentence_month", "sentence_months", "and write months: 8 years are 96."),
        ("Sentence (years)", "sentence_months", "and write months: 8 years are 96."),
        ("release_date", "sentence_date", "Add the column; leave what is not known empty."),
        ("arrest date", "detention_date", "Add the column; leave what is not known empty."),
        ("anything", "status", "Add the column; every row needs a value."),
    ],
)
def test_a_header_that_is_likely_to_be_meant_is_offered_once(own, header, name, remedy):
    path = own / "cases.csv"
    first, rest = path.read_text(encoding="utf-8").split("\n", 1)
    path.write_text(",".join(header if c == name else c for c in first.split(",")) + "\n" + rest, encoding="utf-8")
    found = cl.check(own)
    missing = found[(found["column"] == name) & found["message"].eq("the column is missing")]
    assert len(missing) == 1
    assert remedy in missing["remedy"].iloc[0]
    others = found[found["message"].eq("the column is not part of this table")]
    assert len(others) == ("Add" in remedy)
    with pytest.raises(cl.DataError, match="the column is missing"):
        cl.load("cases", own)


def test_months_are_never_taken_from_a_column_of_years(own):
    path = own / "acts.csv"
    path.write_text(path.read_text(encoding="utf-8").replace("months", "years reduced", 1), encoding="utf-8")
    found = cl.check(own).set_index("column")
    assert found.loc["months", "remedy"] == "Add the column; leave what is not known empty."


def test_rows_are_the_lines_of_the_file(own):
    path = own / "cases.csv"
    head = path.read_text(encoding="utf-8").split("\n", 1)[0]

    def line(**cells):
        row = CASE | cells
        return ",".join(f'"{row.get(c, "")}"' if row.get(c) else "" for c in CASES)

    lines = [
        "",
        head,
        line(case_id="one", note="two\nlines"),
        "",
        "," * (len(CASES) - 1),
        line(case_id="two", sentence_months="eight"),
        line(case_id="one"),
        "   ",
        line(case_id="three", province="nowhere"),
        line(case_id="four", detention_date="2010", sentence_date="2001"),
    ]
    path.write_text("\r\n".join(lines), encoding="utf-8", newline="")
    put(own, "acts", ACT | {"case_id": "four", "act_date": "1999"})
    assert problems(own) == [
        ["cases.csv", 7, "sentence_months", "eight"],
        ["cases.csv", 8, "case_id", "one"],
        ["cases.csv", 10, "province", "nowhere"],
        ["cases.csv", 11, "sentence_date", "2001"],
        ["acts.csv", 2, "act_date", "1999"],
    ]
    assert "occurs already in row 3" in cl.check(own)["message"].iloc[1]


def test_blank_lines_change_nothing(own):
    plain = cl.load("cases", own)
    path = own / "cases.csv"
    lines = path.read_text(encoding="utf-8").splitlines()
    path.write_text("\n\n".join(["", *lines, "," * (len(CASES) - 1), ""]), encoding="utf-8")
    pd.testing.assert_frame_equal(cl.load("cases", own), plain)


def test_columns_without_name_and_content_are_passed_over(own):
    plain = cl.load("cases", own)
    path = own / "cases.csv"
    text = path.read_text(encoding="utf-8")
    path.write_text("\n".join(f"{line},," for line in text.splitlines()), encoding="utf-8")
    pd.testing.assert_frame_equal(cl.load("cases", own), plain)
    path.write_text("\n".join(f"{line},x" if i else f"{line}," for i, line in enumerate(text.splitlines())))
    assert problems(own) == [["cases.csv", 1, "(no name)", ""]]


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"case_id;person_id;name\na;b;c\n", "separated by semicolons"),
        (b"case_id\tperson_id\n", "separated by tabs"),
        ("case_id,person_id\n".encode("utf-16"), "UTF-16"),
        (b'case_id,name\n\n"a,b\n', "not a readable CSV file"),
        (b"\n \n,,\n", "the file is empty"),
        (b"\xff\xfe", "UTF-16"),
    ],
)
def test_files_that_hold_no_table_have_one_problem(own, content, message):
    (own / "cases.csv").write_bytes(content)
    found = cl.check(own)
    (only,) = found[found["file"] == "cases.csv"]["message"]
    assert message in only


def test_everything_is_told_at_once(own):
    path = own / "cases.csv"
    text = path.read_text(encoding="utf-8").replace("name_zh", "Chinese name", 1).replace("serving", "Serving", 1)
    path.write_text(text + "short,row\n", encoding="utf-8")
    wide = len(text.partition("\n")[0].split(","))
    assert cl.check(own)["message"].tolist()[:2] == ["the column is missing", f"2 fields where the header has {wide}"]
    assert ["cases.csv", 2, "status", "Serving"] in problems(own)


def test_an_edition_has_all_that_it_declares(folder):
    (folder / "lists.csv").unlink()
    assert origin("lists", folder) == "own"
    with pytest.raises(cl.DataError, match="missing"):
        cl.load("lists", folder)
    assert cl.edition(folder).changed == ("lists.csv",)


@pytest.mark.parametrize("path", ["../cases.csv", "/etc/passwd", "a/b.csv", 5, None])
def test_an_edition_names_files_of_its_own_folder(folder, path):
    import json

    package = json.loads((folder / "datapackage.json").read_text(encoding="utf-8"))
    package["resources"][0]["path"] = path
    (folder / "datapackage.json").write_text(json.dumps(package), encoding="utf-8")
    with pytest.raises(cl.DataError, match="missing or not readable"):
        cl.edition(folder)


@pytest.mark.parametrize("data", [5, ["a"], b"\xff"])
def test_what_is_no_path_is_refused(data):
    with pytest.raises(cl.UsageError):
        cl.load("cases", data)


def test_many_problems_are_found_and_grouped(own):
    rows = [
        CASE
        | {
            "case_id": f"c{i}",
            "province": f"nowhere {i}",
            "charge_ids": f"x{i}",
            "name": f" a{i}\x1b",
        }
        for i in range(3000)
    ]
    put(own, "cases", *rows)
    found = cl.check(own)
    groups = summary(found)
    assert len(found) == 12_001
    assert [(g.column, g.n) for g in groups] == [
        ("name", 3000),
        ("name", 3000),
        ("province", 3000),
        ("charge_ids", 3000),
        ("case_id", 1),
    ]
    text = "\n".join(line for g in groups for line in lines_of(g))
    assert text.count("\n") < 30
    assert "\x1b" not in text


def test_a_wide_header_is_read(own):
    (own / "cases.csv").write_text(",".join(f"column {i} {'x' * 200}" for i in range(5000)) + "\n", encoding="utf-8")
    found = cl.check(own)
    assert len(found) > 5000


def test_the_check_asks_for_the_columns_that_loading_asks_for(tmp_path):
    for name, row in (("cases", CASE), ("acts", ACT)):
        pd.DataFrame([row]).to_csv(tmp_path / f"{name}.csv", index=False)
    told = cl.check(tmp_path)
    for name in ("cases", "acts"):
        with pytest.raises(cl.DataError) as caught:
            cl.load(name, tmp_path)
        missing = {p.column for p in caught.value.problems if p.message == "the column is missing"}
        assert missing == set(told.loc[told["file"] == f"{name}.csv", "column"])
        assert missing == {c.name for c in TABLES[name].stored if not c.optional} - {*CASE, *ACT}
    put(tmp_path, "cases", CASE)
    put(tmp_path, "acts", ACT)
    whole = pd.read_csv(tmp_path / "cases.csv", dtype=str, keep_default_na=False)
    whole.drop(columns=[c.name for c in TABLES["cases"].stored if c.optional]).to_csv(
        tmp_path / "cases.csv", index=False
    )
    assert cl.check(tmp_path).empty
    assert len(cl.load("cases", tmp_path)) == 1
