"""Patterns for earlier changes of the sentence and for what the prison proposed."""

from __future__ import annotations

from clemency.sources.rulings.patterns.phrases import (
    DATE,
    DAY,
    EITHER,
    LENGTH,
    NUMBER,
    NUMERAL,
    PRISON,
    PUNISHMENT,
    Pattern,
)  # fmt: skip
from clemency.sources.rulings.prose.relativedates import RELATIVE

CUT = Pattern(
    "cut",
    "months",
    rf"(?<!权利)(?<!累计)(?:减去|减少|减刑|减)(?:其)?(?:有期徒刑|刑期|拘役|管制)?(?:刑期)?(?P<v>{LENGTH})(?!不变)",
    (
        ("对其减去有期徒刑一年二个月，", "一年二个月"),
        ("减刑一年六个月。", "一年六个月"),
        ("减去刑期9个月，", "9个月"),
    ),
    ("累计减刑108，", "减为有期徒刑十九年", "减刑一次", "剥夺政治权利减去一年，"),
    keys=("减",),
    reach=(3, 40),
)
CUT_FROM = Pattern(
    "cut-from",
    "months",
    rf"(?:有期徒刑|刑期)减(?:去|少)(?P<v>{LENGTH})|减去(?P<w>{LENGTH})(?:的)?(?:有期徒刑|刑期)",
    (("将罪犯某某的刑期减去六个月。", "六个月"),),
    ("剥夺政治权利减去一年，",),
    keys=("减",),
    reach=(6, 40),
)
CHANGE = Pattern(
    "change",
    "changes",
    rf"(?<!权利)(?<!累计)(?:减去|减少|减刑|减)(?:其)?(?:有期徒刑|刑期|拘役|管制)?(?:刑期)?(?P<v>{LENGTH})|"
    rf"减(?:刑)?为{PUNISHMENT}|减去(?P<w>{LENGTH})(?:有期徒刑|刑期)|(?P<remission>减去(?:剩余|余)刑)",
    (
        ("对其减为有期徒刑十九年，", "减为有期徒刑十九年"),
        ("减为无期徒刑，", "减为无期徒刑"),
        ("减去有期徒刑八个月，", "八个月"),
    ),
    ("剥夺政治权利减为五年",),
    keys=("减",),
    reach=(3, 50),
)
LISTED = Pattern(
    "listed",
    "changes",
    rf"(?:分别|先后|依次)(?:对其|对该犯|对罪犯[^，。]{{1,20}})?(?:裁定)?(?:减去|减刑|减)(?:有期徒刑|刑期)?(?P<v>{LENGTH}(?:[、，和及及]+(?:减去)?(?:有期徒刑)?"
    rf"{LENGTH})+)",
    (("分别对其减去有期徒刑二年、九个月、八个月", "二年、九个月、八个月"),),
    ("对其减去有期徒刑二年",),
    keys=(
        "分别",
        "先后",
        "依次",
    ),
    reach=(0, 140),
)
SUMMED = Pattern(
    "summed",
    "earlier_months",
    rf"(?:合计|累计|共|总计|共计)(?:对其|获|被|予以)?(?:减去|减刑|减)(?:有期徒刑|刑期)?(?P<v>{LENGTH})",
    (("经历次减刑合计减去有期徒刑六年四个月", "六年四个月"), ("共减刑二年。", "二年")),
    ("累计减刑51.4", "减刑一次"),
    keys=(
        "计",
        "共",
    ),
    reach=(2, 40),
)
TIMES = Pattern(
    "times",
    "earlier_n",
    rf"(?:(?:获得|获|被)?(?:裁定)?减刑(?P<v>{NUMERAL})次|(?P<w>{NUMERAL})次(?:被)?(?:裁定)?(?:予以|获得?)?减刑)",
    (("曾被减刑一次，", "一"), ("服刑期间减刑三次", "三")),
    ("表扬三次",),
    keys=("次",),
    reach=(14, 14),
)
NEVER = Pattern(
    "never",
    "earlier_n",
    r"首次(?:提请|呈报|报请)?减刑|(?:未|没有|未曾|没)(?:获|被|获得|予以)?(?:过)?(?:裁定)?减(?:过)?刑|此前未(?:获)?减刑|无减刑",
    (("系首次减刑", "首次减刑"), ("此前未减刑", "此前未减刑")),
    ("减为有期徒刑后首次",),
    keys=(
        "首次",
        "减刑",
        "减过刑",
        "减",
    ),
    reach=(12, 8),
)
SINCE = Pattern("since", "earlier_n", r"上次减刑|前次减刑|历次减刑", (("自上次减刑以来", "上次减刑"),))
CURRENT_END = Pattern(
    "current-end",
    "current_end",
    rf"(?:现|减刑后|变更后|减刑后的|调整后|现在)(?:的)?(?:余)?刑期(?:执行)?(?:自(?P<start>{DAY})起)?[，：]?(?:至|止于|到|截止至|执行至)(?P<v>{DAY})|"
    rf"刑期(?:执行)?(?:变更)?(?:至|止于|到)(?P<w>{DAY})|刑满(?:释放)?(?:日期|之日|日)?(?:为|至|是)(?P<x>{DAY})",
    (("现刑期至2028年11月10日止", "2028年11月10日"), ("减刑后刑期至2015年9月9日止", "2015年9月9日")),
    ("刑期自2014年11月5日起至2022年11月4日止",),
    keys=("刑期", "刑满"),
    reach=(6, 50),
)
RULED = Pattern(
    "ruled",
    "changes",
    rf"(?P<date>{DATE})|(?P<number>{NUMBER})(?={EITHER})|(?P<relative>{RELATIVE})",
    (("于2013年8月7日作出", "2013年8月7日"), ("次日裁定", "次日")),
    ("共同日常",),
)
ADDED = Pattern(
    "added",
    "changes",
    r"加刑|又犯|漏罪|重新犯罪|撤销[^。]{0,30}(?:减刑|假释)|脱逃",
    (("在服刑期间又犯故意伤害罪", "又犯"),),
)

PROPOSAL = Pattern(
    "proposal",
    "proposal_date",
    r"(?:提出|报送|提请|报请|呈报|申请|建议)[^。；]{0,30}?(?P<v>减刑|假释|暂予监外执行|减余刑)",
    (("执行机关某监狱提出减刑建议书，", "减刑"), ("报请对其假释", "假释")),
    ("本院依法组成合议庭",),
    keys=(
        "减刑",
        "假释",
        "暂予监外执行",
        "减余刑",
    ),
    reach=(36, 2),
)
PROPOSED_ON = Pattern(
    "proposed-on",
    "proposal_date",
    rf"(?:于|，)(?P<v>{DAY})(?![^。，]{{0,6}}(?:作出|公示|立案|受理|被))",
    (("执行机关某省某某监狱于2018年6月4日以该犯", "2018年6月4日"),),
    ("于2018年6月4日立案",),
)
AUTHORITY = Pattern(
    "authority",
    "proposal_body",
    rf"(?:执行机关|监狱机关|刑罚执行机关|现执行机关|提请机关)[：，]?(?P<v>{PRISON})",
    (("刑罚执行机关某省第四监狱于2016年5月7日", "某省第四监狱"),),
    ("执行机关以该犯",),
)
PROPOSER = Pattern(
    "proposer",
    "proposal_body",
    rf"^(?:现)?(?P<v>{PRISON})(?=于|以|提|报|认|对|，|根据)",
    (("某省某某监狱于2018年6月4日提出减刑建议", "某省某某监狱"),),
    ("经过监狱集体评议", "该狱以罪犯"),
)
THAT_PRISON = Pattern(
    "that-prison",
    "proposal_body",
    r"(?:^|(?<=[。，]))(?:该狱|该监狱|该监|执行机关(?=以|于|认为|，))",
    (("该狱以罪犯某某确有悔改表现", "该狱"),),
)
PROPOSED = Pattern(
    "proposed-months",
    "proposed_months",
    rf"(?:建议|提请|报请|呈报|提出)[^。；]{{0,24}}?(?:减去|减刑|减)(?:有期徒刑|刑期)?(?P<v>{LENGTH})",
    (("建议减去有期徒刑八个月", "八个月"), ("提请对罪犯某某减刑六个月", "六个月")),
    ("提出减刑建议书",),
    keys=("减",),
    reach=(36, 40),
)
PROSECUTOR = (
    Pattern(
        "prosecutor-agrees",
        "prosecutor_view",
        r"检察(?:院|机关|室|人员|员)[^。]{0,80}?(?<!不)(?P<v>同意|无异议|没有异议|未提出异议|不持异议|无不同意见)",
        (("某某地区人民检察院出具检察意见，同意对罪犯某某减刑", "同意"),),
        ("检察机关不同意",),
        keys=("检察",),
        reach=(0, 100),
    ),
    Pattern(
        "prosecutor-less",
        "prosecutor_view",
        r"检察(?:院|机关|员)[^。]{0,80}?(?P<v>扣减|酌减|缩减|核减|调减|从严掌握|缩短减刑|降低减刑)",
        (("检察机关建议扣减报减刑期二个月", "扣减"),),
        keys=("检察",),
        reach=(0, 100),
    ),
    Pattern(
        "prosecutor-against",
        "prosecutor_view",
        r"检察(?:院|机关|员)[^。]{0,80}?(?P<v>不同意|建议不予|不应减刑|不符合)",
        (("检察机关建议不予减刑", "建议不予"),),
        keys=("检察",),
        reach=(0, 100),
    ),
)
HEARING = (
    Pattern(
        "heard", "hearing", r"(?P<v>开庭)(?:进行了?)?(?:审理|审查)", (("并公开开庭审理。", "开庭"),), ("书面审理",)
    ),
    Pattern("in-writing", "hearing", r"(?P<v>书面)(?:审理|审查|听取)", (("依法进行了书面审理", "书面"),)),
)
HISTORY_PATTERNS = (
    CUT, CUT_FROM, CHANGE, LISTED, SUMMED, TIMES, NEVER, SINCE, CURRENT_END, RULED, ADDED, PROPOSAL, PROPOSED_ON, AUTHORITY,
    PROPOSER, THAT_PRISON, PROPOSED, *PROSECUTOR, *HEARING,
)  # fmt: skip
