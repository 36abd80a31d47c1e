"""Patterns for what a court found: awards, points, grounds, and what restricts a change of the sentence."""

from __future__ import annotations

from clemency.sources.rulings.patterns.phrases import DATE, NUMERAL, Pattern

_GOT = r"(?:监狱|监狱级|省级|季度|物质)?"


def _award(name: str, word: str, example: str) -> Pattern:
    return Pattern(
        name,
        name,
        rf"{word}(?:奖励|奖|称号|累计|共|共计|合计|各|的)*(?:[了得]|为)?(?P<v>{NUMERAL})(?:次|个)|"
        rf"(?<![扬功子奖\d一二三四五六七八九十])(?P<w>{NUMERAL})(?:次|个){_GOT}{word}",
        (
            (f"共受{example}5次，", "5"),
            (f"获监狱{example}四次", "四"),
            (f"现有4次{example}，", "4"),
            (f"记{example}奖励5次", "5"),
        ),
        (f"获得{example}，", f"{example}大会"),
        keys=("积极分子" if "积极" in word else example,),
        reach=(16, 24),
    )


COMMENDATIONS = _award("commendations", "(?<!口头)表扬", "表扬")
MERITS = _award("merits", r"记功", "记功")
ACTIVIST = _award("activist_titles", r"(?:劳动改造|改造|劳改)积极分子", "改造积极分子")
PRAISES = _award("praises", r"嘉奖", "嘉奖")
POINTS = Pattern(
    "points",
    "points",
    r"(?:考核|奖励|积|计)分(?:累计|合计|共|为|共计|共得|总计|得分|考核)*[：]?(?P<v>\d{1,5}(?:\.\d{1,3})?)(?:分|，|。|；)|余(?:分)?(?P<w>\d{1,5}(?:\.\d{1,3})?)分",
    (("获得标准考核分137.5分。", "137.5"), ("累计积分131.4，", "131.4"), ("余501分。", "501")),
    ("扣5分", "计分考核登记本"),
    keys=("分",),
    reach=(30, 16),
)
REPENTED = Pattern(
    "repented",
    "repented",
    r"(?<!认定)(?<!认定其)(?<!能认定为其)(?:确有|具有|有)悔改(?:表现|之意)",
    (("该犯确有悔改表现，", "确有悔改表现"),),
    keys=("悔改",),
    reach=(12, 3),
)
NOT_REPENTED = Pattern(
    "not-repented",
    "repented",
    r"(?:不足以|不能|不应|难以|未)(?:认定|视为|说明|证明)[^，。；]{0,12}?悔改|(?:没有|无|未有|缺乏)悔改|不(?:符合|具备|具有)[^，。；]{0,6}悔改",
    (("尚不足以认定确有悔改表现", "不足以认定确有悔改"),),
    ("确有悔改表现",),
    keys=("悔改",),
    reach=(24, 2),
)
MERIT = Pattern(
    "merit",
    "merit",
    r"(?<!重大)立功(?:表现|行为|情节)?",
    (("有立功表现，", "立功表现"),),
    ("有重大立功表现",),
    keys=("立功",),
    reach=(3, 4),
)
MAJOR_MERIT = Pattern(
    "major-merit",
    "major_merit",
    r"重大立功(?:表现|行为|情节)?",
    (("有重大立功表现，", "重大立功表现"),),
    keys=("重大立功",),
    reach=(0, 4),
)
RECIDIVIST = Pattern("recidivist", "recidivist", r"累犯", (("该犯系累犯，", "累犯"),))
GANG = Pattern("gang", "gang", r"黑社会性质|涉黑|恶势力|涉恶", (("系涉黑罪犯", "涉黑"),))
DUTY = Pattern("duty", "duty_crime", r"职务犯罪", (("系职务犯罪罪犯", "职务犯罪"),))
PRINCIPAL = Pattern("principal", "principal", r"主犯|首要分子", (("系主犯", "主犯"),))
DEDUCTED = Pattern(
    "deducted", "deducted", r"扣分|违规违纪|违反监规|警告处分|记过|禁闭", (("因违反监规扣分", "违反监规"),)
)
NEGATED = r"(?:没有|无|未|不构成|不属于|不属|不是|不能认定|非|不足以|不存在|不系|不具有|不具备|尚未)[^，。；]{0,6}$"
_PENALTY = r"(?:罚金|财产性判项|财产刑|附加财产刑|财产性义务|罚金刑|没收财产|附带民事赔偿|民事赔偿|退赔|追缴|赔偿)"
PAID = Pattern(
    "paid",
    "property_paid",
    rf"{_PENALTY}[^，。；]{{0,20}}?(?<!未)(?P<v>已(?:经)?(?:全部|全额|足额)?(?:缴纳|交纳|履行|执行|缴清|交清|履行完毕|执行完毕|缴(?![纳清])))(?!\d|人民币|部分|[一二三四五])|"
    r"（(?P<w>已(?:全部|全额)?(?:缴纳|交纳|履行|执行|缴清|缴)(?:完毕)?)）|(?:全部|全额|足额)(?:履行|缴纳|交纳|缴清)[^，。；]{0,8}?(?:财产|罚金)|"
    rf"{_PENALTY}[^，。；]{{0,12}}?已(?:于)?{DATE}(?:缴纳|履行|交纳)",
    (("罚金人民币一万元（已缴纳）", "已缴纳"), ("财产性判项已全部履行", "已全部履行")),
    ("罚金未缴纳", "罚金已缴纳1000元"),
    keys=(
        "缴",
        "交",
        "履行",
        "执行",
    ),
    reach=(40, 26),
)
UNPAID = Pattern(
    "unpaid",
    "property_paid",
    rf"{_PENALTY}[^，。；]{{0,20}}?(?P<v>(?:未|尚未|没有|均未|拒不|分文未)(?:能)?(?:缴纳|交纳|履行|执行|缴|交))(?!完毕|全部|清|部)|未(?:缴纳|履行|交纳|执行)(?:任何)?{_PENALTY}|（(?P<w>未(?:缴纳|交纳|履行|执行))）",
    (("财产性判项未履行", "未履行"), ("罚金未缴纳", "未缴纳"), ("本次未缴纳罚金", "未缴纳罚金")),
    ("罚金已缴纳", "罚金未全部缴纳"),
    keys=(
        "未",
        "没有",
        "拒不",
    ),
    reach=(40, 20),
)
PART_PAID = Pattern(
    "part-paid",
    "property_paid",
    rf"(?:部分|未全部|未完全)(?:履行|缴纳|交纳|执行)|{_PENALTY}[^，。；]{{0,16}}?未(?:缴纳|履行|执行|交纳|缴|交)(?:完毕|清|全部)|本次(?:缴纳|履行|交纳){_PENALTY}|"
    rf"{_PENALTY}[^，。；]{{0,12}}?已(?:缴纳|履行|交纳|缴)(?:部分|人民币|[\d一二三四五六七八九])",
    (
        ("本次缴纳罚金人民币21000元", "本次缴纳罚金"),
        ("财产性判项部分履行", "部分履行"),
        ("罚金已缴纳1000元", "罚金已缴纳1"),
    ),
    ("罚金已缴纳。",),
    keys=(
        "部分",
        "全部",
        "缴",
        "履行",
        "交",
        "执行",
        "完全",
    ),
    reach=(40, 24),
)
ENDED = Pattern("ended", "property_paid", r"终结(?:本次)?执行", (("罚金50万元已终结执行", "终结执行"),))
FINDING_PATTERNS = (
    COMMENDATIONS, MERITS, ACTIVIST, PRAISES, POINTS, REPENTED, NOT_REPENTED, MERIT, MAJOR_MERIT, RECIDIVIST, GANG, DUTY,
    PRINCIPAL, DEDUCTED, PAID, UNPAID, PART_PAID, ENDED,
)  # fmt: skip
