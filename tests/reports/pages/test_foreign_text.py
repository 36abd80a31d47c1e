"""Other scripts on a page are marked as what they are, and nothing else is touched."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from clemency.reports.pages.foreign import marked


@pytest.mark.parametrize(
    ("html", "wanted"),
    [
        ("<p>Liu (刘晓波), Xu</p>", '<p>Liu (<span lang="zh">刘晓波</span>), Xu</p>'),
        ("<td>麦提阿卜拉·伊敏尼亚孜</td>", '<td><span lang="zh">麦提阿卜拉·伊敏尼亚孜</span></td>'),
        ("<p>མགྲིན་པ</p>", '<p><span lang="bo">མགྲིན་པ</span></p>'),
        ("<p>ئىلھام توختى 2014</p>", '<p><bdi lang="und-Arab">ئىلھام توختى</bdi> 2014</p>'),
        ("<p>שלום</p>", "<p><bdi>שלום</bdi></p>"),
        (
            "<svg><text>刘</text></svg><p>刘</p>",
            '<svg><text><tspan lang="zh">刘</tspan></text></svg><p><span lang="zh">刘</span></p>',
        ),
        ('<svg><title>刘</title></svg><script>"刘"</script><style>/* 刘 */</style><!-- 刘 -->', None),
        ('<meta content="刘"><a title="刘">x</a>', None),
        ("<p>\u202eevil</p>ok", "<p>\u202eevil\u202c</p>ok"),
        ("<p>\u202ea\u202c \u2067b</p>", "<p>\u202ea\u202c \u2067b\u2069</p>"),
        ("<p>Ürümqi, é</p>", None),
    ],
)
def test_runs_are_marked(html, wanted):
    assert marked(html) == (html if wanted is None else wanted)


def test_a_page_in_chinese_marks_no_chinese():
    assert marked("<p>刘晓波 མགྲིན</p>", "zh-Hans") == '<p>刘晓波 <span lang="bo">མགྲིན</span></p>'


@given(st.text(alphabet="a刘波·、。ئ ى་མ1,(\u202e\u202c\u2069", max_size=30))
def test_no_letter_is_lost_or_moved(text):
    made = marked(f"<p>{text}</p>")
    told = re.sub(r"<[^>]+>", "", made)
    assert told.startswith(text)
    assert set(told[len(text) :]) <= {"\u202c", "\u2069"}
    assert made.count("<span") + made.count("<bdi") == made.count("</span") + made.count("</bdi")
