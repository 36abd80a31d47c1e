"""Acts coded from summaries: whose, how many, when, by how much; and what bad input does. All people are invented."""

import os
import re
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

import clemency as cl
from clemency.sources.narrative.coder import COLUMNS, code_text
from clemency.sources.narrative.patterns.table import PATTERNS
from clemency.sources.narrative.scores import score

NAME = ["Li Yiyi"]
JAILED = "On May 4, 2010, a county court sentenced Li Yiyi to 10 years in prison. "


def coded(text, names=NAME):
    return [(a[0], a[2], a[3]) for a in code_text(text, names)]


CUT, PAROLE, MEDICAL, EARLY = "sentence_reduction", "parole", "medical_parole", "early_release"

CASES = {
    "list of sizes": (
        "The court reduced the sentence of Wang Erer, Li Yiyi, and Ma Sansan by 6 months, and that of Shen Sisi by 7.",
        [(CUT, None, 6.0)],
    ),
    "possessives in a list": (
        "It reduced Wang's sentence by 6 months and 15 days, and Ma's and Li's sentence by 5 months.",
        [(CUT, None, 5.0)],
    ),
    "own share in days": (
        "It reduced Li's sentence by 6 months and 15 days, and Ma's sentence by 5 months.",
        [(CUT, None, 6.49)],
    ),
    "co-defendant": ("Authorities released Wang Erer on medical parole and held Li at a prison.", []),
    "pronoun of another": (
        "A court also sentenced Wang Erer to 5 years. Authorities reduced her sentence by 4 months.",
        [],
    ),
    "relative": ("Police detained Li's husband Wang Erer. Authorities released Wang three months early.", []),
    "same surname": ("His father Li Wuwu was also tried. A court reduced Li Wuwu's sentence by 18 months.", []),
    "surname of the last full name": (
        "Police tried Li Wuwu. Li Wuwu appealed. A court later reduced Li's sentence by 18 months.",
        [],
    ),
    "occasions": (
        "The court reduced the sentence by two years on three occasions (1989, 1991, and 1993), and by one "
        "year in 1995.",
        [(CUT, "1989", 24.0), (CUT, "1991", 24.0), (CUT, "1993", 24.0), (CUT, "1995", 12.0)],
    ),
    "total over several": (
        "Officials reduced Li's sentence in 2012 and 2014 by a total of 15 months.",
        [(CUT, "2012", None), (CUT, "2014", None)],
    ),
    "counted": ("Authorities reduced Li's sentence four times.", [(CUT, None, None)] * 4),
    "several": ("Li received several sentence reductions.", [(CUT, None, None)] * 3),
    "one by one": (
        "Li received 2 separate sentence reductions--a 10-month reduction in 2012; and 1 year in 2014.",
        [(CUT, "2012", 10.0), (CUT, "2014", 12.0)],
    ),
    "ordinal": (
        "Authorities granted Li a five-month sentence reduction. The reduction was Li's second.",
        [(CUT, None, 5.0), (CUT, None, None)],
    ),
    "new length": ("In 2012 a court reduced Li's sentence to 8 years.", [(CUT, "2012", None)]),
    "range": ("Li received a sentence reduction of 12 to 15 months.", [(CUT, None, None)]),
    "release date is not the cut's": (
        "Officials reduced his sentence by 9 months in April 2014 and released him on August 3, 2014.",
        [(CUT, "2014-04", 9.0)],
    ),
    "release after an undated cut": (
        "After a sentence reduction, authorities released Li on August 3, 2014.",
        [(CUT, None, None)],
    ),
    "one event": (
        "On May 2, 2014, authorities released Li from Test Prison 6 months before his release date, reducing "
        "his sentence for labor.",
        [(CUT, "2014-05-02", 6.0)],
    ),
    "date of a report": (
        "Test Watch reported in November 2015 that Li received a six-month reduction on August 9, 2015.",
        [(CUT, "2015-08-09", 6.0)],
    ),
    "year from the source": (
        "RFA (14 January 14) reported that Li was released early on January 12.",
        [(EARLY, "2014-01-12", None)],
    ),
    "year from the text": (
        "In March 2012 Li was ill. Authorities released Li on medical parole on June 2.",
        [(MEDICAL, "2012-06-02", None)],
    ),
    "impossible day": ("Authorities released Li early on February 29, 2011.", [(EARLY, "2011-02", None)]),
    "court orders": (
        "The Test Intermediate People's Court twice reduced his sentence (court orders (24 May 12, via CJO, "
        "8 Jun 12; 3 May 14, via CJO)).",
        [(CUT, "2012-05-24", None), (CUT, "2014-05-03", None)],
    ),
    "calendar early": ("Authorities released Li in early May 2020, and in early 2021 he moved.", []),
    "full term": ("Authorities released Li on May 3, 2020, on completion of his sentence.", []),
    "parole twice": (
        "Li was released on medical parole in 2012, returned to prison, and then released again on medical "
        "parole in 2014.",
        [(MEDICAL, "2012", None), (MEDICAL, "2014", None)],
    ),
    "told twice": (
        "Authorities released Li on medical parole in 2014. Li was released on medical parole in March 2014.",
        [(MEDICAL, "2014-03", None)],
    ),
    "two kinds in a year": (
        "Authorities released Li on medical parole on May 5, 2014. In 2014 the prison paroled Li.",
        [(MEDICAL, "2014-05-05", None), (PAROLE, "2014", None)],
    ),
    "two kinds, one undated": (
        "Authorities granted Li medical parole. In 2014 the prison paroled Li.",
        [(MEDICAL, None, None), (PAROLE, "2014", None)],
    ),
    "in a place": ("In 2014 authorities released him in Dongguan on medical parole.", [(MEDICAL, "2014", None)]),
    "from a place": (
        "In 2014 authorities released him from a hospital near Dongguan on medical parole.",
        [(MEDICAL, "2014", None)],
    ),
    "a name beside the pronoun": ("In 2014 authorities released him and Dongdong on medical parole.", []),
    "days before, a term in the words themselves": (
        "In 2012 police detained Li for 10 days. Authorities released Li in April 2014 after serving nearly four years "
        "of a ten-year sentence.",
        [(EARLY, "2014-04", None)],
    ),
    "days before, a term that was not completed": (
        "In 2012 police detained Li for 10 days. Authorities released Li in April 2014 before completing his ten-year "
        "sentence.",
        [(EARLY, "2014-04", None)],
    ),
    "a term of days in the words themselves": (
        "In 2021 police detained Li and released her in May 2021 after serving 10 days of a 15-day sentence.",
        [],
    ),
    "a term of days that was not completed": (
        "In 2021 police detained Li and released her in May 2021 before completing a 15-day term.",
        [],
    ),
    "days before, and early by months": (
        "In 2012 police detained Li for 10 days. In 2014 authorities released Li six months early.",
        [(EARLY, "2014", 6.0)],
    ),
    "days before, and early by years": (
        "In 2012 police detained Li for 10 days. Authorities released Li in 2014, two years ahead of schedule.",
        [(EARLY, "2014", 24.0)],
    ),
    "early by days": ("In 2014 authorities released Li ten days early.", [(EARLY, "2014", 0.33)]),
    "early by days from a term of days": (
        "In 2021 police ordered Li to serve 15 days' detention and released her three days early.",
        [],
    ),
    "a cut told twice": (
        "In April 2014 a court reduced Li's sentence by 6 months. Officials reduced the sentence in April 2014.",
        [(CUT, "2014-04", 6.0)],
    ),
    "before the end of a year, and sentenced anew": (
        "In 2012 authorities released Li before the end of the year and sentenced her again.",
        [],
    ),
    "before the end of a year, and resentenced to more": (
        "In 2012 authorities released Li before the end of the year and resentenced her to 15 years.",
        [],
    ),
    "unknown": ("The report did not state whether Li received a sentence reduction.", []),
    "wish": ("Supporters called for Li's release on medical parole.", []),
    "eligible": ("Li became eligible for parole in 2015.", []),
    "rights": ("A court reduced Li's term of deprivation of political rights by one year.", []),
    "refused": ("Officials refused medical parole for Li.", [("medical_parole_denied", None, None)]),
    "supposed": (
        "Authorities released Li on June 1, 2018; he may have received a sentence reduction.",
        [(CUT, None, None)],
    ),
    "on appeal": (
        "On appeal, the Intermediate People's Court reduced Li's sentence to 8 years.",
        [("reduction_on_appeal", None, 24.0)],
    ),
    "both kinds": (
        "Li's sentence was reduced to 8 years on appeal in 2010, and by another year in February 2014.",
        [("reduction_on_appeal", "2010", 24.0), (CUT, "2014-02", 12.0)],
    ),
    "on appeal, told twice": (
        "On July 11, 2010, the High Court resentenced Li to seven years. The sentence was reduced on appeal.",
        [("reduction_on_appeal", "2010-07-11", 36.0)],
    ),
    "extended": ("In 2012 officials extended Li's sentence by two years.", [("sentence_extension", "2012", 24.0)]),
}


@pytest.mark.parametrize("case", CASES, ids=str)
def test_constructions(case):
    text, want = CASES[case]
    assert sorted(coded(JAILED + text), key=str) == sorted(want, key=str)


@pytest.mark.parametrize(
    ("text", "want"),
    [
        (
            "A court sentenced Li Yiyi to death with a two-year reprieve. In 1991 the sentence was commuted to life "
            "imprisonment, and in April 1993 to a fixed term of 20 years.",
            [("commutation_death_to_life", "1991"), ("commutation_life_to_fixed", "1993-04")],
        ),
        (
            "A court sentenced Li Yiyi to death with a two-year reprieve. In 1991 a court commuted his "
            "sentence to 18 years.",
            [("commutation_death_to_fixed", "1991")],
        ),
        (
            "A court sentenced Li Yiyi to life imprisonment. A life sentence may be commuted to fixed-term "
            "imprisonment "
            "of up to 20 years. In 1995 a court commuted Li's sentence to a fixed term and then reduced it twice.",
            [("commutation_life_to_fixed", "1995"), (CUT, None), (CUT, None)],
        ),
        ("Li Yiyi was sentenced to death. A reprieved death sentence will in most cases be commuted to life.", []),
    ],
)
def test_commutations(text, want):
    assert [(a[0], a[1]) for a in coded(text)] == want


def test_detention_before_trial_and_of_days_is_no_sentence():
    assert coded("Police detained Li Yiyi and released her on bail due to poor health.") == []
    assert (
        coded("Police ordered Li Yiyi to serve 15 days' administrative detention and released her 3 days early.") == []
    )


def test_places_are_those_of_the_text_given():
    text = (
        JAILED
        + 'A <a href="x">court</a>&nbsp;reduced Li\u2019s  sentence (<b>RFA</b>, 3 May 16) by 6 months &amp; more.'
    )
    ((kind, granted, _, months, _, start, end, _),) = code_text(text, NAME)
    assert (kind, granted, months) == (CUT, True, 6.0)
    assert text[start:end].startswith("reduced Li\u2019s  sentence")
    assert text[start:end].rstrip(".").endswith("more")


def test_names_in_other_forms():
    cut = "A court sentenced {0} to 9 years. In 2012 a court reduced {1}'s sentence by 3 months."
    want = [(CUT, "2012", 3.0)]
    assert coded(cut.format("Tenzin Testpa", "Tenzin Testpa"), ["Tenzin Tespa"]) == want
    assert coded(cut.format("Jude Li", "Li"), ["Li Yiyi"]) == want
    assert coded(cut.format("Old Tiger", "Old Tiger"), ["Li Yiyi", "Old Tiger (pen name)"]) == want
    assert coded(cut.format("He Yiyi", "He"), ["He Yiyi"]) == want
    assert coded(cut.format("Testjan Samplejan", "Samplejan"), ["Testjan Samplejan"]) == want


def frame(**columns):
    base = {"record": ["b", "a"], "name": ["Li Yiyi"] * 2, "summary": [JAILED + CASES["counted"][0], JAILED]}
    return pd.DataFrame({**base, **columns})


def test_frame_in_frame_out():
    acts = cl.code_acts(frame())
    assert tuple(acts.columns) == COLUMNS
    assert list(acts["record"]) == ["b"] * 4
    assert acts["granted"].all()
    assert set(acts["pattern"]) <= {p.id for p in PATTERNS}


def test_order_of_rows_never_matters():
    texts = [JAILED + text for text, _ in CASES.values()]
    whole = pd.DataFrame({"record": range(len(texts)), "name": "Li Yiyi", "summary": texts})
    mixed = whole.sample(frac=1, random_state=3)
    pd.testing.assert_frame_equal(cl.code_acts(whole), cl.code_acts(mixed))


def test_bad_cells_have_no_acts_and_bad_frames_are_refused():
    assert cl.code_acts(frame(summary=[np.nan, 3], name=[None, 2.5])).empty
    assert cl.code_acts(frame().iloc[:0]).empty
    with pytest.raises(cl.DataError, match="summary"):
        cl.code_acts(frame().drop(columns="summary"))
    with pytest.raises(cl.DataError, match="more than once"):
        cl.code_acts(frame(record=["a", "a"]))
    with pytest.raises(cl.DataError, match="no record number"):
        cl.code_acts(frame(record=["a", None]))


PIECES = [text for text, _ in CASES.values()] + [
    "<a href='",
    "&nbsp;",
    "(",
    ")",
    " -- ",
    "; ",
    "reduced",
    "early",
    "1989",
]


@given(st.lists(st.one_of(st.sampled_from(PIECES), st.text(max_size=20)), max_size=6), st.text(max_size=12))
def test_any_text_gives_evidence_within_its_bounds(pieces, name):
    text = "".join(pieces)
    for kind, granted, date, months, sure, start, end, pattern in code_text(text, [name, "Li Yiyi"]):
        assert 0 <= start < end <= len(text)
        assert text[start:end].strip()
        assert kind
        assert pattern
        assert sure in ("stated", "inferred")
        assert isinstance(granted, bool)
        assert date is None or len(date) in (4, 7, 9, 10)
        assert months is None or months >= 0


def archive():
    root = Path(__file__).resolve().parents[3]
    folder = Path(os.environ.get("CLEMENCY_DATA", root / ".." / "shared" / "data"))
    path = folder / "steinert2022" / "complete_pprisdat.RData"
    if not path.exists():
        pytest.skip(f"the CECC records are not at {path}; set CLEMENCY_DATA to the folder that holds steinert2022/")
    pyreadr = pytest.importorskip("pyreadr")
    raw = pyreadr.read_r(str(path))["cecc"]
    return pd.DataFrame(
        {"record": raw["CECC_record_number"], "name": raw["main.name"], "summary": raw["short_summary"].fillna("")}
    )


def test_scores_on_the_page_are_those_of_the_study():
    root = Path(__file__).resolve().parents[3]
    page = (root / "docs" / "narrative.md").read_text(encoding="utf-8")
    scores = pd.read_csv(root / "benchmarks" / "results" / "narrative.csv").query("term == 'granted'")
    shown = re.findall(
        r"^\| (.+?) \| (\d+ of \d+) \| (\d+ of \d+) \| (\d+ of \d+) \| (\d+ of \d+) \|$", page, re.MULTILINE
    )
    assert len(shown) == 6
    for sample, *cells in shown:
        found = scores[scores["sample"] == sample].set_index("measure")
        assert cells == [f"{found['right'][m]} of {found['of'][m]}" for m in ("precision", "recall", "months", "dates")]


@pytest.mark.parametrize("sample", ["a", "b", "c"])
def test_real_texts_as_coded_by_hand(sample):
    truth = pd.read_csv(Path(__file__).parents[1] / f"cecc_codes_{sample}.csv", dtype={"date": str})
    if sample == "c":
        truth = truth[~truth["like_others"]]
    records = archive()
    acts = cl.code_acts(records[records["record"].isin(truth["record"])])
    found = score(acts, truth).query("term == 'granted'").set_index("measure")["estimate"]
    assert found["precision"] >= 0.95
    assert found["recall"] >= 0.9
    assert found["months"] >= 0.95
    assert found["dates"] >= 0.95


def test_a_column_that_is_there_twice_is_named():
    frame = pd.DataFrame([["1", "A B", "Nothing.", "Nothing."]], columns=["record", "name", "summary", "summary"])
    with pytest.raises(cl.DataError, match="summary: the column is there twice"):
        cl.code_acts(frame)
