"""A plain text -> what kind of document it is, so that what is no ruling is named and not read as one."""

from __future__ import annotations

import re

from clemency.sources.rulings.prose.characters import Plain
from clemency.sources.rulings.prose.segments import ORDER, TITLE, Segments

#: Kinds that are read; the others are named in the account and give no row.
READ = ("ruling", "decision", "digest", "part")
_CHINESE = re.compile(r"[\u4e00-\u9fff]+")
_SUBJECT = re.compile(r"减刑|假释|监外执行|减去有期徒刑|减为|收监执行")
_OTHER_RULING = re.compile(r"(?:民事|行政|执行|赔偿|保全)裁定书")
_JUDGMENT = re.compile(r"刑事(?:附带民事)?判决书|民事判决书|行政判决书")
_PROPOSAL = re.compile(r"(?:提请)?(?:减刑|假释|暂予监外执行)(?:建议书|意见书)")
_ADDRESSED = re.compile(r"特(?:此)?提请[^。]{0,10}裁定|此致[^。]{2,24}人民法院|此致")
_NOTICE = re.compile(r"公示(?:字|期|如下|名单)|(?:予以|现将)[^。]{0,30}公示|公告如下")
_NEWS = re.compile(r"记者|本报讯|本报|新华社|中新网|日电|报道|[讯电]（|据悉|获悉|法治日报|网讯")
_NUMBERED = re.compile(r"定书(?<=[裁决]定书)（?(?:19|20)\d{2}")
_EFFECT = re.compile(r"本(?:裁定|决定)[^。]{0,12}法律效力")
_OTHER_ORDER = re.compile(
    r"驳回上诉|维持原判|准许[^。]{0,30}撤回(?:上诉|抗诉|起诉)|终止审理|中止审理|发回重审|终结|驳回申诉"
)
_PERSON = re.compile(r"罪犯[^，。；、（]{1,30}(?:（[^）]{1,30}）)?[，、](?:性别)?[男女]")
_ON_WHOM = re.compile(
    r"(?<!刑事)裁定[：，]?(?:准予|不予|依法)?(?:对|将|准予|准许)?罪犯(?P<name>[^，。；：]{1,20}?)(?=不|予|准|减|假|暂)"
)
_GUILTY = re.compile(r"罪犯[^，。；：]{1,20}?因?犯[^，。；]{2,60}?罪")
_HEAD = 400


def kind_of(plain: Plain, parts: Segments) -> tuple[str, str]:
    """Kind of a text, and what it was known by.

    Returns
    -------
    kind : str
        ``ruling``, ``decision``, ``digest`` (a court's own short account), ``part`` (head or decision is missing), or
        what is not read: ``empty``, ``not_chinese``, ``several_documents``, ``judgment``, ``proposal``, ``notice``,
        ``news``, ``other_ruling``, ``other``.
    reason : str
    """
    text = plain.text
    if not text:
        return "empty", "there is no text in it"
    if not _is_chinese(text[:20_000]):
        return "not_chinese", "most of it is not Chinese"
    if _SUBJECT.search(text) is None:
        return _without_subject(text)
    several = _several(text)
    if several:
        return "several_documents", f"{several}: split the file"
    head = TITLE.search(text[:1500])
    judged = _JUDGMENT.search(text[:_HEAD])
    if judged and (head is None or judged.start() < head.start()):
        return "judgment", f"headed '{judged.group()}'"
    if parts.ordered:
        return _ordered(plain, parts, head)
    return _unordered(text, parts, head)


def _is_chinese(text: str) -> bool:
    """Whether three characters of ten are Chinese; the rest is not counted once they are there."""
    enough, counted = 0.3 * len(text), 0
    for run in _CHINESE.finditer(text):
        counted += run.end() - run.start()
        if counted >= enough:
            return True
    return False


def _several(text: str) -> str:
    """By what a text is known to be more than one document; empty for one."""
    if len(_NUMBERED.findall(text)) > 1 or len(_EFFECT.findall(text)) > 1:
        return "heads or ends of several documents"
    order = ORDER.search(text)
    if order is not None:
        person = _PERSON.search(text, order.end())
        if person and (ORDER.search(text, person.end()) or TITLE.search(text, order.end(), person.start())):
            return "a prisoner is introduced after a decision, and decided on again"
        return ""
    decided = [m.group("name") for m in _ON_WHOM.finditer(text)]
    if len(set(decided)) > 1 or (len(decided) > 1 and len(_GUILTY.findall(text)) > 1):
        return "short accounts of several rulings"
    return ""


def _without_subject(text: str) -> tuple[str, str]:
    for kind, pattern in (("judgment", _JUDGMENT), ("other_ruling", _OTHER_RULING)):
        found = pattern.search(text[:1500])
        if found:
            return kind, f"headed '{found.group()}'"
    return "other", "nothing in it is about a change of a sentence"


def _ordered(plain: Plain, parts: Segments, head: re.Match[str] | None) -> tuple[str, str]:
    text = plain.text
    decision = text[slice(*parts.decision)]
    other = _OTHER_RULING.search(text[:_HEAD])
    if other and head is None:
        return "other_ruling", f"headed '{other.group()}'"
    if _SUBJECT.search(decision) is None:
        if not decision.strip("。") and head:
            return "part", "cut off after the words that introduce the decision"
        if _OTHER_ORDER.search(decision) or head is None:
            return "other_ruling", "what it decides is no change of a sentence"
    if "罪犯" not in text:
        return "other_ruling", "nobody is called a prisoner in it"
    if head is None:
        return "part", "it has no head"
    if not decision.strip("。"):
        return "part", "cut off after the words that introduce the decision"
    return ("decision" if "决定" in head["kind"] else "ruling"), ""


def _unordered(text: str, parts: Segments, head: re.Match[str] | None) -> tuple[str, str]:
    """A text without the formula before a decision."""
    own = "本院" in text
    for kind, found in (
        ("proposal", None if own else _PROPOSAL.search(text[:80]) or _ADDRESSED.search(text[-200:])),
        ("notice", _NOTICE.search(text[:200])),
    ):
        if found and head is None:
            return kind, f"it says '{found.group()[:20]}'"
    if _NEWS.search(text[:_HEAD]) or _NEWS.search(text[-100:]):
        return "news", "it is written as news"
    if head and "决定" in head["kind"] and parts.decision[1] > parts.decision[0]:
        return "decision", ""
    if head:
        return "part", "cut off before the decision"
    if "罪犯" in text and parts.decision[1] > parts.decision[0]:
        return "digest", "a short account of a ruling"
    if "罪犯" in text and re.search(r"执行机关|服刑|交付执行", text):
        return "part", "it has neither head nor decision"
    return "other", "it has neither head nor decision of a ruling"
