"""Files in every form that users receive them, and the account of what was read; all texts are made up."""

import datetime as dt
import io
import zipfile

import numpy as np
import pandas as pd
import pytest

import clemency as cl
from clemency.records.errors import UsageError
from clemency.sources.rulings import read_rulings, simulate_rulings, write_rulings
from clemency.sources.rulings.documents import received
from clemency.sources.rulings.documents.encodings import text_of
from clemency.sources.rulings.documents.markup import page_text
from clemency.sources.rulings.documents.wordfiles import UnreadableError, word_text

MADE = simulate_rulings(6, seed=2)
TEXT = MADE["text"].iloc[0]
SHORT = (
    "某省某某市中级人民法院刑事裁定书（2017）豫99刑更12号罪犯李某某，男，汉族，现在某省某某监狱服刑。本院认为，"
    "该犯确有悔改表现，裁定如下：对罪犯李某某减去有期徒刑八个月。本裁定送达后即发生法律效力。"
)
BODY = '<w:document xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main"><w:body>{}</w:body></w:document>'


def docx(text, prefix=""):
    paragraphs = "".join(f"<w:p><w:r><w:t>{line}</w:t></w:r></w:p>" for line in text.split("\n"))
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as archive:
        archive.writestr(
            "word/document.xml",
            prefix + BODY.format(paragraphs + "<w:p><w:del><w:delText>减</w:delText></w:del></w:p>"),
        )
    return file.getvalue()


def page(text):
    lines = "".join(f"<div style='x'>{line}</div>" for line in text.split("\n"))
    return f"<html><head><title>某某</title></head><body><script>var a = '裁定如下';</script>{lines}<!-- 裁定如下 --></body></html>"


@pytest.mark.parametrize(
    "data",
    [
        TEXT.encode("utf-8"),
        b"\xef\xbb\xbf" + TEXT.encode("utf-8"),
        TEXT.encode("gb18030"),
        TEXT.encode("utf-16"),
        page(TEXT).encode("utf-8"),
        page(TEXT).encode("gb18030"),
        docx(TEXT),
    ],
)
def test_every_form_gives_the_same(tmp_path, data):
    (tmp_path / "a").write_bytes(data)
    read = read_rulings(tmp_path)
    assert read.account["status"].tolist() == ["ruling"]
    row, plain = read.rulings.iloc[0], read_rulings(pd.DataFrame({"text": [TEXT]})).rulings.iloc[0]
    assert row.drop("document").equals(plain.drop("document"))


def test_a_folder_a_file_an_archive_and_a_frame(tmp_path):
    folder = tmp_path / "some" / "inside"
    folder.mkdir(parents=True)
    for i, text in enumerate(MADE["text"]):
        (folder / f"{i}.txt").write_text(text, encoding="utf-8")
    with zipfile.ZipFile(tmp_path / "all.zip", "w") as archive:
        for i, text in enumerate(MADE["text"]):
            archive.writestr(f"{i}.txt", text)
    by_folder = read_rulings(tmp_path / "some").rulings
    by_archive = read_rulings(tmp_path / "all.zip").rulings
    by_names = read_rulings([folder / f"{i}.txt" for i in range(6)]).rulings
    by_frame = read_rulings(MADE, name=None).rulings
    for other in (by_archive, by_names, by_frame):
        pd.testing.assert_frame_equal(by_folder.drop(columns="document"), other.drop(columns="document"))
    assert by_archive["document"].tolist()[0] == "all.zip:0.txt"
    assert by_folder["document"].tolist()[0] == "inside/0.txt"


def test_the_account_has_a_row_for_everything(tmp_path):
    with zipfile.ZipFile(tmp_path / "inner.zip", "w") as archive:
        archive.writestr("a.txt", TEXT)
        archive.writestr("b.zip", b"PK\x03\x04 no archive")
        archive.writestr("c.pdf", b"%PDF-1.4")
    files = {
        "empty.txt": b"", "english.txt": b"The court reduced the sentence.", "scan.pdf": b"%PDF-1.7 ...",
        "old.doc": b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "photo.jpg": b"\xff\xd8\xff\xe0", "noise": b"\x00\x01\x02",
        "bad.docx": b"PK\x03\x04 nothing", "good.txt": TEXT.encode(), "not_gbk.txt": b"\x80\xff\xff\xff",
        "two.txt": (TEXT + "\n" + MADE["text"].iloc[1]).encode(),
    }  # fmt: skip
    for name, data in files.items():
        (tmp_path / name).write_bytes(data)
    read = read_rulings(tmp_path)
    status = dict(zip(read.account["document"], read.account["status"], strict=True))
    assert status == {
        "bad.docx": "damaged", "empty.txt": "empty", "english.txt": "not_chinese", "good.txt": "ruling",
        "inner.zip:a.txt": "copy", "inner.zip:b.zip": "damaged", "inner.zip:c.pdf": "pdf", "noise": "not_text",
        "not_gbk.txt": "not_text", "old.doc": "old_word", "photo.jpg": "image", "scan.pdf": "pdf",
        "two.txt": "several_documents",
    }  # fmt: skip
    assert read.counts()["documents"].sum() == len(files) + 3 == len(read.account)
    assert read.account["prisoners"].sum() == len(read.rulings) == 1
    assert (read.account.loc[read.account["prisoners"] == 0, "reason"].str.len() > 0).all()


def test_archives_and_word_files_within_bounds(tmp_path, monkeypatch):
    monkeypatch.setattr(received, "MOST", 1_000)
    monkeypatch.setattr(received, "UNPACKED", 1_500)
    with zipfile.ZipFile(tmp_path / "a.zip", "w", zipfile.ZIP_DEFLATED) as archive:
        for i in range(4):
            archive.writestr(f"{i}.txt", b"\xe4\xb8\xad" * 300)
    account = read_rulings(tmp_path / "a.zip").account
    assert account["status"].tolist() == ["other", "other", "too_large", "too_large"]
    monkeypatch.setattr(received, "MEMBERS", 3)
    assert read_rulings(tmp_path / "a.zip").account["status"].tolist() == ["too_large"]


def test_a_word_file_that_declares_a_document_type_is_refused():
    bomb = '<!DOCTYPE a [<!ENTITY b "x">]>'
    with pytest.raises(UnreadableError, match="document type"):
        word_text(docx(TEXT, bomb))
    with pytest.raises(UnreadableError, match="DOCX"):
        word_text(b"PK\x03\x04")


def test_names_of_members_in_gbk(tmp_path):
    with zipfile.ZipFile(tmp_path / "a.zip", "w") as archive:
        archive.writestr(zipfile.ZipInfo("裁定.txt".encode("gb18030").decode("cp437")), TEXT)
    data = bytearray((tmp_path / "a.zip").read_bytes())
    for mark in (b"PK\x03\x04", b"PK\x01\x02"):  # as written without the mark for UTF-8
        at = data.find(mark) + (6 if mark == b"PK\x03\x04" else 8)
        data[at + 1] &= ~0x08 & 0xFF
    assert received._member_name(_member("裁定.txt".encode("gb18030").decode("cp437"))) == "裁定.txt"
    assert received._member_name(_member("a.txt")) == "a.txt"


def _member(name):
    member = zipfile.ZipInfo(name)
    member.flag_bits = 0
    return member


def test_anchors_tell_where_the_decision_begins():
    text = TEXT.split("\n")
    html = "".join(f"<div>{line}</div>" for line in text)
    marked = html.replace("<div>对罪犯", "<a type='dir' name='PJJG'></a><div>对罪犯").replace("裁定如下", "裁定")
    said, anchors = page_text(marked)
    assert said[anchors["PJJG"] :].startswith("对罪犯") or "PJJG" not in anchors


def test_pages_that_are_broken_take_no_time():
    for page_ in (
        "<div" * 50_000,
        "<!--" * 50_000,
        "<script" * 50_000,
        "<script>" * 50_000,
        "&#" * 50_000,
        "<a " * 50_000,
    ):
        page_text(page_)


def test_a_text_cut_within_a_character():
    assert text_of("裁定".encode()[:-1])[0] == "裁"
    assert text_of("裁定书".encode("gb18030")[:-1])[0] == "裁定"


@pytest.mark.parametrize("source", ["/no/such/place", [], ["/no/such/place"], ""])
def test_places_that_do_not_exist(source):
    if source == []:
        assert len(read_rulings(source).account) == 0
        return
    with pytest.raises(UsageError):
        read_rulings(source)


LONG = SHORT * 4


@pytest.mark.parametrize(
    "source",
    [SHORT, LONG, [LONG], pd.Series([LONG, SHORT]), (SHORT, LONG), SHORT.replace("。", "\n"), "a" * 256, "裁" * 90],
)
def test_texts_in_place_of_files_are_told_how_to_be_passed(source):
    with pytest.raises(UsageError, match=r"is a text of [\d,]+ characters\. Give texts as a column of a frame") as said:
        read_rulings(source)
    assert len(str(said.value)) < 200
    with pytest.raises(UsageError, match="is a text of"):
        write_rulings(source, "never")


def test_a_file_whose_name_looks_like_a_sentence_is_read(tmp_path, monkeypatch):
    (tmp_path / "裁定。").write_text(SHORT, encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    assert read_rulings("裁定。").account["status"].tolist() == ["ruling"]


@pytest.mark.parametrize("source", [b"bytes", {"text": 5}, 5, None, [None], [5], "a\0b"])
def test_what_names_no_file_is_refused(source):
    with pytest.raises(UsageError):
        read_rulings(source)


def test_columns_that_are_not_there_once():
    with pytest.raises(UsageError, match="no column 'texts'"):
        read_rulings(MADE, column="texts")
    twice = pd.DataFrame([[SHORT, SHORT, "a"]], columns=["text", "text", "name"])
    with pytest.raises(UsageError, match=r"has the column 'text' 2 times\. Keep one of them"):
        read_rulings(twice)
    named = pd.DataFrame([[SHORT, "a", "b"]], columns=["text", "name", "name"])
    with pytest.raises(UsageError, match="has the column 'name' 2 times"):
        read_rulings(named, name="name")
    assert len(read_rulings(named).rulings) == 1


@pytest.mark.parametrize("accessed", ["yesterday", "2024", "2024-02-30", "", 20240201, "2024-02-01~", "2024/02/01"])
def test_the_day_of_reading_is_a_day(accessed):
    with pytest.raises(UsageError, match=r"^accessed="):
        read_rulings(pd.DataFrame({"text": [SHORT]}), accessed=accessed)


@pytest.mark.parametrize("accessed", ["2024-02-01", dt.date(2024, 2, 1), pd.Timestamp("2024-02-01 23:00")])
def test_the_day_of_reading_as_a_text_or_a_day(accessed):
    assert read_rulings(pd.DataFrame({"text": [SHORT]}), accessed=accessed).sources["accessed"].tolist() == [
        "2024-02-01"
    ]


def test_texts_that_are_missing_or_no_text():
    frame = pd.DataFrame({"text": [TEXT, None, np.nan, 5, ""]})
    assert read_rulings(frame).account["status"].tolist() == ["ruling", "empty", "empty", "not_text", "empty"]


def test_processes_change_nothing():
    made = simulate_rulings(450, seed=5)
    one, two = read_rulings(made, workers=1), read_rulings(made, workers=2)
    for name in ("rulings", "acts", "cases", "changes", "evidence", "account"):
        pd.testing.assert_frame_equal(getattr(one, name), getattr(two, name))
    with pytest.raises(UsageError, match="workers"):
        read_rulings(made, workers=0)


def test_parquet_holds_the_same(tmp_path):
    parquet = pytest.importorskip("pyarrow.parquet")
    made = simulate_rulings(220, seed=6)
    made.loc[3, "text"] = ""
    counts = write_rulings(made, tmp_path / "out", progress=False)
    read = read_rulings(made)
    pd.testing.assert_frame_equal(counts, read.counts())
    for name in ("rulings", "changes", "evidence", "account"):
        table = parquet.read_table(tmp_path / "out" / f"{name}.parquet").to_pandas()
        expected = getattr(read, name)
        assert list(table.columns) == list(expected.columns)
        assert len(table) == len(expected)
        for column in expected:
            assert table[column].isna().tolist() == expected[column].isna().tolist()
            assert table[column].dropna().astype(str).tolist() == expected[column].dropna().astype(str).tolist()


def test_nothing_gives_empty_tables_of_the_same_form(tmp_path):
    empty, some = read_rulings(pd.DataFrame({"text": []})), read_rulings(MADE)
    for name in ("rulings", "cases", "acts", "sources", "changes", "evidence", "account"):
        assert list(getattr(empty, name).columns) == list(getattr(some, name).columns)
        assert getattr(empty, name).dtypes.tolist() == getattr(some, name).dtypes.tolist()


def test_cases_and_acts_are_in_order_for_check_and_cohorts(tmp_path):
    read = read_rulings(simulate_rulings(40, seed=8))
    folder = read.save(tmp_path / "tables")
    found = cl.check(folder)
    assert found.loc[found["severity"] == "error"].empty, found.to_string()
    acts = cl.load("acts", folder)
    assert set(acts["case_id"]) <= set(cl.load("cases", folder)["case_id"])
    assert len(read.beyond_rules().columns) == 10


def test_an_act_told_in_two_rulings_is_one_act():
    first = MADE[MADE["kind"] == "reduction"].iloc[0]
    text = first["text"]
    later = text.replace(first["case_number"], "（2014）某刑执字第1001号")
    twice = read_rulings(pd.DataFrame({"text": [text, later]}))
    assert len(twice.rulings) == 2
    assert len(twice.cases) == 1
    assert twice.acts["act_id"].is_unique
    assert (twice.acts["source_ids"].str.split().str.len() == 2).all()


def test_the_same_masked_name_is_no_same_person():
    rows = read_rulings(pd.DataFrame({"text": [SHORT, SHORT.replace("12号", "13号")]}))
    assert rows.rulings["prisoner"].tolist() == ["李某某", "李某某"]
    assert rows.rulings["birth_date"].isna().all()
    assert len(rows.cases) == 2


def test_intervals_for_recurrent_events():
    read = read_rulings(simulate_rulings(80, seed=9))
    spells = read.intervals()
    assert (spells["stop"] > spells["start"]).all()
    assert (spells.groupby("case_id")["number"].max() >= 1).all()
    first = spells[spells["number"] == 1]
    assert (first["start"] == 0).all()
    later = spells[spells["number"] > 1]
    before = spells.assign(number=spells["number"] + 1).set_index(["case_id", "number"])["stop"]
    assert (
        later.set_index(["case_id", "number"])["start"]
        == before.reindex(pd.MultiIndex.from_frame(later[["case_id", "number"]]))
    ).all()


def test_intervals_go_into_models_of_recurrent_events():
    read = read_rulings(simulate_rulings(60, seed=9))
    spells = read.intervals().merge(read.cases[["case_id", "sex"]], on="case_id")
    fit = cl.cox(spells, "sex", entry="start", exit="stop", event="event", cluster="case_id")
    assert fit.glance()["events"][0] == len(spells)
