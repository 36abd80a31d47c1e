"""The page of findings says what the reproduction says, and stands alone."""

import re
from html import escape
from html.parser import HTMLParser

import numpy as np
import pandas as pd
import pytest
from click.testing import CliRunner

import clemency as cl
from clemency.cli import main
from clemency.figures import agreement, beside, drawn, variants
from clemency.figures.robustness.agreement import CROWD
from clemency.figures.theme.palette import ACCENT, INK
from clemency.findings.claims import STRESSES, stressed
from clemency.findings.material import Material
from clemency.findings.registry import registry
from clemency.findings.reproduction import Reproduction
from clemency.findings.robustness import verdicts_of
from clemency.findings.steinert.claims import conclusion
from clemency.findings.variants.counts import arrests_of_2012, women_in_prison_growth
from clemency.reports.findings import _agreement, _number, findings_page
from clemency.reports.section import Passage, Section, TableView, as_html

FEW = ["duihua-2013-arrests", "duihua-2015-women"]


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    folder = tmp_path_factory.mktemp("findings")
    done = cl.reproduce(FEW)
    return done, folder, findings_page(folder, done=done).read_text(encoding="utf-8")


def test_the_page_holds_every_number_and_its_source(made):
    done, folder, page = made
    text = re.sub(r"<[^>]+>", " ", page)
    assert "18.8" in text
    assert "45.6" in text
    for row in done.findings.itertuples():
        assert row.claim in text
        assert row.address.split()[0] in page
    kept = pd.read_csv(folder / "tables" / "values-dui-hua-foundation.csv")
    assert kept["recomputed"].tolist() == pytest.approx(done.table["recomputed"].tolist())
    assert (folder / "figures" / "agreement.svg").is_file()


def test_the_page_stands_alone(made):
    class Checker(HTMLParser):
        outside = ()

        def handle_starttag(self, tag, attrs):
            if tag in ("script", "link", "img", "iframe"):
                self.outside = (*self.outside, tag)

    checker = Checker()
    checker.feed(made[2])
    assert checker.outside == ()


def test_the_command_writes_it(tmp_path):
    shown = CliRunner().invoke(main, ["reproduce", "duihua-2013-arrests", "--html", str(tmp_path / "page")])
    assert shown.exit_code == 0
    assert (tmp_path / "page" / "index.html").is_file()


def test_numbers_are_shown_with_one_digit_more_than_printed():
    assert _number(18.8172, 1.0) == "18.8"
    assert _number(0.123456, 0.01) == "0.123"
    assert _number(1105.0, 1.0) == "1,105.0"
    assert _number(6000.5, float("inf")) == "6,000"
    assert _number(float("nan"), 1.0) == ""


def test_the_figure_of_agreement():
    frame = pd.DataFrame(
        {
            "finding_id": ["a", "a", "b", "b", "b"],
            "off": [0.1, -0.5, 7.0, -9.0, float("nan")],
            "verdict": ["reproduced", "reproduced", "differs", "differs", "reproduced"],
        }
    )
    ax = agreement(frame)
    kept = drawn(ax)
    assert kept.alt.startswith("4 recomputed numbers of 2 findings: 2 within half a unit")
    assert kept.note == "Not drawn: 1 number without a distance (bounds, ranges)."
    assert [t.get_text() for t in ax.get_yticklabels()] == ["b", "a"]
    marks = sorted(float(x) for line in ax.get_lines() if line.get_linestyle() == "None" for x in line.get_xdata())
    assert marks == [-3.0, -0.5, 0.1, 3.0]
    with pytest.raises(cl.UsageError, match="No number was recomputed"):
        agreement(frame.assign(off=float("nan")))


def test_many_findings_are_drawn_by_publisher_and_few_one_by_one():
    def rows_of(n):
        ids = [f"f{k:02d}" for k in range(n)]
        findings = pd.DataFrame({"finding_id": ids, "publisher": "A, as quoted by B", "section": "A"})
        findings.loc[0, ["publisher", "section"]] = "C"
        table = pd.DataFrame({"finding_id": ids, "off": 0.25, "verdict": "reproduced"})
        ax = _agreement(Reproduction(table, findings), findings)
        return sorted(t.get_text() for t in ax.get_yticklabels())

    assert rows_of(30) == [f"f{k:02d}" for k in range(30)]
    assert rows_of(31) == ["A", "C"]


def test_what_cannot_be_recomputed_counts_against_nobody():
    frame = pd.DataFrame(
        {
            "publisher": ["a"] * 6 + ["b"] * 2,
            "off": [0.1, float("nan"), float("nan"), float("nan"), float("nan"), 0.2, 0.3, float("nan")],
            "verdict": [
                *("reproduced", "reproduced", "cannot be recomputed", "needs data", "failed", "differs"),
                *("reproduced", "cannot be recomputed"),
            ],
        }
    )
    ax = agreement(frame, by="publisher")
    counts = {t.get_text(): t.get_color() for t in ax.texts if " of " in t.get_text()}
    assert counts == {"2 of 3": ACCENT, "1 of 1": INK}
    assert drawn(ax).note == (
        "Not drawn: 1 number without a distance (bounds, ranges), 2 numbers not recomputed (cannot be recomputed), "
        "1 number not recomputed (needs data), 1 number not recomputed (failed)."
    )


def test_what_agrees_is_a_histogram_in_a_crowd():
    rng = np.random.default_rng(1)
    off = [*rng.uniform(-0.5, 0.5, CROWD + 1), 0.9, 8.0]
    verdict = [*["reproduced"] * (CROWD + 1), "differs", "differs"]
    frame = pd.DataFrame({"publisher": ["a"] * len(off), "off": off, "verdict": verdict})
    ax = agreement(frame, by="publisher")
    assert drawn(ax).alt.startswith(f"{CROWD + 3} recomputed numbers of 1 publisher: {CROWD + 1} within")
    ends = [(b.get_x(), b.get_x() + b.get_width()) for b in ax.patches if b.get_height() < 1]
    assert min(e[0] for e in ends) >= -0.5 - 1e-9
    assert max(e[1] for e in ends if e[1] < 1) <= 0.5 + 1e-9
    marks = sorted(float(x) for line in ax.get_lines() if line.get_linestyle() == "None" for x in line.get_xdata())
    assert marks == [0.9, 3.0]
    assert f"{CROWD + 1} of {CROWD + 3}" in [t.get_text() for t in ax.texts]


def test_recomputed_and_printed_ratios_lie_beside_each_other():
    frame = pd.DataFrame({"label": ["a", "b"], "estimate": [0.5, 2.0], "ci_low": [0.2, 1.0], "ci_high": [0.9, 4.0]})
    frame[["printed", "printed_low", "printed_high"]] = [[0.5, 0.2, 0.9], [2.1, 1.0, 4.2]]
    ax = beside(frame)
    assert [t.get_text() for t in ax.get_yticklabels()] == ["b", "a"]
    assert "b: 2 and 2.1" in drawn(ax).alt


def variants_frame():
    rows = [("a", 9, 0.5, 0.2, 0.9, True), ("b", 7, 0.8, 0.4, 1.6, False), ("c", 3, 2.0, 0.0001, 900.0, False)]
    return pd.DataFrame(rows, columns=["variant", "n", "estimate", "ci_low", "ci_high", "stands"])


def test_variants_are_rows_and_claims_panels():
    one = variants_frame()
    ax = variants(one)
    assert [t.get_text() for t in ax.get_yticklabels()] == ["c\xa0\xa0(3)", "b\xa0\xa0(7)", "a\xa0\xa0(9)"]
    kept = drawn(ax)
    assert "0.5 in the first, 0.5 to 2 in all, stands in 1 of 3, on the other side in 1" in kept.alt
    dots = [line for line in ax.get_lines() if line.get_marker() == "o"]
    assert [d.get_markerfacecolor() for d in dots] == [INK, "none", ACCENT]
    assert sorted(line.get_marker() for line in ax.get_lines() if line.get_marker() in "<>") == ["<", ">"]
    both = pd.concat([one.assign(claim="x"), one.assign(claim="y")])
    first = variants(both)
    assert [a.get_title(loc="left") for a in first.figure.axes] == ["x", "y"]
    with pytest.raises(cl.UsageError, match="2 claims do not fit"):
        variants(both, first)
    with pytest.raises(cl.UsageError, match="same variants"):
        variants(pd.concat([one.assign(claim="x"), one.iloc[:2].assign(claim="y")]))


def test_claims_come_first_and_many_numbers_on_demand(made):
    done, _, page = made
    assert 'href="#dui-hua-foundation"' in page
    assert "<details><summary>4 numbers" not in page  # a handful stand open
    assert page.index(done.findings["claim"].iloc[1]) < page.index("4 numbers, printed and recomputed")
    view = TableView("many", "Many & more", pd.DataFrame({"a": ["<b>"]}), folded=True, stacked=True)
    text = as_html(Section("s", "S", (), (Passage("p", "A <claim>", ("**So** it is.",)), view)).content())
    assert '<h3 id="p">A &lt;claim&gt;</h3><p><strong>So</strong> it is.</p>' in text
    assert '<details><summary>Many &amp; more</summary><div class="scroll"><table class="stacked">' in text
    assert '<p class="printed">Many &amp; more: tables/many.csv</p>' in text


def test_claims_under_other_choices_are_on_the_page(made):
    _, folder, page = made
    for s in (arrests_of_2012(), women_in_prison_growth()):
        assert escape(s.conclusion, quote=False) in page
        assert verdicts_of(s.tidy()).capitalize() in page
    kept = pd.read_csv(folder / "tables" / "claims.csv")
    assert kept[["standing", "variants"]].to_numpy().tolist() == [[3, 8], [5, 5]]
    assert (kept["ci_low"] <= kept["estimate"]).all()
    assert re.search(r"<td[^>]*>3 of 8</td>", page)
    assert len(list((folder / "figures").glob("claim-*.svg"))) == 2


def test_claims_whose_data_are_missing_say_how_to_get_them(tmp_path, monkeypatch):
    monkeypatch.setenv("CLEMENCY_CACHE", str(tmp_path / "empty"))
    monkeypatch.delenv("CLEMENCY_DATA", raising=False)
    made, missing = stressed(["steinert-2022-figure1", "duihua-2015-women", "lin-1702-rulings"], Material(tmp_path))
    assert [s.finding_id for s in made] == ["duihua-2015-women"]
    assert missing == {"steinert-2022-figure1": "get the data with: clemency data fetch steinert2022"}
    page = findings_page(tmp_path / "page", data=tmp_path, done=cl.reproduce("steinert-2022-figure1", data=tmp_path))
    assert "Not shown: get the data with: clemency data fetch steinert2022." in page.read_text(encoding="utf-8")


def test_claims_put_to_other_choices_are_in_the_registry():
    assert set(STRESSES) <= set(registry().findings["finding_id"])


def test_words_on_ratios_follow_from_the_table():
    table = variants_frame().assign(note="")
    assert conclusion(table.iloc[:1]).startswith("The claim stands: the ratio and its limits are below 1 in all 1 ")
    assert "not in: b. It is 0.50 (0.20 to 0.90) as published" in conclusion(table.iloc[:2])
    turned = conclusion(table)
    assert turned.startswith("The claim does not stand under every choice")
    assert "above 1 in 1: c 2.00 (0.00 to 900.00). It is 0.50 (0.20 to 0.90) as published and lies between" in turned
