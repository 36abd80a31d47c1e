"""Three messy workbooks of made-up records; ``python made_up_workbooks.py FOLDER`` writes them.

Nobody in them exists: people are called Case 01 or 甲某, and every value is drawn with a fixed seed. `people` gives
what the maker of each sheet meant.
"""

import csv
import datetime
import random
import sys
from pathlib import Path

import xlsxwriter

PEOPLE = 60
CHINESE = "甲乙丙丁戊己庚辛壬癸"
TERMS = {
    72.0: ("6 years", "6y", "六年", "72 months", "6 yrs", "有期徒刑六年"),
    75.0: ("6y3m", "6 years 3 months", "六年三个月", "6 yrs 3 mos"),
    36.0: ("3 years", "three years", "3年", "36 months"),
    126.0: ("10.5 years", "10 years and 6 months", "十年六个月", "10y6m"),
    180.0: ("15 years", "15y", "十五年", "15 years' imprisonment"),
}
OTHER = {
    "life": ("life", "无期徒刑", "Life imprisonment"),
    "death_reprieve": ("死缓", "suspended death sentence", "death with reprieve"),
}
CHARGES = {
    "CL97-103(1)": ("分裂国家罪", "splittism", "Art. 103(1)", "第一百零三条第一款"),
    "CL97-103(2)": ("103(2)", "inciting splittism", "煽动分裂国家罪", "Article 103, para 2"),
    "CL97-105(2)": ("Art. 105(2)", "inciting subversion", "煽动颠覆国家政权", "incitement to subvert state power"),
    "CL97-300(1)": ("Falun Gong", "using a cult", "Art. 300(1)"),
    "CL97-293": ("寻衅滋事", "picking quarrels", "Art 293"),
}
PROVINCES = {
    "CN-XJ": ("XUAR", "Xinjiang", "新疆", "Kashgar", "Ürümqi, Xinjiang"),
    "CN-XZ": ("TAR", "Tibet", "西藏自治区", "Lhasa"),
    "CN-SC": ("Sichuan", "四川省", "Chengdu", "四川省成都市"),
    "CN-GD": ("Guangdong", "广东", "Canton", "Shenzhen"),
    "CN-BJ": ("Beijing", "北京市", "Peking"),
}
MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")


def date_as(form, year, month, day):
    """A date in one of the forms that people write, and what it means."""
    forms = {
        "iso": (f"{year}-{month:02d}-{day:02d}", f"{year}-{month:02d}-{day:02d}"),
        "slashed": (f"{year}/{month}/{day}", f"{year}-{month:02d}-{day:02d}"),
        "chinese": (f"{year}年{month}月{day}日", f"{year}-{month:02d}-{day:02d}"),
        "named": (f"{day} {MONTHS[month - 1]} {year}", f"{year}-{month:02d}-{day:02d}"),
        "month": (f"{MONTHS[month - 1]} {year}", f"{year}-{month:02d}"),
        "chinese month": (f"{year}年{month}月", f"{year}-{month:02d}"),
        "year": (str(year), str(year)),
        "day first": (f"{day:02d}/{month:02d}/{year}", f"{year}-{month:02d}-{day:02d}"),
    }
    return forms[form]


def people(seed, forms):
    """Made-up people: what their sheet says of each, and what is meant."""
    draw = random.Random(seed)
    rows = []
    for n in range(PEOPLE):
        held = draw.randrange(1998, 2012)
        kind = draw.choices(("fixed", "life", "death_reprieve"), (55, 3, 2))[0]
        months = draw.choice(list(TERMS)) if kind == "fixed" else None
        sentence = date_as(draw.choice(forms), held + 1, draw.randrange(1, 13), draw.randrange(1, 29))
        charge, province = draw.choice(list(CHARGES)), draw.choice(list(PROVINCES))
        cuts = draw.choice((0, 0, 1, 2)) if kind == "fixed" and months > 36 else 0
        acts = [
            (
                date_as(draw.choice(forms), held + 2 + 2 * k, draw.randrange(1, 13), draw.randrange(1, 29)),
                draw.randrange(6, 13),
            )
            for k in range(cuts)
        ]
        rows.append(
            {
                "name": f"Case {n + 1:02d}",
                "name_zh": f"{CHINESE[n % 10]}某{'某' * (n % 2)}",
                "born": 1940 + draw.randrange(50),
                "detained": date_as(draw.choice(forms), held, draw.randrange(1, 13), draw.randrange(1, 29)),
                "sentenced": sentence,
                "kind": kind,
                "months": months,
                "term": draw.choice(TERMS[months] if kind == "fixed" else OTHER[kind]),
                "charge": (draw.choice(CHARGES[charge]), charge),
                "province": (draw.choice(PROVINCES[province]), province),
                "acts": acts,
                "released": date_as("iso", held + 7, 6, 1) if n % 3 == 0 and kind == "fixed" else None,
                "sex": ("F", "女", "female")[n % 3] if n % 4 == 0 else ("M", "男", "Male")[n % 3],
            }
        )
    return rows


def english_rows():
    """Header and rows of a researcher's sheet with acts in numbered columns, and the people that are meant."""
    rows = people(1, ("iso", "slashed", "named", "month", "year", "day first"))
    header = "Name|姓名|DOB|Detained|Sentenced|Term|Charge|Prov|Red1 date|Red1|Red2 date|Red2|Medical parole|Released|Notes|Sex"
    table = [header.split("|")]
    for i, p in enumerate(rows, 3):
        cuts = [*p["acts"], (("", ""), ""), (("", ""), "")][:2]
        units = ["" if m == "" else m if i % 2 else f"{m} months" for _, m in cuts]
        told = [
            p["name"],
            p["name_zh"],
            float(p["born"]),
            p["detained"][0],
            p["sentenced"][0],
            p["term"],
            p["charge"][0],
        ]
        told += [p["province"][0], cuts[0][0][0], units[0], cuts[1][0][0], units[1]]
        told += ["2012-05" if i == 10 else "no" if i == 11 else "", (p["released"] or ("",))[0], "made up", p["sex"]]
        table.append(told)
    return table, rows


def english_wide(path):
    """The researcher's sheet: a title above, totals and a remark below, a hidden column."""
    table, rows = english_rows()
    with xlsxwriter.Workbook(str(path)) as book:
        sheet = book.add_worksheet("Prisoners")
        book.add_worksheet("Scratch").write(0, 0, "to do")
        sheet.write(0, 0, "Made-up records for tests (nobody in them exists)")
        for i, told in enumerate(table, 2):
            sheet.write_row(i, 0, told)
        end = 3 + len(rows)
        sheet.write_row(end, 0, ["Total", "", "", "", "", "", "", "", "", 123])
        sheet.write(end + 1, 0, "Source: drawn by a script")
        sheet.set_column(15, 15, 8, None, {"hidden": True})
    return rows


def example(path):
    """The same as CSV, for the README and ``docs/own-records.md``."""
    table, rows = english_rows()
    with path.open("w", encoding="utf-8", newline="") as file:
        csv.writer(file, lineterminator="\n").writerows(table)
    return rows


def chinese_two_headers(path):
    """A Chinese sheet with a header of two rows, its upper cells merged."""
    rows = people(2, ("chinese", "chinese month", "iso"))
    with xlsxwriter.Workbook(str(path)) as book:
        sheet = book.add_worksheet("名单")
        for i, name in enumerate(("编号", "姓名", "性别", "出生日期", "羁押日期", "判决日期", "刑期", "罪名", "省份")):
            sheet.merge_range(0, i, 1, i, name)
        sheet.merge_range(0, 9, 0, 10, "第一次减刑")
        sheet.merge_range(0, 11, 0, 12, "第二次减刑")
        sheet.write_row(1, 9, ["日期", "幅度", "日期", "幅度"])
        sheet.merge_range(0, 13, 1, 13, "备注")
        for i, p in enumerate(rows, 2):
            cuts = [*p["acts"], (("", ""), ""), (("", ""), "")][:2]
            told = [f"虚构{i:03d}", p["name_zh"], "女" if p["sex"] in ("F", "女", "female") else "男", f"{p['born']}年"]
            told += [p["detained"][0], p["sentenced"][0], p["term"], p["charge"][0], p["province"][0]]
            for date, months in cuts:
                told += [date[0], f"{months}个月" if months != "" else ""]
            sheet.write_row(i, 0, [*told, "虚构的记录"])
        sheet.write_row(2 + len(rows), 0, ["合计", len(rows)])
    return rows


def act_rows(path):
    """A sheet with a row for each act, the case repeated, and days that are days of the spreadsheet."""
    rows = people(3, ("iso",))
    with xlsxwriter.Workbook(str(path)) as book:
        day = book.add_format({"num_format": "yyyy-mm-dd"})
        sheet = book.add_worksheet("Acts")
        sheet.write_row(0, 0, ["Prisoner", "Sex", "Arrested", "Sentence date", "Sentence (years)", "Article", "Place", "Type of act", "Date", "Months cut"])  # fmt: skip
        i = 1
        for p in (p for p in rows if p["acts"]):
            for date, months in p["acts"]:
                sheet.write_row(i, 0, [f"{p['name']} {p['name_zh']}", p["sex"], p["detained"][0], p["sentenced"][0]])
                sheet.write_row(
                    i, 4, [p["months"] / 12, p["charge"][0], p["province"][0], ("减刑", "reduction")[i % 2]]
                )
                year, month, number = map(int, date[1].split("-"))
                sheet.write_datetime(i, 8, datetime.datetime(year, month, number), day)
                sheet.write(i, 9, months)
                i += 1
    return rows


WORKBOOKS = {
    "made_up_english_wide.xlsx": english_wide,
    "made_up_chinese_two_headers.xlsx": chinese_two_headers,
    "made_up_act_rows.xlsx": act_rows,
    "made-up-records.csv": example,
}

if __name__ == "__main__":
    for name, write in WORKBOOKS.items():
        write(Path(sys.argv[1]) / name)
