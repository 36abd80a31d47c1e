"""A ruling that comes again counts once, and the account says where it came first; all texts are made up."""

import pandas as pd
import pytest

import clemency as cl
from clemency.sources.rulings import read_rulings, simulate_rulings, write_rulings

MASKED = (
    "某省某某市中级人民法院\n刑事裁定书\n（2017）豫99刑更12号\n罪犯李某某，男，1980年1月2日出生，汉族，现在某省某某监狱服刑。\n"
    "本院认为，该犯确有悔改表现，裁定如下：\n对罪犯李某某减去有期徒刑八个月。\n本裁定送达后即发生法律效力。\n二〇一七年三月五日"
)
NAMED = MASKED.replace("李某某", "李甲乙")


def read(*texts):
    return read_rulings(pd.DataFrame({"text": list(texts)}))


def test_the_same_text_three_times_is_one_ruling():
    found = read(MASKED, MASKED.replace("\n", "  \r\n"), MASKED.replace("2017", "２０１７"))
    assert found.rulings["document"].tolist() == ["0"]
    assert found.account["status"].tolist() == ["ruling", "copy", "copy"]
    assert found.account["copy_of"].tolist()[1:] == ["0", "0"]
    assert found.account["copy_of"].isna().tolist() == [True, False, False]
    assert found.account["prisoners"].tolist() == [1, 0, 0]
    assert found.account["reason"].tolist()[1:] == ["the same text as an earlier document"] * 2
    assert set(found.evidence["document"]) == {"0"}
    assert len(found.sources) == 1
    counts = found.counts().set_index("status")
    assert counts["prisoners"].to_dict() == {"copy": 0, "ruling": 1}
    statistic = ("sentence_reductions", "national", None, "2017", 100.0, "persons", None, "official")
    columns = ["measure", "level", "province", "period", "value", "unit", "subgroup", "certainty"]
    assert cl.disclosure(found.rulings, pd.DataFrame([statistic], columns=columns))["rulings"].tolist() == [1]


@pytest.mark.parametrize("text", [MASKED, NAMED])
def test_the_same_number_and_prisoner_in_other_words(text):
    found = read(text, text.replace("该犯确有悔改表现", "罪犯确有悔改表现，可以减刑"))
    assert found.account["status"].tolist() == ["ruling", "copy"]
    assert found.account["reason"].iloc[1] == "the same number of the case and prisoner as in an earlier document"
    assert len(found.rulings) == 1
    assert (found.rulings["problems"] == "").all()


@pytest.mark.parametrize(
    ("old", "new", "column"),
    [("八个月", "九个月", "months"), ("三月五日", "三月六日", "ruling_date"), ("1980年", "1981年", "birth_date")],
)
def test_what_is_told_differently_is_kept_and_named(old, new, column):
    found = read(NAMED, NAMED.replace(old, new))
    assert found.account["status"].tolist() == ["ruling", "ruling"]
    assert found.account["copy_of"].isna().all()
    assert found.rulings["problems"].iloc[0] == ""
    said = f"case_number: an earlier document has it with this prisoner, and tells {column} differently"
    assert found.rulings["problems"].iloc[1] == said
    third = read(NAMED, NAMED.replace(old, new), NAMED.replace(old, new) + "\n书记员张三")
    assert third.account["copy_of"].tolist()[2] == "1"


def test_another_number_or_another_prisoner_is_another_ruling():
    found = read(NAMED, NAMED.replace("12号", "13号"), NAMED.replace("李甲乙", "王丙丁"))
    assert found.account["status"].tolist() == ["ruling"] * 3
    assert (found.rulings["problems"] == "").all()


def test_a_masked_name_needs_more_than_the_number():
    """Two prisoners of one masked name, in rulings that tell neither day of birth nor a date, may be two."""
    bare = MASKED.replace("1980年1月2日出生，", "").replace("\n二〇一七年三月五日", "")
    found = read(bare, bare.replace("该犯确有", "罪犯确有"))
    assert found.account["status"].tolist() == ["ruling", "ruling"]
    masked = NAMED.replace("（2017）豫99刑更12号", "（2014）某刑执字第12号")
    assert len(read(masked, masked.replace("该犯确有", "罪犯确有")).rulings) == 2


def test_what_is_no_ruling_is_never_a_copy():
    found = read("", "", "不是裁定书的文字。", "不是裁定书的文字。")
    assert found.account["status"].tolist() == ["empty", "empty", "other", "other"]
    assert found.account["copy_of"].isna().all()


def test_copies_among_files_of_one_name(tmp_path):
    """Names of files in different folders can be the same: rows are told apart by their place, not by the name."""
    for folder, text in (("a", NAMED), ("b", NAMED.replace("12号", "13号")), ("c", NAMED)):
        (tmp_path / folder).mkdir()
        (tmp_path / folder / "1.txt").write_text(text, encoding="utf-8")
    found = read_rulings([tmp_path / f / "1.txt" for f in "abc"])
    assert found.account["status"].tolist() == ["ruling", "ruling", "copy"]
    assert found.rulings["case_number"].tolist() == ["（2017）豫99刑更12号", "（2017）豫99刑更13号"]
    assert found.evidence["field"].tolist().count("case_number") == 2


def test_all_ways_to_read_count_the_same(tmp_path):
    pytest.importorskip("pyarrow")
    made = simulate_rulings(450, seed=5)
    twice = pd.concat([made, made], ignore_index=True)
    once = read_rulings(made, workers=1)
    found = read_rulings(twice, workers=2)
    for name in ("rulings", "acts", "cases", "changes", "evidence", "sources"):
        pd.testing.assert_frame_equal(getattr(once, name), getattr(found, name).iloc[: len(getattr(once, name))])
        assert len(getattr(once, name)) == len(getattr(found, name))
    assert found.account["copy_of"].tolist()[450:] == [str(i) for i in range(450)]
    assert found.account["prisoners"].sum() == len(found.rulings)
    counts = write_rulings(twice, tmp_path / "out", progress=False)
    pd.testing.assert_frame_equal(counts, found.counts())
    assert len(pd.read_parquet(tmp_path / "out" / "rulings.parquet")) == len(once.rulings)


def test_the_name_of_the_first_document_is_withheld_too():
    found = read(MASKED, MASKED).pseudonymised("sixteen characters")
    copy = found.account[found.account["status"] == "copy"].iloc[0]
    assert copy["copy_of"] == found.rulings["document"].iloc[0]
    assert copy["copy_of"] != "0"
    assert found.account["copy_of"].isna().sum() == 1


def joint(*names):
    """One ruling on two prisoners: cuts of six and nine months."""
    told = "".join(
        f"罪犯{name}，男，19{8 + i}0年1月2日出生，汉族，初中文化，现在某省某某监狱服刑。\n某省某县人民法院于2012年3月4日作出"
        f"（2012）某刑初字第{5 + i}号刑事判决，以被告人{name}犯盗窃罪，判处有期徒刑十年。刑期自2011年10月1日起至2021年9月30日止。\n"
        for i, name in enumerate(names)
    )
    one, other = (f"对罪犯{name}减去有期徒刑{months}个月" for name, months in zip(names, "六九", strict=True))
    return (
        "某省某某市中级人民法院\n刑事裁定书\n（2018）豫03刑更12号\n"
        + told
        + "执行机关某省某某监狱于2018年2月3日提出减刑建议书，"
        f"报送本院审理。\n本院认为，二罪犯确有悔改表现，裁定如下：\n一、{one}；二、{other}。\n本裁定送达后即发生法律效力。\n"
        "二〇一八年三月十五日"
    )


def test_of_a_ruling_on_several_only_those_are_left_out_who_came_before():
    alone = MASKED.replace("李某某", "李甲乙").replace("（2017）豫99刑更12号", "（2018）豫03刑更12号")
    alone = alone.replace("八个月", "六个月").replace("二〇一七年三月五日", "二〇一八年三月十五日")
    found = read(alone, joint("李甲乙", "王丙丁"))
    assert found.rulings[["document", "part", "prisoner", "months"]].to_numpy().tolist() == [
        ["0", 1, "李甲乙", 6.0],
        ["1", 2, "王丙丁", 9.0],
    ]
    row = found.account.iloc[1]
    assert (row["status"], row["prisoners"], row["copy_of"]) == ("ruling", 1, "0")
    assert row["reason"] == ("1 of its 2 prisoners: the same number of the case and prisoner as in an earlier document")
    assert set(found.evidence.loc[found.evidence["document"] == "1", "part"]) == {2}
    later = read(joint("李甲乙", "王丙丁"), alone)
    assert later.account["status"].tolist() == ["ruling", "copy"]
    assert len(later.rulings) == 2


def test_two_prisoners_of_one_name_in_one_ruling_are_two():
    text = joint("李某某", "李某某")
    found = read(text, text.replace("二罪犯确有", "两名罪犯确有"))
    assert found.rulings["months"].tolist() == [6.0, 9.0]
    assert found.account["prisoners"].tolist() == [2, 0]
