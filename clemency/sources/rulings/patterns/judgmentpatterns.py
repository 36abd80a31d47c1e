"""Patterns for the judgment that is served, the appeal against it and what was done before the proposal."""

from __future__ import annotations

from clemency.sources.rulings.patterns.phrases import (
    DAY,
    EITHER,
    HERE,
    JUDGMENT,
    LENGTH,
    MADE,
    MONEY,
    NUMBER,
    OWN,
    PUNISHMENT,
    WHO,
    Pattern,
)  # fmt: skip

_CHARGE = r"(?P<v>[\u4e00-\u9fff、（）]{2,120}?罪)"

SPENT = Pattern(
    "spent",
    "judgment",
    r"曾因|曾于|前科|刑满释放|刑释|释放后|行政处罚|行政拘留|劳动教养",
    (("曾因犯某罪于2004年5月1日被某法院判处有期徒刑二年", "曾因"), ("2006年2月2日刑满释放", "刑满释放")),
    ("以被告人某某犯盗窃罪，判处有期徒刑三年",),
)
JUDGMENTS = (
    Pattern(
        "court-date-judgment",
        "judgment",
        rf"{HERE}(?:经)?{OWN}(?:审理)?，?于(?P<date>{DAY})，?(?:经审理)?{MADE}(?P<number>{NUMBER})?{JUDGMENT}",
        (
            (
                "某省某市某区人民法院于2015年11月2日作出（2015）某刑初字第00012号刑事判决",
                "某省某市某区人民法院于2015年11月2日作出（2015）某刑初字第00012号刑事判决",
            ),
        ),
        ("某省某市中级人民法院于2015年11月2日作出（2015）某刑终字第12号刑事裁定",),
        keys=("判决",),
        reach=(140, 4),
    ),
    Pattern(
        "date-court-judgment",
        "judgment",
        rf"(?P<date>{DAY})，?(?:经|被|由)?{OWN}{MADE}(?P<number>{NUMBER})?{JUDGMENT}",
        (
            (
                "2012年6月5日，某市某区人民法院作出（2012）某刑初字第14号刑事判决",
                "2012年6月5日，某市某区人民法院作出（2012）某刑初字第14号刑事判决",
            ),
        ),
        keys=("判决",),
        reach=(140, 4),
    ),
    Pattern(
        "court-number-judgment",
        "judgment",
        rf"{HERE}(?:经)?{OWN}{MADE}?(?P<number>{NUMBER}){JUDGMENT}",
        (("某市某区人民法院以（2012）某刑初字第14号刑事判决", "某市某区人民法院以（2012）某刑初字第14号刑事判决"),),
        keys=("判决",),
        reach=(120, 4),
    ),
    Pattern(
        "convicted-by-court",
        "judgment",
        rf"(?:于)?(?P<date>{DAY})，?(?:被|经){OWN}(?:以(?P<number>{NUMBER}){JUDGMENT}书?|以(?=[^，。]{{2,60}}罪)|，?判处|判决)",
        (("因犯盗窃罪于2013年5月6日被某市某区人民法院判处", "于2013年5月6日被某市某区人民法院判处"),),
        ("于2013年5月6日被交付执行",),
        keys=(
            "被",
            "经",
        ),
        reach=(20, 110),
    ),
    Pattern(
        "date-court-for",
        "judgment",
        rf"(?P<date>{DAY})，?{OWN}以(?=[^，。]{{2,60}}罪，?判处)",
        (("2008年6月5日，某市第一中级人民法院以受贿罪判处", "2008年6月5日，某市第一中级人民法院以"),),
        keys=("判处",),
        reach=(130, 2),
    ),
    Pattern(
        "court-date-for",
        "judgment",
        rf"{HERE}{OWN}于(?P<date>{DAY})，?以(?=[^，。]{{2,60}}罪，?判处)",
        (("某市中级人民法院于2008年6月5日以受贿罪判处", "某市中级人民法院于2008年6月5日以"),),
        keys=("判处",),
        reach=(130, 2),
    ),
    Pattern(
        "date-court-judged",
        "judgment",
        rf"(?P<date>{DAY})，?{OWN}(?P<number>(?!.))?(?:审理)?(?:判决|认定)(?={WHO})",
        (("2008年6月5日，某市中级人民法院判决被告人", "2008年6月5日，某市中级人民法院判决"),),
        keys=(
            "判决",
            "认定",
        ),
        reach=(70, 12),
    ),
)
CHARGES = (
    Pattern(
        "guilty-of",
        "charges",
        rf"(?:{WHO}[^，。；犯]{{0,20}}|认定[^，。；犯]{{0,20}}|因)犯(?!罪)(?:有(?!价证券))?{_CHARGE}(?=[，。；（]|判处|于|被|经|$)",
        (
            ("以被告人李某某犯掩饰、隐瞒犯罪所得罪，判处", "掩饰、隐瞒犯罪所得罪"),
            ("认定张某某犯抢劫罪，判处", "抢劫罪"),
            ("以被告人李某某犯有有价证券诈骗罪，判处", "有价证券诈骗罪"),
        ),
        ("认罪悔罪，",),
        keys=("犯",),
        reach=(40, 130),
    ),
    Pattern(
        "also-guilty-of",
        "charges",
        rf"(?<=[；，。])犯(?!罪)(?:有(?!价证券))?{_CHARGE}(?=[，。；（]|判处|$)",
        (("判处有期徒刑三年；犯盗窃罪，判处", "盗窃罪"),),
        keys=("犯",),
        reach=(1, 130),
    ),
    Pattern(
        "for",
        "charges",
        rf"(?<![犯有失、])以(?!(?:原审)?(?:被告人|罪犯|该犯|其)){_CHARGE}，?(?:对[^，。；]{{0,12}})?判处",
        (("以受贿罪判处某某有期徒刑15年", "受贿罪"),),
        ("以被告人某某犯盗窃罪，判处", "犯过失以危险方法危害公共安全罪，判处"),
        keys=("判处",),
        reach=(150, 2),
    ),
)
EXECUTED = Pattern(
    "executed-term",
    "sentence",
    rf"(?:决定|合并|并罚|总和)[^，。；]{{0,6}}?执行(?:刑罚)?[：，]?(?:对其)?{PUNISHMENT}",
    (
        ("数罪并罚，决定执行有期徒刑五年六个月，", "决定执行有期徒刑五年六个月"),
        ("合并执行无期徒刑", "合并执行无期徒刑"),
    ),
    ("判处有期徒刑五年六个月",),
    keys=("执行",),
    reach=(16, 40),
)
SENTENCED = Pattern(
    "sentenced",
    "sentence",
    rf"(?:判处|改判为?|处以|判(?!决)|处)(?:{WHO})?[^，。；犯罪处]{{0,12}}?{PUNISHMENT}",
    (("判处有期徒刑八年，", "判处有期徒刑八年"), ("判处死刑，缓期二年执行，", "判处死刑，缓期二年执行")),
    ("减去有期徒刑八个月",),
    keys=(
        "徒刑",
        "死刑",
        "死缓",
        "拘役",
        "管制",
    ),
    reach=(30, 24),
)
MERGED = Pattern(
    "merged",
    "sentence",
    r"数罪并罚|决定执行|合并执行|总和刑期|并罚",
    (("数罪并罚，", "数罪并罚"),),
)
DEPRIVATION = Pattern(
    "deprivation",
    "deprivation_months",
    rf"剥夺政治权利(?P<v>终身|{LENGTH})",
    (("，剥夺政治权利二年，", "二年"), ("，剥夺政治权利终身", "终身")),
    ("剥夺政治权利刑期不变",),
    keys=("政治权利",),
    reach=(4, 16),
)
FINE = Pattern(
    "fine",
    "fine_yuan",
    rf"罚金(?:共计|合计|各)?(?:人民币)?(?P<v>{MONEY})",
    (("并处罚金人民币一万元（已缴纳）", "一万元"), ("并处罚金10000元", "10000元")),
    ("本次缴纳罚金",),
    keys=("罚金",),
    reach=(0, 30),
)
CONFISCATION = Pattern(
    "confiscation",
    "confiscation",
    rf"没收(?P<v>个人全部财产|全部个人财产|全部财产|(?:个人)?(?:部分)?财产(?:人民币)?{MONEY}|个人部分财产|部分财产)",
    (("并处没收个人全部财产", "个人全部财产"), ("没收财产五万元", "财产五万元")),
    ("没收作案工具",),
    keys=("没收",),
    reach=(0, 40),
)
TERM = Pattern(
    "term",
    "term_start",
    rf"(?:刑期|即)?(?:自|从)(?P<start>{DAY})起?，?(?:至|到)(?P<end>{DAY})止?",
    (("刑期自2014年11月5日起至2022年11月4日止", "刑期自2014年11月5日起至2022年11月4日止"),),
    ("刑期至2022年5月4日止",),
    keys=(
        "至",
        "到",
    ),
    reach=(20, 20),
)
COMMITTED = Pattern(
    "committed",
    "committed_date",
    rf"(?P<v>{DAY})，?(?:被|将[^，。]{{0,12}})?(?:交付|交由|投入|送交|送至|送|押送|入|投送|调入)(?:[^，。；]{{0,24}}?)(?:执行|服刑|监|改造|所)",
    (("于2013年2月8日交付执行", "2013年2月8日"), ("2008年8月7日被投入某省某某监狱服刑", "2008年8月7日")),
    ("于2015年7月1日经本院裁定",),
    keys=(
        "交付",
        "交由",
        "投入",
        "送",
        "入",
        "投送",
    ),
    reach=(36, 40),
)
APPEALED = Pattern(
    "appealed",
    "appeal",
    r"(?:提出|提起)(?:上诉|抗诉)|不服[^。]{0,16}?(?:上诉|抗诉)|二审|终审",
    (("被告人不服，提出上诉", "不服，提出上诉"),),
    ("在法定期限内没有上诉、抗诉",),
)
APPEAL = (
    Pattern(
        "court-date-appeal",
        "appeal",
        rf"{HERE}(?:经)?{OWN}(?:二审|审理)?，?于(?P<date>{DAY})，?(?:以|作出|做出)(?P<number>{NUMBER})?{EITHER}",
        (
            (
                "某省高级人民法院于2011年4月6日作出（2011）某刑终字第33号刑事裁定",
                "某省高级人民法院于2011年4月6日作出（2011）某刑终字第33号刑事裁定",
            ),
        ),
        keys=(
            "裁定",
            "判决",
        ),
        reach=(140, 2),
    ),
    Pattern(
        "date-court-appeal",
        "appeal",
        rf"(?P<date>{DAY})，?(?:经)?{OWN}(?:以|作出|做出)(?P<number>{NUMBER})?{EITHER}",
        (
            (
                "2011年4月6日，某省高级人民法院作出（2011）某刑终字第33号刑事裁定",
                "2011年4月6日，某省高级人民法院作出（2011）某刑终字第33号刑事裁定",
            ),
        ),
        keys=(
            "裁定",
            "判决",
        ),
        reach=(140, 2),
    ),
)
UPHELD = Pattern(
    "upheld",
    "appeal_result",
    r"维持原判|予以维持|核准(?!假释)|驳回(?:上诉|抗诉)",
    (("驳回上诉，维持原判", "驳回上诉"),),
    ("撤销原判",),
)
CHANGED = Pattern(
    "changed-on-appeal",
    "appeal_result",
    r"改判|撤销(?:原判|[^，。；]{0,40}(?:刑事判决|判决))|变更(?:原判|为)",
    (("以（2011）某刑终字第33号刑事判决，改判", "改判"), ("撤销原判", "撤销原判")),
    ("撤销减刑",),
)
RETRIAL = Pattern("retrial", "retrial", r"再审|刑再", (("（2021）某刑再1号", "刑再"),), ("再次",))
RESTRICTED = Pattern(
    "restricted",
    "restricted_reduction",
    r"限制减刑(?!的?规定)",
    (("并对其限制减刑", "限制减刑"),),
)
LIFE_WITHOUT = Pattern("life-without", "life_without_reduction", r"终身监禁", (("决定终身监禁", "终身监禁"),))
SUSPENDED = Pattern(
    "suspended",
    "sentence_type",
    rf"缓刑(?:考验期)?(?P<v>{LENGTH})|宣告缓刑",
    (("判处有期徒刑三年，缓刑四年", "四年"),),
    ("死刑缓期二年执行",),
    keys=("缓刑",),
    reach=(2, 24),
)

JUDGMENT_PATTERNS = (
    SPENT, *JUDGMENTS, *CHARGES, EXECUTED, SENTENCED, MERGED, DEPRIVATION, FINE, CONFISCATION, TERM, COMMITTED, APPEALED,
    *APPEAL, UPHELD, CHANGED, RETRIAL, RESTRICTED, LIFE_WITHOUT, SUSPENDED,
)  # fmt: skip
