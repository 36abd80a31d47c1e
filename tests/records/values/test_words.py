"""Words of the vocabularies: what is not one is refused, and the word that is meant is offered, never taken."""

import numpy as np
import pandas as pd
import pytest

import clemency as cl
from clemency.records.schema import ACTS, CASES, EVENTS, TABLES
from clemency.records.values.words import empty_rows, fold, known_words, remedy, wrong_words

CERTAIN = [
    (CASES["status"], "died", "Write 'died_in_custody' if the sentence was still running."),
    (CASES["status"], "Died_in_custody", "Write 'died_in_custody'."),
    (CASES["status"], "died in prison", "Write 'died_in_custody'."),
    (CASES["status"], "死亡", "Write 'died_in_custody' if the sentence was still running."),
    (CASES["status"], "serving ", "Write 'serving'."),
    (CASES["status"], "imprisoned", "Write 'serving'."),
    (CASES["status"], "刑满释放", "Write 'released_on_expiry'."),
    (CASES["status"], "paroled", "Write 'parole'."),
    (ACTS["act_type"], "减刑", "Write 'sentence_reduction'."),
    (ACTS["act_type"], "減刑", "Write 'sentence_reduction'."),
    (ACTS["act_type"], "假释", "Write 'parole'."),
    (ACTS["act_type"], "保外就医", "Write 'medical_parole'."),
    (ACTS["act_type"], "暂予监外执行", "Write 'medical_parole' if its ground was illness."),
    (ACTS["act_type"], "特赦", "Write 'special_pardon'."),
    (ACTS["act_type"], "不予减刑", "Write 'reduction_denied'."),
    (ACTS["act_type"], "无期减为有期", "Write 'commutation_life_to_fixed'."),
    (ACTS["act_type"], "Sentence Reduction", "Write 'sentence_reduction'."),
    (ACTS["act_type"], "medical-parole", "Write 'medical_parole'."),
    (ACTS["act_type"], "pardon", "Write 'special_pardon'."),
    (CASES["sex"], "male", "Write 'M'."),
    (CASES["sex"], "f", "Write 'F'."),
    (CASES["sex"], "男", "Write 'M'."),
    (CASES["sex"], "女", "Write 'F'."),
    (CASES["sentence_type"], "有期徒刑", "Write 'fixed'."),
    (CASES["sentence_type"], "死缓", "Write 'death_reprieve'."),
    (CASES["sentence_type"], "Life imprisonment", "Write 'life'."),
    (CASES["charge_family"], "ESS", "Write 'endangering_state_security'."),
    (ACTS["scope"], "Total", "Write 'total'."),
    (ACTS["date_basis"], "ruling", "Write 'act'."),
    (EVENTS["partner"], "United States", "Write 'US'."),
    (EVENTS["partner"], "美国", "Write 'US'."),
    (EVENTS["event_type"], "Arms sales", "Write 'arms_sale'."),
    (CASES["region"], "港澳台", "Write 'Hong Kong, Macau and Taiwan'."),
    (CASES["province"], "Xinjiang", "Write CN-XJ, the ISO code of Xinjiang."),
    (CASES["province"], "新疆", "Write CN-XJ, the ISO code of Xinjiang."),
    (CASES["province"], "新疆维吾尔自治区", "Write CN-XJ, the ISO code of Xinjiang."),
    (CASES["province"], "Guangdong Province", "Write CN-GD, the ISO code of Guangdong."),
    (CASES["province"], "廣東省", "Write CN-GD, the ISO code of Guangdong."),
    (CASES["province"], "Shanxi", "Write CN-SX, the ISO code of Shanxi."),
    (CASES["province"], "Shaanxi", "Write CN-SN, the ISO code of Shaanxi."),
    (CASES["province"], "xj", "Write CN-XJ, the ISO code of Xinjiang."),
    (CASES["province"], "Tibet Autonomous Region", "Write CN-XZ, the ISO code of Tibet."),
    (CASES["province"], "京", "Write CN-BJ, the ISO code of Beijing."),
]


@pytest.mark.parametrize(("column", "said", "offered"), CERTAIN, ids=[f"{c.name}-{s}" for c, s, _ in CERTAIN])
def test_what_is_meant_for_certain_is_offered(column, said, offered):
    assert remedy(said, column).startswith(offered)
    assert [w[:2] for w in wrong_words(["", said, None], column)] == [(1, said)]


@pytest.mark.parametrize(
    ("column", "said", "offered"),
    [
        (CASES["status"], "relased", "Did you mean 'released'? "),
        (ACTS["act_type"], "sentence_reducton", "Did you mean 'sentence_reduction'? "),
        (ACTS["act_type"], "medical", "Did you mean 'medical_parole' or 'medical_parole_denied'? "),
        (EVENTS["event_type"], "sumit", "Did you mean 'summit'? "),
        (EVENTS["event_type"], "visit", "Did you mean 'state_visit' or 'high_level_visit'? "),
        (CASES["province"], "Shanxxi", "Did you mean CN-SX (Shanxi) or CN-SN (Shaanxi)? "),
        (CASES["province"], "Atlantis", "Write the ISO code of a province, such as CN-XJ for Xinjiang"),
        (CASES["sex"], "x", "Allowed: F, M; or leave it empty."),
        (CASES["sex"], "mf", "Allowed: F, M; or leave it empty."),  # as near to either: two letters tell nothing
        (CASES["sex"], "mx", "Allowed: F, M; or leave it empty."),
        (CASES["sentence_type"], "lif", "Did you mean 'life'? Allowed: "),
        (CASES["status"], "gone fishing", "Allowed: serving, "),
    ],
)
def test_the_nearest_words_are_offered_where_nothing_is_certain(column, said, offered):
    assert remedy(said, column).startswith(offered)


def test_words_of_another_table_are_not_offered():
    """`certainty` has other words in the official statistics than among acts."""
    assert remedy("likely", ACTS["certainty"]).startswith("Write 'inferred'.")
    assert remedy("likely", TABLES["statistics"]["certainty"]).startswith("Allowed: official")


def test_every_province_is_known_by_each_of_its_names():
    table = cl.load("provinces")
    asked = [(r.province, name) for r in table.itertuples() for name in (r.name, r.name_zh, r.court_abbreviation)]
    assert len(asked) == 3 * 34
    said = [remedy(name, CASES["province"]) for _, name in asked]
    assert said == [f"Write {code}, the ISO code of {table.set_index('province')['name'][code]}." for code, _ in asked]


def test_words_are_offered_only_if_they_are_words():
    """A row of the list of synonyms whose word is in no vocabulary would send people in circles."""
    import csv
    from pathlib import Path

    with (Path(cl.records.__file__).parent / "values" / "synonyms.csv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    assert len(rows) > 80
    columns = [c for t in TABLES.values() for c in t.columns if c.kind == "category"]
    words = {r["column"]: set().union(*(known_words(c) for c in columns if c.name == r["column"])) for r in rows}
    strange = [r for r in rows if not {r["word"], r["word"].split(" ")[0].rstrip(",")} & words[r["column"]]]
    assert strange == []
    said = [(r["column"], s) for r in rows for s in r["said"].split("; ")]
    assert all(s == fold(s) for _, s in said), [s for _, s in said if s != fold(s)]
    assert len(said) == len(set(said)), "one text stands for two words"


@pytest.mark.parametrize("dtype", [object, "string", "category", "string[pyarrow]", "dictionary"])
def test_storage_does_not_matter(dtype):
    if "pyarrow" in str(dtype) or dtype == "dictionary":
        pa = pytest.importorskip("pyarrow")
        dtype = pd.ArrowDtype(pa.dictionary(pa.int32(), pa.string())) if dtype == "dictionary" else dtype
    column = pd.Series(["serving", None, "died", "serving"]).astype(dtype)
    assert [w[:2] for w in wrong_words(column, CASES["status"])] == [(2, "died")]
    assert empty_rows(column).tolist() == [1]


def test_what_is_no_text_is_no_word():
    odd = pd.Series(["serving", 1, True, ["serving"], np.nan, ("died",)], dtype=object)
    assert [w[0] for w in wrong_words(odd, CASES["status"])] == [1, 2, 3, 5]
    assert wrong_words(pd.Series([1.0, 0.0]), CASES["sex"])[0][1] == "1.0"


def test_unused_levels_of_a_categorical_are_not_looked_at():
    column = pd.Categorical(["M", "F"], categories=["M", "F", "male"])
    assert wrong_words(pd.Series(column), CASES["sex"]) == []
