"""Every construction of names: spellings that must meet, and names that must not. The given names are made up."""

import pytest

from clemency.sources.linkage import nametables
from clemency.sources.linkage.names import characters, forms, letters, readings


def exact(text):
    return {f.exact for f in forms(text)}


def sounds(text):
    return {s for f in forms(text) for s in f.sounds}


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Wang Ceshi", "Wang Ce Shi"),
        ("Wang Ceshi", "Wang Ce-shi"),
        ("Wang Ceshi", "WANG Ceshi"),
        ("Wang Ceshi", "Wáng Cèshì"),
        ("Wang Ceshi", "Wang, Ceshi"),
        ("Wang Ceshi", "Ceshi Wang"),
        ("Wang Ceshi", "Wang Ceshi (pen name)"),
        ("Wang Xi'an", "Wang Xi’an"),
        ("Wang Xi'an", "Wang Xian"),
        ("Lü Ceshi", "Lv Ceshi"),
        ("Lü Ceshi", "Lu: Ceshi"),
        ("Lǚ Cèshì", "Lü Ceshi"),
        ("Ouyang Ceshi", "Ou Yang Ceshi"),
        ("Ouyang Ceshi", "Ceshi Ouyang"),
        ("Sima Ceshi", "Si-ma Ceshi"),
        ("James Su Ceshi", "Su Ceshi"),
        ("Muhammad Jan", "Muhammadjan"),
    ],
)
def test_spellings_that_are_one_name_to_the_letter(one, other):
    assert exact(one) & exact(other)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Lü Ceshi", "Lu Ceshi"),
        ("Chang Ch'ing-kuo", "Zhang Qingguo"),
        ("Hsu Chih-ming", "Xu Zhiming"),
        ("Chou Tzu-lieh", "Zhou Zilie"),
        ("Ho Po-lo", "He Boluo"),
        ("Hsu Chü-yüan", "Xu Juyuan"),
        ("Jiang Jen-shih", "Jiang Renshi"),
        ("Tenzin Ceshi", "Tenzen Ceshi"),
        ("Tenzin", "Tendzin"),
        ("Lobsang Gyatso", "Losang Gyatso"),
        ("Lobsang Gyatso", "Lobzang Gyamtso"),
        ("Lobsang Tenzin", "Luosang Danzeng"),
        ("Kelsang Dolma", "Kalsang Drolma"),
        ("Kunchok Phuntsok", "Konchog Phuntsog"),
        ("Tashi Dhondup", "Zhaxi Dunzhu"),
        ("Ngawang Trinley", "Ngawang Thinlay"),
        ("Tenzin Nyima Rinpoche", "Tenzin Nyima"),
        ("Ilham Tohti", "Yilihamu Tuheti"),
        ("Muhammad Imin", "Memet Imin"),
        ("Mehmet Yiming", "Muhemmet Imin"),
        ("Abdul Ghani", "Abdughani"),
        ("Abdulreshid Obul", "Abdureshit Wubuli"),
        ("Tursunjan Obul", "Tursun Jan Obul"),
    ],
)
def test_romanisations_that_sound_alike(one, other):
    assert sounds(one) & sounds(other)


@pytest.mark.parametrize(
    ("text", "pinyin"),
    [
        ("王小明", "Wang Xiaoming"),
        ("欧阳小明", "Ouyang Xiaoming"),
        ("歐陽小明", "Ouyang Xiaoming"),
        ("吕小明", "Lü Xiaoming"),
        ("单小明", "Shan Xiaoming"),
        ("解小明", "Xie Xiaoming"),
        ("覃小明", "Tan Xiaoming"),
        ("覃小明", "Qin Xiaoming"),
        ("王长乐", "Wang Changle"),
        ("洛桑旦增", "Lobsang Tenzin"),
        ("伊力哈木·吐赫提", "Ilham Tohti"),
    ],
)
def test_characters_meet_their_romanisation(text, pinyin):
    assert sounds(text) & sounds(pinyin)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Wang Ceshi", "Wang Cesi"),
        ("Wang Ceshi", "Huang Ceshi"),
        ("Fang An", "Fan Gan"),
        ("Tenzin", "Tsering"),
        ("Lobsang Tenzin", "Tenzin Lobsang"),
        ("Jigme", "Chime"),
        ("Ilham Tohti", "Ilham Tursun"),
        ("Mao Tse-tung", "Wang Ceshi"),
    ],
)
def test_names_that_differ(one, other):
    assert not exact(one) & exact(other)
    assert not sounds(one) & sounds(other)


def test_a_name_of_two_surnames_can_be_turned_but_is_not_taken_for_the_other():
    one, other = forms("Wei Wang")[0], forms("Wang Wei")[0]
    assert one.exact != other.exact
    assert set(one.turned) == set(other.sounds)


def test_a_comma_says_which_word_is_the_surname():
    assert forms("Wei, Wang")[0].turned == {}
    assert exact("Li, Ou Yang") == {"li|ouyang"}
    assert exact("Li Ou Yang") == {"ouyang|li"}  # without a comma, the surname of two syllables comes last


def test_parts_of_a_sound_key_are_its_words():
    assert forms("Wang Ceshi")[0].sounds == {"zh:wang|ceshi": ("zh:wang|", "zh:|ceshi")}


@pytest.mark.parametrize("text", ["", "???", "??(?)", " - ", "(pen name)"])
def test_no_letters_no_form(text):
    assert forms(text) == ()


def test_traditional_characters_become_simplified():
    assert characters("張偉國") == characters("张伟国") == "张伟国"
    assert len(nametables.TRADITIONAL) > 600


def test_no_spelling_belongs_to_two_names():
    for kind in ("tibetan", "turkic", "simplified"):
        variants = [v for several in nametables._lists(kind).values() for v in several]
        assert len(variants) == len(set(variants))
        assert not set(variants) & nametables._names(kind)


def test_letters_keep_no_marks():
    assert letters("Ömer Gülnar Nüwa") == "omer gulnar nuwa".replace("nuwa", letters("Nüwa"))
    assert readings("no characters") == []
