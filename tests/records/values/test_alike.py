"""Words that differ in their spelling alone: each pair is found, with its rows and in what it differs."""

import unicodedata

import numpy as np
import pandas as pd
import pytest

import clemency as cl
from clemency.records.schema import CASES
from clemency.records.values.alike import differing, spellings
from clemency.records.values.words import wrong_words

COMPOSED, APART = unicodedata.normalize("NFC", "Ürümqi"), unicodedata.normalize("NFD", "Ürümqi")

PAIRS = [
    ("A ", "A", "blanks"),
    (" A", "A", "blanks"),
    ("A\u00a0", "A", "blanks"),
    ("A\u200b", "A", "blanks"),
    ("Inner  Mongolia", "Inner Mongolia", "blanks"),
    ("xinjiang", "Xinjiang", "capitals"),
    ("XINJIANG", "Xinjiang", "capitals"),
    (APART, COMPOSED, "the Unicode form of characters"),
    ("ＵＳ", "US", "the Unicode form of characters"),
    ("xinjiang ", "Xinjiang", "blanks and capitals"),
    (APART.lower(), COMPOSED, "capitals and the Unicode form of characters"),
]


@pytest.mark.parametrize(("other", "usual", "how"), PAIRS)
def test_a_pair_is_found_with_its_rows(other, usual, how):
    found = spellings([usual, "else", other, usual, other, usual])
    assert [(s.word, s.usual, s.row, s.n, s.how) for s in found] == [(other, usual, 2, 2, how)]
    assert differing(other, usual) == how


@pytest.mark.parametrize(
    "values",
    [
        ["Xinjiang", "Xizang"],
        ["A", "Ä"],
        ["A-B", "A B"],
        ["1", 1, 1.0, None, np.nan, ""],
        ["Sichuan"] * 3,
        [],
        [["A"], ["a"]],
        [True, "true"],
    ],
)
def test_what_differs_in_more_or_is_no_text_is_no_pair(values):
    assert spellings(pd.Series(values, dtype=object)) == []


@pytest.mark.parametrize("dtype", [object, "string", "category", "string[pyarrow]"])
def test_storage_does_not_matter(dtype):
    if "pyarrow" in str(dtype):
        pytest.importorskip("pyarrow")
    found = spellings(pd.Series(["A", "a", None, "A"]).astype(dtype))
    assert [(s.word, s.usual, s.row) for s in found] == [("a", "A", 1)]


def test_levels_that_are_declared_and_not_there_are_no_spellings():
    column = pd.Series(pd.Categorical(["A", "A"], categories=["A", "a"]))
    assert spellings(column) == []


def test_of_spellings_that_are_as_frequent_the_first_is_the_usual_one():
    assert [(s.word, s.usual) for s in spellings(["b", "B", "b ", "a"])] == [("B", "b"), ("b ", "b")]


CASE = pd.DataFrame(
    {
        "case_id": list("abcd"), "detention_date": "2010-01-01", "sentence_date": "2010-06-01",
        "sentence_type": "fixed", "sentence_months": 120.0, "status": "serving", "status_date": None,
        "seen_date": "2018-01-01",
    }
)  # fmt: skip
ACTS = pd.DataFrame({"case_id": ["a"], "act_type": ["sentence_reduction"], "act_date": ["2014-05-01"]})


def made(**columns):
    return cl.cohort(CASE.assign(**columns), ACTS)


@pytest.mark.parametrize(
    ("column", "values", "rows"),
    [
        ("citizenship", ["Taiwan", "Taiwan ", "taiwan", None], [1, 2]),
        ("ethnicity", ["Uyghur", "Tibetan", "tibetan", "Tibetan"], [2]),
        ("person_id", ["p1", "P1", "p2", "p3"], [1]),
    ],
)
def test_a_cohort_tells_of_covariates_and_keys(column, values, rows):
    c = made(**{column: values})
    assert c.warnings["row"].tolist() == rows
    assert c.warnings["value"].tolist() == [values[r] for r in rows]
    assert c.warnings["column"].unique().tolist() == [column]
    assert (
        c.warnings["message"].str.contains(f"spelled otherwise than '{values[0] if rows[0] == 1 else values[1]}'").all()
    )
    assert c.warnings["remedy"].str.startswith("Write '").all()
    assert f"{len(rows)} word{'s' * (len(rows) > 1)} in another spelling, see .warnings" in repr(c)
    assert "spelled in two ways" in c._repr_html_()


def test_columns_that_are_added_are_told_of_too():
    c = made()
    frame = pd.DataFrame({"case_id": list("abcd"), "group": ["A", "A ", "B", "B"], "n": [1, 2, 3, 4]})
    for more in (
        c.with_covariates(frame),
        c.assign(group=["A", "A ", "B", "B"]),
        c.assign(group=lambda s: ["A", "A ", "B", "B"]),
    ):
        assert more.warnings[["row", "column", "value"]].to_numpy().tolist() == [[1, "group", "A "]]
        assert len(more.split(calendar="Y").warnings) == 1
    assert len(c.warnings) == 0
    again = c.assign(group=["A", "A ", "B", "B"]).assign(group=["A", "A ", "B", "B"])
    assert len(again.warnings) == 1


def test_a_key_in_another_spelling_joins_nothing_and_is_told():
    frame = pd.DataFrame({"case_id": ["a", "b", "C ", "d"], "x": [1.0, 2.0, 3.0, 4.0]})
    more = made().with_covariates(frame)
    assert more.spells["x"].isna().tolist() == [False, False, True, False]
    assert more.warnings[["table", "row", "value"]].to_numpy().tolist() == [["covariates", 2, "C "]]
    assert "spelled otherwise than 'c' of the spells" in more.warnings["message"][0]


def test_kinds_of_events_of_ones_own_are_told_of():
    events = pd.DataFrame({"date": ["2012-01-01", "2013-01-01"], "kind": ["visit", "Visit"]})
    exposed = made().expose(events, by="kind")
    assert exposed.warnings[["table", "row", "column", "value"]].to_numpy().tolist() == [["events", 1, "kind", "Visit"]]


ETHNIC = [
    ("维吾尔族", "Uyghur"), ("維吾爾族", "Uyghur"), ("维吾尔", "Uyghur"), ("藏族", "Tibetan"), ("藏", "Tibetan"),
    ("蒙古族", "Mongol"), ("汉族", "Han"), ("漢", "Han"), ("哈萨克族", "Kazakh"), ("哈薩克族", "Kazakh"),
    ("回族", "Hui"), ("满族", "Manchu"), ("滿族", "Manchu"), ("苗族", "Miao"), ("柯尔克孜族", "Kirgiz"),
    ("朝鮮族", "Korean"), ("壮族", "Zhuang"), ("彞族", "Yi"), ("鄂溫克族", "Ewenki"), ("俄羅斯族", "Russian"),
    ("土家族", "Tujia"), ("土族", "Tu"),
]  # fmt: skip


@pytest.mark.parametrize(("chinese", "english"), ETHNIC)
def test_the_english_word_is_offered_for_an_ethnic_group_in_chinese(chinese, english):
    ((row, value, message, remedy),) = wrong_words([english, None, chinese, "any other"], CASES["ethnicity"])
    assert (row, value, message) == (2, chinese, "a Chinese word")
    assert remedy.startswith(f"Write '{english}'")
    with pytest.raises(cl.DataError, match=f"cases, row 1, ethnicity, '{chinese}': a Chinese word. Write '{english}'"):
        made(ethnicity=[english, chinese, None, english])


def test_every_group_has_its_word_and_no_two_share_one():
    from clemency.records.values.words import known_as, known_words
    from clemency.sources.cecc.fields import ETHNIC_GROUPS

    assert known_words(CASES["ethnicity"]) == ETHNIC_GROUPS
    assert [known_as(g, "ethnicity") for g in sorted(ETHNIC_GROUPS)] == sorted(ETHNIC_GROUPS)


def test_english_names_of_a_group_are_told_where_both_stand():
    assert len(made(ethnicity=["Uighur", "Uighur", "Tibetan", None]).warnings) == 0
    both = made(ethnicity=["Uighur", "Uyghur", "Uyghur", "Tibetan"]).warnings
    assert both[["row", "value"]].to_numpy().tolist() == [[0, "Uighur"]]
    assert "spelled otherwise than 'Uyghur'" in both["message"][0]


def test_a_folder_is_told_of_too(tmp_path):
    for name in ("cases", "acts", "sources"):
        stored = pd.read_csv(f"data/{name}.csv", dtype=str, keep_default_na=False)
        if name == "cases":
            stored.loc[1, "ethnicity"], stored.loc[2, "ethnicity"] = "维吾尔族", "TIBETAN"
        stored.to_csv(tmp_path / f"{name}.csv", index=False)
    found = cl.check(tmp_path)
    assert found[["row", "column", "value", "severity"]].to_numpy().tolist() == [
        [3, "ethnicity", "维吾尔族", "error"],
        [4, "ethnicity", "TIBETAN", "warning"],
    ]
