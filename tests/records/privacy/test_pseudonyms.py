"""What pseudonymise gives names nobody: for every shipped table, and for texts that hold names."""

import re
import shutil
import unicodedata

import numpy as np
import pandas as pd
import pytest

import clemency as cl
from clemency.records.environment.datafolder import data_folder
from clemency.records.privacy.withholding import Withholder
from clemency.records.schema import TABLES

SECRET = "a secret of enough letters"


def names(columns):
    """Names in the shipped cases of more than one letter, each text of a list by itself."""
    cells = pd.concat([cl.load("cases")[c].dropna().astype(str) for c in columns]).str.split(";").explode().str.strip()
    return sorted({name for name in cells if len(name) > 1})


PEOPLE, PLACES = names(["name", "name_zh", "aliases"]), names(["prison", "court"])


@pytest.mark.parametrize("table", TABLES)
def test_no_name_stands_in_any_cell_of_any_table(table):
    rows = cl.load(table)
    hidden = cl.pseudonymise(rows, SECRET)
    assert len(hidden) == len(rows)
    cells = "\n".join(text for column in hidden for text in hidden[column].dropna().astype(str).unique())
    assert len(cells) > 100
    assert [name for name in [*PEOPLE, *PLACES] if name in cells] == []


@pytest.mark.parametrize("table", ["cases", "acts", "events", "sources"])
def test_no_key_of_a_row_is_left(table):
    rows = cl.load(table)
    key = TABLES[table].key
    hidden = cl.pseudonymise(rows, SECRET)
    assert hidden[key].str.fullmatch("[0-9a-f]{12}").all()
    assert hidden[key].is_unique
    assert not set(hidden[key]) & set(rows[key])


# What is left of the tables that have a row for a person or an act, bounds of dates and derived columns apart. Whoever
# adds a column to a table decides here whether it can tell who somebody is.
LEFT = {
    "cases": {
        *("case_id", "person_id", "sex", "ethnicity", "citizenship", "birth_date", "province", "charge", "charge_ids"),
        *("charge_ids_derived", "detention_date", "sentence_date", "sentence_type", "sentence_months", "status"),
        *("status_date", "destination", "seen_date", "seen_basis", "raised_date", "political", "frame", "known_from"),
        "inferred",
    },
    "acts": {
        *("act_id", "case_id", "act_type", "act_date", "date_basis", "months", "term_after", "scope", "n_acts"),
        *("authority", "destination", "certainty"),
    },
}  # fmt: skip


@pytest.mark.parametrize("table", LEFT)
def test_every_column_that_is_left_has_been_looked_at(table):
    """The number of a record leads to a page with the name: it was left when the column came into the cases."""
    hidden = cl.pseudonymise(cl.load(table), SECRET)
    stored = {c.name for c in TABLES[table].columns if not c.derived}
    assert set(hidden) & stored == LEFT[table]


def test_no_number_of_a_record_is_left():
    rows = cl.load("cases")
    numbers = rows["cecc_record"].dropna().str.split().explode().unique()
    assert len(numbers) > 100
    cells = "\n".join(map(str, cl.pseudonymise(rows, SECRET).to_numpy().ravel()))
    assert [number for number in numbers if number in cells] == []


def test_names_that_have_left_the_shipped_tables_are_withheld(tmp_path, monkeypatch):
    folder = tmp_path / "data"
    shutil.copytree(data_folder(), folder, ignore=shutil.ignore_patterns("build"))
    cases = pd.read_csv(folder / "cases.csv", dtype=str, keep_default_na=False)
    gone = cl.load("cases", edition="2026.11").iloc[0]
    cases[cases["case_id"] != gone["case_id"]].assign(name="Somebody").to_csv(folder / "cases.csv", index=False)
    monkeypatch.setattr("clemency.records.environment.datafolder._shipped", lambda: folder)
    acts = pd.DataFrame({"act_id": ["a"], "note": [f"told by {gone['name']}"]})
    assert cl.pseudonymise(acts, SECRET, keep=["note"])["note"].tolist() == ["told by [withheld]"]


def test_the_counts_of_people_and_places_are_those_of_the_files():
    assert len(PEOPLE) > 1_000
    assert len(PLACES) > 200


def test_of_an_authority_its_kind_is_left():
    acts = pd.DataFrame(
        {
            "act_id": list("abcdefghijklm"),
            "authority": [
                "Lhasa Intermediate People's Court",
                "Beijing Higher People's Court",
                "Xinjiang High People's Court",
                "Daqing Ranghulu District People's Court",
                "Supreme People's Court",
                "Warden of TAR Prison (Drapchi)",
                "Hebei Prison Administration Bureau",
                "prosecutor at Jilin No. 2 Prison",
                "Ministry of Justice",
                "Dalian Judicial Bureau",
                "拉萨市中级人民法院",
                "Somebody in Lhasa",
                None,
            ],
        }
    )
    hidden = cl.pseudonymise(acts.assign(months=range(13)), SECRET).sort_values("months")
    assert hidden["authority"].iloc[:12].tolist() == [
        "intermediate court",
        "high court",
        "high court",
        "court",
        "supreme court",
        "prison",
        "prison administration",
        "procuratorate",
        "ministry of justice",
        "judicial bureau",
        "intermediate court",
        "other",
    ]
    assert pd.isna(hidden["authority"].iloc[12])


@pytest.mark.parametrize(
    ("authority", "kind"),
    [
        ("Test Municipal RTL Committee", "reeducation committee"),
        ("Test City Re-education Through Labour Administrative Commission", "reeducation committee"),
        ("测试市劳动教养管理委员会", "reeducation committee"),
        ("Test Reeducation Through Labor Camp", "prison"),
        ("Test RTL centre", "prison"),
        ("测试劳教所", "prison"),
        ("Test District Political and Legal Affairs Commission", "party committee"),
        ("测试区委政法委", "party committee"),
        ("Test authorities", "authorities"),
        ("Test Provincial Government", "authorities"),
        ("Test Court officials", "court"),
        ("Test Public Security Bureau officials", "public security"),
        ("Ministry of Justice officials", "ministry of justice"),
        ("Somebody of Test Province", "other"),
    ],
)
def test_the_first_word_that_fits_gives_the_kind(authority, kind):
    acts = pd.DataFrame({"act_id": ["a"], "authority": [authority]})
    assert cl.pseudonymise(acts, SECRET)["authority"].tolist() == [kind]


def test_the_shipped_authorities_all_have_a_kind():
    hidden = cl.pseudonymise(cl.load("acts"), SECRET)["authority"].dropna()
    assert len(hidden) == cl.load("acts")["authority"].notna().sum()
    assert "other" not in set(hidden)


def test_names_in_texts_that_stay_are_withheld():
    cases = pd.DataFrame(
        {
            "case_id": ["a", "b"],
            "name": ["Test Person", "Test Person Junior"],
            "name_zh": ["测试人", None],
            "aliases": ["Somebody; Other Name", None],
            "prison": ["Test No. 2 Prison", None],
            "charge": [
                "letters for Test Person Junior; 测试人案",
                "helping SOMEBODY in Test No. 2 prison, and Person Test",
            ],
            "sentence_months": [12.0, 24.0],
        }
    )
    hidden = cl.pseudonymise(cases, SECRET).sort_values("sentence_months")
    assert hidden.columns.tolist() == ["case_id", "charge", "sentence_months"]
    assert hidden["charge"].tolist() == [
        "letters for [withheld]; [withheld]案",
        "helping [withheld] in [withheld], and [withheld]",
    ]


def test_names_of_the_shipped_cases_are_withheld_in_acts_too():
    name = cl.load("cases")["name"].iloc[0]
    acts = pd.DataFrame({"act_id": ["a"], "note": [f"told by {name.upper()}"]})
    assert "note" not in cl.pseudonymise(acts, SECRET)
    assert cl.pseudonymise(acts, SECRET, keep=["note"])["note"].tolist() == ["told by [withheld]"]


def test_columns_of_ones_own_are_refused_unless_they_are_kept():
    cases = cl.load("cases").assign(phone="1", wave=3)
    with pytest.raises(cl.UsageError, match=r"column phone, wave\. Drop it"):
        cl.pseudonymise(cases, SECRET)
    hidden = cl.pseudonymise(cases, SECRET, keep=["wave", "phone"])
    assert hidden["wave"].tolist() == [3] * len(cases)
    with pytest.raises(cl.UsageError, match="keep= names village"):
        cl.pseudonymise(cases, SECRET, keep=["village"])
    with pytest.raises(cl.UsageError, match="sex stands twice"):
        cl.pseudonymise(pd.concat([cl.load("cases"), cl.load("cases")[["sex"]]], axis=1), SECRET)


def test_neither_order_nor_index_tells_who_they_are():
    cases = cl.load("cases")
    hidden = cl.pseudonymise(cases.set_index("name", drop=False), SECRET)
    assert hidden["case_id"].is_monotonic_increasing
    assert hidden.index.equals(pd.RangeIndex(len(cases)))
    turned = cl.pseudonymise(cases.iloc[::-1], SECRET)
    pd.testing.assert_frame_equal(turned, hidden)


def test_spells_of_a_cohort_are_taken():
    spells = cl.cohort(cl.load("cases"), cl.load("acts"), outcome=["sentence_reduction"], until="2017-06-30").spells
    hidden = cl.pseudonymise(spells, SECRET)
    assert set(spells) - set(hidden) == {"name"}
    assert sorted(hidden["exit"]) == sorted(spells["exit"])


@pytest.mark.parametrize("secret", ["short", "", None, 1234567890123456])
def test_a_secret_that_protects_nobody_is_refused(secret):
    with pytest.raises(cl.UsageError, match="16 characters"):
        cl.pseudonymise(cl.load("acts"), secret)


@pytest.mark.parametrize(
    ("text", "left"),
    [
        ("Lǚ Gěngsōng, LU GENGSONG", "[withheld], [withheld]"),
        (unicodedata.normalize("NFD", "for Lǚ Gěngsōng."), "for [withheld]."),
        ("Gengsong Lu-Lu Geng-song", "[withheld]-Lu Geng-song"),  # whole words: Gengsong is not Geng song
        ("in Weiß and Wei's", "in Weiß and [withheld]'s"),
        ("江天勇案与江天", "[withheld]案与江天"),
        ("Wei江天勇", "[withheld][withheld]"),
        ("nobody", "nobody"),
        ("", ""),
    ],
)
def test_names_are_whole_words_in_any_dress(text, left):
    assert Withholder(["Lǚ Gěngsōng", "江天勇", "Wei", "A"])(text) == left


def test_the_longest_name_goes():
    withhold = Withholder(["Li", "Li Na", "Li Na Prison", "Na Prison No. 2"])
    assert withhold("Li Na Prison No. 2, Li Na, Li") == "[withheld] No. 2, [withheld], [withheld]"


def test_long_texts_and_names_end():
    withhold = Withholder(["A a " * 50_000, "B" * 100_000, "a" + "\u0301\u0316" * 50_000])
    text = "A a " * 25_000
    assert re.sub(r"\[withheld\]|[Aa ]", "", withhold(text)) == ""
    assert withhold("a" + "\u0301\u0316" * 50_000 + " nobody").endswith(" nobody")


def test_numbers_of_another_byte_order_are_the_same_numbers():
    rows = pd.DataFrame({"case_id": ["a-1", "b-2"], "sentence_months": np.array([12.0, 96.0], dtype=">f8")})
    hidden = cl.pseudonymise(rows, secret="sixteen letters!")
    assert sorted(hidden["sentence_months"]) == [12.0, 96.0]
