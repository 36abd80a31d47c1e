"""Patterns for what a court decided, after its last 裁定如下, and for the end of a ruling."""

from __future__ import annotations

from clemency.sources.rulings.patterns.historypatterns import CUT, CUT_FROM
from clemency.sources.rulings.patterns.phrases import DAY, LENGTH, PUNISHMENT, Pattern

_WHAT = r"(?P<v>减刑|假释|暂予监外执行)"
WITHDRAWN = Pattern(
    "withdrawn",
    "decision",
    rf"(?:准许|准予|同意)[^。]{{0,60}}?撤回[^。]{{0,40}}?{_WHAT}",
    (("准许某省某某监狱撤回对罪犯李某某的减刑建议", "减刑"),),
    ("撤销假释",),
)
REVOKED = Pattern(
    "revoked",
    "decision",
    rf"撤销[^。]{{0,60}}?{_WHAT}|(?P<w>收监执行)",
    (("撤销对罪犯李某某的假释", "假释"), ("对罪犯李某某收监执行", "收监执行")),
    ("准许撤回减刑建议",),
)
REFUSED = (
    Pattern(
        "refused",
        "decision",
        rf"(?:不予|不准予|不准许|不准|不得|不同意|不宜)(?:提请|对[^。，；]{{1,40}}?)?{_WHAT}",
        (("对罪犯李某某不予减刑。", "减刑"), ("不准予假释", "假释"), ("不予暂予监外执行", "暂予监外执行")),
        ("剥夺政治权利二年不变", "予以假释"),
        keys=("不",),
        reach=(0, 60),
    ),
    Pattern(
        "dismissed",
        "decision",
        rf"驳回[^。]{{0,60}}?{_WHAT}[^。]{{0,6}}?(?:建议|申请|意见|提请)",
        (("驳回某省某某监狱对罪犯李某某的减刑建议", "减刑"),),
    ),
    Pattern(
        "not-supported",
        "decision",
        r"(?P<v>减刑|减去|假释|暂予监外执行)[^。；]{0,40}?(?:不予支持|不予采纳|不予准许|不予批准|不予同意)",
        (("提请减刑的意见不予支持", "减刑"), ("建议减去有期徒刑六个月，本院不予支持", "减去")),
    ),
)
REMAINDER = Pattern(
    "remainder",
    "remainder",
    r"减(?:去|掉)?(?:其)?(?:有期徒刑)?(?:全部)?(?:剩余(?:的)?刑[期罚]?|余刑|余下(?:的)?刑期|尚未执行(?:的)?刑[期罚]|未执行(?:完毕)?(?:的)?刑[期罚])",
    (("对罪犯李某某减去剩余刑期", "减去剩余刑期"), ("减去余刑", "减去余刑")),
)
COMMUTED = Pattern(
    "commuted",
    "decision",
    rf"减(?:刑)?为{PUNISHMENT}",
    (("减为有期徒刑二十二年，", "减为有期徒刑二十二年"), ("减为无期徒刑", "减为无期徒刑")),
    ("剥夺政治权利减为五年",),
    keys=("减",),
    reach=(0, 40),
)
PAROLED = Pattern(
    "paroled",
    "decision",
    r"(?<!不)(?:予以|准予|准许|裁定|同意|给予|依法)(?P<v>假释)(?!考|的?建议|案|意见)",
    (("对罪犯李某某予以假释（", "假释"),),
    ("不准予假释", "准许撤回假释建议"),
)
OUTSIDE = Pattern(
    "outside",
    "decision",
    r"(?:决定|同意|批准|准予|予以|准许|将罪犯[^。，；]{1,30}|对罪犯[^。，；]{1,30}?)(?<!不)(?:予以|准予)?(?P<v>暂予监外执行)",
    (("决定将罪犯李某某暂予监外执行", "暂予监外执行"), ("决定对罪犯李某某予以暂予监外执行", "暂予监外执行")),
    ("不予暂予监外执行",),
)
OUTSIDE_TERM = Pattern(
    "outside-term",
    "outside_until",
    rf"(?:监外执行|期限)[^。]{{0,12}}?(?:自|从)(?P<start>{DAY})起?，?至(?P<end>{DAY})止?",
    (("暂予监外执行期限自2019年3月1日起至2020年2月29日止", "监外执行期限自2019年3月1日起至2020年2月29日止"),),
)
OUTSIDE_REASON = (
    Pattern("pregnant", "outside_reason", r"(?P<v>怀孕|哺乳)", (("系怀孕的妇女", "怀孕"),)),
    Pattern("ill", "outside_reason", r"(?P<v>严重疾病|保外就医|患有)", (("患有严重疾病", "患有"),)),
    Pattern("helpless", "outside_reason", r"(?P<v>生活不能自理|丧失生活自理)", (("生活不能自理", "生活不能自理"),)),
)
PROBATION = Pattern(
    "probation",
    "parole_end",
    rf"考验期限?[^。）]{{0,14}}?(?:(?:自|从)(?P<start>{DAY}|[^，。）至]{{2,10}})起?，?)?(?:计算，?)?(?:即自(?P<other>{DAY})起)?至(?P<end>{DAY})止?",
    (
        ("假释考验期限自2015年5月5日起至2017年10月8日止", "考验期限自2015年5月5日起至2017年10月8日止"),
        ("假释考验期限从假释之日起至2017年10月8日止", "考验期限从假释之日起至2017年10月8日止"),
    ),
)
NEW_TERM = Pattern(
    "new-term",
    "new_end",
    rf"(?:刑期)?(?:自|从)(?P<start>{DAY})起?，?(?:执行)?(?:至|到)(?P<end>{DAY})止?",
    (("（刑期自2011年3月1日起至2028年3月10日止）", "刑期自2011年3月1日起至2028年3月10日止"),),
    ("（刑期至2022年5月4日止）",),
)
NEW_END = Pattern(
    "new-end",
    "new_end",
    rf"刑期[^，。（）\d〇一二三四五六七八九]{{0,8}}?(?:至|到|止于|于)(?P<v>{DAY})|"
    rf"(?:执行至|刑满(?:释放)?(?:日期|之日|日)?(?:为|至|是))(?P<w>{DAY})",
    (
        ("（刑期至2022年5月4日止）", "2022年5月4日"),
        ("减刑后刑期至二〇一五年四月九日止", "二〇一五年四月九日"),
        ("（本次减刑后刑期至2020年5月6日止）", "2020年5月6日"),
        ("减刑后，刑期执行至2027年4月9日止", "2027年4月9日"),
        ("减刑后应执行至2027年4月9日止", "2027年4月9日"),
    ),
    ("刑期自2011年3月1日起",),
    keys=("刑期", "执行至", "刑满"),
    reach=(0, 40),
)
DEPRIVATION_AFTER = Pattern(
    "deprivation-after",
    "deprivation_after_months",
    rf"(?:剥夺政治权利|剥权)(?:的?期限|的?刑期|附加刑|部分)?(?:由(?:{LENGTH}|终身)(?:改为|减为|缩减为|变更为|缩短为)|改为|减为|缩减为|变更为|缩短为|仍为)?"
    rf"(?P<v>终身|{LENGTH})(?P<same>不变)?",
    (("剥夺政治权利二年不变", "二年"), ("剥夺政治权利改为十年", "十年"), ("剥夺政治权利由七年改为五年。", "五年")),
    ("剥夺政治权利刑期不变",),
)
DEPRIVATION_SAME = Pattern(
    "deprivation-same",
    "deprivation_after",
    r"剥夺政治权利(?:的?期限|的?刑期|附加刑|部分)?(?P<v>不变)",
    (("剥夺政治权利刑期不变", "不变"),),
    ("剥夺政治权利二年不变",),
)
FINE_CUT = Pattern(
    "fine-cut",
    "decision",
    r"(?:减免|减少|免除|免予)[^。，]{0,20}?(?P<v>罚金)",
    (("减免罪犯李某某罚金", "罚金"),),
)
JUDGE = Pattern(
    "judge",
    "judges",
    r"审判长|审判员|陪审员",
    (("审判长某某某代理审判员某某", "审判长"),),
    ("审判委员会",),
)
NOT_FITTING = Pattern(
    "not-fitting",
    "decision",
    rf"(?:不符合|不予|不宜|不应|不准予|不具备|不适用|不足以认定)[^，。；]{{0,14}}?(?P<v>减刑|假释|悔改)|{_WHAT.replace('v', 'w')}[^，。；]{{0,20}}?不予支持",
    (("不符合法定减刑条件，", "减刑"), ("尚不足以认定确有悔改表现", "悔改")),
    ("符合法定减刑条件",),
    keys=(
        "减刑",
        "假释",
        "悔改",
        "监外执行",
    ),
    reach=(28, 40),
)
DECISION_PATTERNS = (
    CUT, CUT_FROM, WITHDRAWN, REVOKED, *REFUSED, REMAINDER, COMMUTED, PAROLED, OUTSIDE, OUTSIDE_TERM, *OUTSIDE_REASON,
    PROBATION, NEW_TERM, NEW_END, DEPRIVATION_AFTER, DEPRIVATION_SAME, FINE_CUT, JUDGE, NOT_FITTING,
)  # fmt: skip
