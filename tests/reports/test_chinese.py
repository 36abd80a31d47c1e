"""The report in Chinese: no English sentence is left on it, dates and names are written as Chinese does."""

import re

import pytest
from click.testing import CliRunner
from makers import MAKERS

from clemency.cli import main
from clemency.records.errors import UsageError
from clemency.records.presentation.translation import speaking
from clemency.reports import build, section
from clemency.reports.inputs import inputs
from clemency.reports.language import charged, dated, day, term
from clemency.reports.pages.markup import Origin, sections_html

#: Three words of Latin letters in a row, or more.
ENGLISH = re.compile(r"[A-Za-z][a-z'-]+(?:,? [A-Za-z][A-Za-z'-]*){2,}")
#: Sections whose making takes longest; their texts are walked over by the test of the catalogue.
SLOW = ("register", "relations", "event-study", "hazards", "answers", "states", "incidence", "timeline", "limits")


def drawn(chart):
    """A figure as its words: drawing it would take longer than all else."""
    kept = section._marked(chart.caption)
    return {"kind": "passage", "name": chart.name, "title": kept, "text": [chart.alt]}


def left_in_english(text, known):
    """Stretches of English in a text, without what stands between quotation marks and what is known to be data."""
    text = re.sub(r"“[^”]*”|<code>.*?</code>|<a [^>]*>.*?</a>|<small>.*?</small>", " ", text)
    text = re.sub(r"<[^>]+>", "\n", text)
    return [m for m in ENGLISH.findall(text) if not any(m in k or k in m for k in known)]


@pytest.mark.parametrize("quarter", ["2017Q2", "1995Q2"])
def test_no_english_sentence_is_left(quarter, monkeypatch):
    monkeypatch.setattr(section, "_chart", drawn)
    i = inputs(quarter)
    known = {*i.cases["name"].astype(str), *i.events["label"].astype(str), i.edition, "Aalen-Johansen"}
    with speaking("zh"):
        made = {k: make(i).content() for k, make in MAKERS.items() if k not in SLOW}
        page = sections_html(list(made.values()), Origin("报告"))
    left = {k: left_in_english(_without_reasons(html), known) for k, html in zip(made, page, strict=True)}
    assert {k: found for k, found in left.items() if found} == {}
    assert "本季度" in page[0]


def _without_reasons(html):
    """Without the table of changed values, whose reasons are quoted as the data have them."""
    return re.sub(r'<details id="table-changed_values">.*?</details>', "", html, flags=re.DOTALL)


def test_dates_terms_and_charges():
    with speaking("zh"):
        assert day("2017-06-21") == "2017年6月21日"
        assert dated("2017-06") == "2017年6月"
        assert day("2017-06-07/2017-06-26") == "2017年6月7日至2017年6月26日"
        assert day("2015~") == "2015年前后"
        assert term("fixed", 42) == "有期徒刑3年6个月"
        assert term("death_reprieve", None) == "死刑缓期二年执行"
        assert charged("inciting subversion") == "煽动颠覆国家政权罪"
        assert charged("inciting subversion of state power; robbery") == "煽动颠覆国家政权罪；抢劫罪"
        assert charged("no such charge") == "no such charge"


def test_charges_of_the_cases_are_known():
    cases = inputs("2017Q2").cases
    with speaking("zh"):
        words = {w for column in ("charge", "conduct") for v in cases[column].dropna() for w in v.split("; ")}
        assert sorted(w for w in words if re.search("[A-Za-z]{3}", charged(w))) == []


def test_another_language_is_refused_before_anything_is_computed(tmp_path):
    with pytest.raises(UsageError, match="Choose one of: en, zh"):
        build("2017Q2", out=tmp_path / "fr", lang="fr")
    said = CliRunner().invoke(main, ["report", "2017Q2", "--lang", "fr", "--out", str(tmp_path / "fr")])
    assert said.exit_code
    assert "Choose one of: en, zh" in said.output
    assert not (tmp_path / "fr").exists()
