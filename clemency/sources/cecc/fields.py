"""The fields and codes of the Political Prisoner Database, declared once.

Headers are matched by their letters and digits alone, so that ``Chinese characters (main name)`` and R's
``Chinese.characters..main.name.`` name the same field. Meanings marked "our reading" are not in a codebook
that we know of: they follow from the records that carry the code.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Reader = Literal[
    "record",
    "status",
    "issues",
    "text",
    "characters",
    "names",
    "ethnicity",
    "sex",
    "age",
    "summary",
    "province",
    "date",
    "count",
    "process",
    "charges",
    "unused",
]


@dataclass(frozen=True, slots=True)
class Field:
    """One of the 40 fields of an export: our name, how it is read, and other spellings of its header."""

    name: str
    reader: Reader
    header: str
    aliases: tuple[str, ...] = ()


FIELDS = (
    Field("record", "record", "CECC record number", ("record number", "CECC record no")),
    Field("detention_status", "status", "detention status"),
    Field("issue_category", "issues", "issue category", ("issue categories",)),
    Field("main_name", "text", "main name", ("main (or religious) name",)),
    Field("name_zh", "characters", "Chinese characters (main name)", ("Chinese characters",)),
    Field("alternate_name", "names", "alternate name (lay or pen)", ("alternate name",)),
    Field("additional_names", "names", "additional name(s)", ("additional name",)),
    Field("pinyin_name", "names", "pinyin name"),
    Field("ethnic_group", "ethnicity", "ethnic group", ("ethnicity",)),
    Field("sex", "sex", "sex", ("gender",)),
    Field("age", "age", "age", ("age at detention",)),
    Field("religion", "text", "religion"),
    Field("occupation", "text", "occupation"),
    Field("affiliation", "text", "affiliation"),
    Field("residence_province", "province", "residence province"),
    Field("residence_prefecture", "unused", "residence prefecture"),
    Field("residence_county", "unused", "residence county"),
    Field("date_of_detention", "date", "date of detention", ("detention date",)),
    Field("place", "text", "current/last prison/detention center", ("current/last prison or detention center",)),
    Field("term_years", "count", "current/last sentence or time served (years)"),
    Field("term_months", "count", "current/last sentence or time served (months)"),
    Field("term_weeks", "count", "current/last sentence or time served (weeks)"),
    Field("term_days", "count", "current/last sentence or time served (days)"),
    Field("province", "province", "province imprisoned/detained", ("province where imprisoned or detained",)),
    Field("prefecture", "text", "prefecture imprisoned/detained"),
    Field("county", "text", "county imprisoned/detained"),
    Field("legal_process", "process", "legal process"),
    Field("formal_arrest_date", "date", "formal arrest date"),
    Field("trial_court", "text", "trial court"),
    Field("trial_date", "date", "trial date"),
    Field("sentence_court", "text", "sentence court"),
    Field("sentence_date", "date", "sentence date"),
    Field("appeal_court", "text", "appeal court"),
    Field("appeal_date", "date", "appeal date"),
    Field("appeal_ruling_court", "text", "appeal ruling court"),
    Field("appeal_ruling_date", "date", "appeal ruling date"),
    Field("charge_statute", "charges", "charge (statute)"),
    Field("sentence_ends", "date", "sentence ends per PRC", ("sentence ends (per PRC)",)),
    Field("release", "date", "actual date released"),
    Field("summary", "summary", "short summary", ("summary",)),
)
BY_NAME = {f.name: f for f in FIELDS}
PAST_DATES = tuple(f.name for f in FIELDS if f.reader == "date" and f.name != "sentence_ends")

# Pairs of dates of which the first should not be later than the second.
ORDER = (
    ("date_of_detention", "formal_arrest_date"),
    ("date_of_detention", "trial_date"),
    ("date_of_detention", "sentence_date"),
    ("date_of_detention", "sentence_ends"),
    ("date_of_detention", "release"),
    ("formal_arrest_date", "trial_date"),
    ("trial_date", "sentence_date"),
    ("sentence_date", "appeal_date"),
    ("appeal_date", "appeal_ruling_date"),
    ("sentence_date", "sentence_ends"),
    ("sentence_date", "release"),
)

# Detention status: base code -> meaning; after a slash or hyphen stands a detail.
STATUS_BASES = {
    "DET": "detained or imprisoned",
    "REL": "released",
    "DEC": "deceased",
    "ESC": "escaped",
    "HOUSE": "under house arrest (our reading)",
}
STATUS_DETAILS = {
    "DET": {
        "life": "life sentence",
        "dth-r": "death sentence with reprieve",
        "suspend": "suspended sentence",
        "bail": "on bail, the case still open",
        "med": "medical parole",
        "surveil": "under surveillance (our reading)",
    },
    "REL": {"PSB": "released by public security", "dec": "released, since deceased"},
    "DEC": {
        "exe": "executed",
        "ill": "of illness (our reading)",
        "?": "cause not known (our reading)",
    },
    "ESC": {},
    "HOUSE": {},
}

# Legal process: up to four phases, separated by slashes; a question mark means alleged or presumed.
PHASES = {
    "chg": "charged",
    "PSB": "held by public security without a known charge",
    "PSB-house": "residential confinement by public security (our reading)",
    "admin-RTL": "re-education through labour",
    "admin-RTL-app": "re-education through labour, appealed",
    "admin-RTL-trans": "re-education through labour, transferred (our reading)",
    "admin-ankang": "held in an ankang psychiatric hospital",
    "admin-psych": "held in a psychiatric hospital",
    "admin-other": "other administrative punishment",
    "admin-other-app": "other administrative punishment, appealed",
    "tri": "tried",
    "tri-open": "tried in open court",
    "tri-close": "tried in closed court",
    "tri-retri": "tried anew",
    "sent": "sentenced",
    "sent-app": "sentenced, appealed",
    "sent-open": "sentenced in open court",
    "sent-open-app": "sentenced in open court, appealed",
    "sent-close": "sentenced in closed court",
    "sent-close-app": "sentenced in closed court, appealed",
    "sent-suspend": "sentenced to a suspended term",
    "sent-house": "sentenced, served at home (our reading)",
    "rel": "released",
    "rel-PSB": "released by public security, often on bail",
    "dec": "died in custody, or soon after leaving it",
    "esc": "escaped",
    "exe": "executed",
}

ISSUES = {
    "spch": "speech and expression",
    "assoc": "association",
    "rel": "religion",
    "eth": "ethnic minority",
    "FG": "Falun Gong",
    "info": "information",
    "rol": "rule of law",
    "dem": "democracy",
    "prop": "property",
    "6489": "the protests of spring 1989",
    "lab": "labour",
    "enviro": "environment",
    "civil": "civil rights (our reading)",
    "assist": "assistance to others (our reading)",
    "rur": "rural matters",
    "com": "commerce (our reading)",
}

# The 55 recognised minorities and the Han, as the database spells them; these become the shipped spelling.
ETHNIC_SPELLING = {"Kazak": "Kazakh", "Uighur": "Uyghur", "Mongolian": "Mongol"}
_GROUPS = """
Achang Bai Blang Bonan Bouyei Dai Daur Deang Derung Dong Dongxiang Ewenki Gaoshan Gelao Han Hani Hezhen Hui Jing
Jingpo Jino Kazakh Kirgiz Korean Lahu Lhoba Li Lisu Manchu Maonan Miao Monba Mongol Mulam Naxi Nu Oroqen Pumi Qiang
Russian Salar She Sui Tajik Tatar Tibetan Tu Tujia Uyghur Uzbek Va Xibe Yao Yi Yugur Zhuang
"""
ETHNIC_GROUPS = frozenset(_GROUPS.split())

# First word of the province's name in the database -> ISO 3166-2:CN; brackets and kind of unit are left off.
PROVINCES = {
    "anhui": "CN-AH",
    "beijing": "CN-BJ",
    "chongqing": "CN-CQ",
    "fujian": "CN-FJ",
    "gansu": "CN-GS",
    "guangdong": "CN-GD",
    "guangxi zhuang": "CN-GX",
    "guangxi": "CN-GX",
    "guizhou": "CN-GZ",
    "hainan": "CN-HI",
    "hebei": "CN-HE",
    "heilongjiang": "CN-HL",
    "henan": "CN-HA",
    "hong kong": "CN-HK",
    "hubei": "CN-HB",
    "hunan": "CN-HN",
    "inner mongolia": "CN-NM",
    "jiangsu": "CN-JS",
    "jiangxi": "CN-JX",
    "jilin": "CN-JL",
    "liaoning": "CN-LN",
    "macao": "CN-MO",
    "macau": "CN-MO",
    "ningxia hui": "CN-NX",
    "ningxia": "CN-NX",
    "qinghai": "CN-QH",
    "shaanxi": "CN-SN",
    "shandong": "CN-SD",
    "shanghai": "CN-SH",
    "shanxi": "CN-SX",
    "sichuan": "CN-SC",
    "taiwan": "CN-TW",
    "tianjin": "CN-TJ",
    "tibet": "CN-XZ",
    "xinjiang uyghur": "CN-XJ",
    "xinjiang": "CN-XJ",
    "yunnan": "CN-YN",
    "zhejiang": "CN-ZJ",
}

PINYIN = {"tibet": "Xizang", "inner mongolia": "Neimenggu", "hong kong": "Xianggang", "macao": "Aomen"}

# Largest number that a part of a term can hold; more is a slip of the keyboard or another field.
MOST = {"term_years": 50, "term_months": 600, "term_weeks": 520, "term_days": 3660}
