"""Patterns for the prisoner's own paragraph."""

from __future__ import annotations

from clemency.sources.rulings.names.people import ETHNIC, SCHOOLING
from clemency.sources.rulings.patterns.phrases import DATE, PRISON, Pattern

_NAME = r"[\u4e00-\u9fff·ⅩXx×*＊〇A-Za-z某]{1,30}"
_END = r"(?=[，。、；（）]|$)"

PARTY = Pattern(
    "prisoner",
    "prisoner",
    rf"罪犯(?P<v>{_NAME}?)(?=[，、（。])(?=.{{0,120}}?[，、）](?:男|女|性别))",
    (
        ("罪犯李某某，男，汉族", "李某某"),
        ("罪犯艾某·某某（又名某某），男，维吾尔族", "艾某·某某"),
        ("罪犯王××，女，", "王××"),
    ),
    ("被告人李某某，男，汉族", "罪犯李某某在服刑期间，能认罪服法"),
    keys=("罪犯",),
    reach=(0, 160),
)
BARE_NAME = Pattern(
    "prisoner-decision",
    "prisoner",
    rf"(?:对|将)罪犯(?P<v>{_NAME}?)(?=减去|予以|准予|准许|不予|不准|减为|的刑|裁定|暂予|收监|，|由|撤销|减刑|给予|假释)",
    (("对罪犯李某某减去有期徒刑八个月", "李某某"), ("对罪犯王某不予减刑", "王某")),
    ("对罪犯的刑罚",),
    keys=("罪犯",),
    reach=(1, 40),
)
NAME_IN_ACCOUNT = Pattern(
    "prisoner-account",
    "prisoner",
    rf"罪犯(?P<v>{_NAME}?)(?=因犯|于\d|，|减刑|假释|暂予|一案|在服刑|在刑罚|系|、)",
    (("审理罪犯李某某减刑一案", "李某某"), ("罪犯谢某某于2016年8月1日被某法院", "谢某某")),
    keys=("罪犯",),
    reach=(0, 40),
)
ALIAS = Pattern(
    "alias",
    "alias",
    r"(?:又名|曾用名|化名|绰号|别名|自报名|外文名|英文名)[：:为“\"]?(?P<v>[\u4e00-\u9fff·A-Za-z某×*X]{1,40})",
    (("（曾用名王某甲），男", "王某甲"), ("，又名李某，", "李某")),
    ("罪犯李某某，男",),
    keys=("名",),
    reach=(2, 50),
)
SEX = Pattern(
    "sex",
    "sex",
    r"[，）、](?:性别[：:]?)?(?P<v>男|女)性?(?=[，。、（])",
    (("罪犯李某某，男，汉族", "男"), ("罪犯某某，女性，", "女")),
    ("罪犯某某，妇女联合会", "罪犯李亚男，汉族"),
    keys=(
        "男",
        "女",
    ),
    reach=(6, 3),
)
BIRTH = (
    Pattern(
        "born-on",
        "birth_date",
        rf"(?:生于|出生于|出生日期[：:]?)(?P<v>{DATE})(?=[，。；、（）出生]|$)",
        (("生于1971年2月3日，", "1971年2月3日"),),
        ("出生于某省某市，",),
        keys=(
            "生于",
            "出生日期",
        ),
        reach=(2, 20),
    ),
    Pattern(
        "date-born",
        "birth_date",
        rf"(?P<v>{DATE})(?:出生|生(?=[，。、（于]))",
        (("1981年6月7日出生，", "1981年6月7日"), ("一九八〇年五月生，", "一九八〇年五月")),
        ("2004年5月1日被某法院判处",),
        keys=(
            "日出生",
            "月出生",
            "年出生",
            "日生",
            "月生",
            "年生",
        ),
        reach=(14, 4),
    ),
)
ETHNICITY = Pattern(
    "ethnicity",
    "ethnicity",
    rf"[，、。）](?P<v>(?:{ETHNIC})族){_END}",
    (("，男，汉族，", "汉族"), ("，维吾尔族，", "维吾尔族")),
    ("，湘西土家族苗族自治州人，", "，男汉族，"),
    keys=("族",),
    reach=(8, 2),
)
EDUCATION = Pattern(
    "education",
    "education",
    rf"[，、。）](?P<v>{SCHOOLING})(?:文化程度|文化|毕业|肄业|学历|在读|程度)*{_END}",
    (("，初中文化程度，", "初中"), ("，文盲，", "文盲"), ("，大学本科毕业，", "大学本科")),
    ("，接受文化教育，",),
)
RESIDENCE = (
    Pattern(
        "lives",
        "residence",
        r"(?:捕前住|户籍所在地|户籍地|户籍地址|户籍|家住|现住|居住地|住址|住所地|住所|原住|(?<=[，。、])住|籍贯|出生地|出生于(?=\D))(?:地)?"
        r"[：:为系在于]?(?P<v>[\u4e00-\u9fff\d×某X*\-－（）]{2,50}?)(?:人)?(?=[，。；、])",
        (("，住某省某市某区某街道1号，", "某省某市某区某街道1号"), ("，户籍地某省某县，", "某省某县")),
        ("，居住期间，",),
        keys=(
            "住",
            "户籍",
            "籍贯",
            "出生",
        ),
        reach=(3, 70),
    ),
    Pattern(
        "of-place",
        "residence",
        r"[，。、）](?P<v>[\u4e00-\u9fff×某X*]{2,30}(?:[省市县区州旗盟镇乡村]|自治区|行政区))人(?=[，。、])",
        (("，某省某市人，", "某省某市"),),
        ("，被告人，", "，本市人员，"),
        keys=(
            "人，",
            "人。",
            "人、",
        ),
        reach=(34, 2),
    ),
)
HELD = Pattern(
    "held-in",
    "prison",
    rf"(?:现(?:关押在|关押于|羁押于|羁押在|在押于|服刑于|押于|押在|在押|在|押|于)?|(?<=[，。])在)(?P<v>{PRISON})",
    (
        ("现在某省某某监狱服刑。", "某省某某监狱"),
        ("现押某省未成年犯管教所服刑。", "某省未成年犯管教所"),
        ("现在某省某某监狱四分监区服刑。", "某省某某监狱"),
    ),
    ("现刑期至2020年1月1日止",),
    keys=("现", "在"),
    reach=(1, 40),
)
PARTY_PATTERNS = (PARTY, BARE_NAME, NAME_IN_ACCOUNT, ALIAS, SEX, *BIRTH, ETHNICITY, EDUCATION, *RESIDENCE, HELD)
