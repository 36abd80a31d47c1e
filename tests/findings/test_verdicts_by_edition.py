"""Verdicts stay those of the edition on which they were established, and the shipped tables can be asked instead."""

import shutil
from pathlib import Path

import pandas as pd
import pytest
from click.testing import CliRunner

import clemency as cl
from clemency.cli import main
from clemency.findings.claims import stressed
from clemency.findings.material import Material
from clemency.findings.registry import registry
from clemency.records.environment.datafolder import data_folder, edition_named, editions
from clemency.reports.findings import findings_page

SHIPPED = data_folder()
PAGE = Path(__file__).resolve().parents[2] / "docs" / "findings.md"
ENTERED = "2026.11"


def written(frame, path):
    frame.to_csv(path, index=False)


def text_of(path):
    return pd.read_csv(path, dtype=str, keep_default_na=False)


@pytest.fixture
def elsewhere(tmp_path, monkeypatch):
    """The shipped folder in a copy that a test may change."""
    folder = tmp_path / "data"
    shutil.copytree(SHIPPED, folder, ignore=shutil.ignore_patterns("build"))
    monkeypatch.setattr("clemency.records.environment.datafolder._shipped", lambda: folder)
    return folder


@pytest.fixture
def changed_tables(elsewhere):
    """All shipped life sentences begin in 1900, and 1,000 more were arrested in 2012."""
    cases = text_of(elsewhere / "cases.csv")
    cases.loc[cases["sentence_type"].eq("life") & cases["detention_date"].ne(""), "detention_date"] = "1900"
    written(cases, elsewhere / "cases.csv")
    statistics = text_of(elsewhere / "statistics.csv")
    statistics.loc[statistics["statistic_id"] == "ess-arrests-china-2012-ess-1", "value"] = "2105"
    written(statistics, elsewhere / "statistics.csv")
    return elsewhere


BOTH = ["chen-2011-served", "duihua-2013-arrests"]


def test_a_change_of_the_shipped_tables_changes_no_verdict(changed_tables):
    assert data_folder() == changed_tables
    done = cl.reproduce(BOTH)
    assert done.findings["computed_on"].tolist() == [ENTERED] * 2
    found = done.tidy().set_index("quantity")
    # 15 people with both dates served 229.59 years in all, by the days between them; 1,105 arrests after 930.
    assert found.loc["life", "recomputed"] == pytest.approx(15.31, abs=0.005)
    assert found.loc["growth_2011_2012", "recomputed"] == pytest.approx(100 * (1105 / 930 - 1))
    assert found["verdict"].to_dict() == {
        "growth_2011_2012": "reproduced", "life": "reproduced", "reprieve": "differs",
    }  # fmt: skip
    assert done.changed().empty
    assert done.lost().empty


def test_the_shipped_tables_can_be_asked(changed_tables):
    assert changed_tables.is_dir()
    for named in ("shipped", editions()[-1]):
        done = cl.reproduce(BOTH, edition=named)
        assert done.findings["computed_on"].tolist() == [editions()[-1]] * 2
        found = done.tidy().set_index("quantity")
        assert found.loc["life", "recomputed"] > 80
        assert found.loc["growth_2011_2012", "recomputed"] == pytest.approx(100 * (2105 / 930 - 1))
        assert done.changed()["quantity"].tolist() == done.lost()["quantity"].tolist() == ["growth_2011_2012", "life"]
        assert set(done.changed()["reason"]) == {f"it agreed when the finding was entered, on edition {ENTERED}"}
        assert found.loc["reprieve", "reason"].startswith(f"on edition {ENTERED}: the mean of 7 cases")


def test_what_differed_and_now_agrees_has_changed_and_is_not_lost(elsewhere):
    """Eight people with a reprieved death sentence, each held for 18 years."""
    cases = text_of(elsewhere / "cases.csv")
    some = cases.index[cases["sentence_type"] == "death_reprieve"]
    assert len(some) >= 8
    cases.loc[some, ["detention_date", "status"]] = ["", "serving"]
    dates = ["1990-01-01", "released", "2008-01-01"]
    cases.loc[some[:8], ["detention_date", "status", "status_date"]] = dates
    written(cases, elsewhere / "cases.csv")
    done = cl.reproduce("chen-2011-served", edition="shipped")
    found = done.tidy().set_index("quantity").loc["reprieve"]
    assert found["recomputed"] == pytest.approx(18, abs=0.01)
    assert (found["verdict"], found["expected"]) == ("reproduced", "differs")
    assert "reprieve" in done.changed()["quantity"].tolist()
    assert "reprieve" not in done.lost()["quantity"].tolist()


def test_an_edition_that_is_none_is_refused():
    known = editions()
    assert known[0] == ENTERED
    for named in ("2026.10", "", "current"):
        with pytest.raises(cl.UsageError, match=rf"no such edition. There are: {', '.join(known)}"):
            cl.reproduce(BOTH, edition=named)
    assert edition_named(known[-1]) == SHIPPED


def test_a_registry_names_editions_that_can_be_loaded(tmp_path):
    folder = tmp_path / "findings"
    shutil.copytree(SHIPPED / "findings", folder)
    findings = text_of(folder / "findings.csv")
    findings.loc[1, "edition"] = "2019.1"
    written(findings, folder / "findings.csv")
    with pytest.raises(cl.DataError) as refused:
        registry(folder)
    (only,) = refused.value.problems
    assert (only.file, only.row, only.column, only.value) == ("findings.csv", 3, "edition", "2019.1")
    assert only.message == "no edition that can be loaded"
    assert only.remedy == f"Write the one on which the verdicts were established: {', '.join(editions())}."


def test_a_finding_of_the_shipped_edition_is_computed_from_it(tmp_path):
    folder = tmp_path / "findings"
    shutil.copytree(SHIPPED / "findings", folder)
    findings = text_of(folder / "findings.csv")
    findings.loc[findings["finding_id"] == "chen-2011-served", ["edition", "last_edition"]] = editions()[-1]
    written(findings, folder / "findings.csv")
    done = cl.reproduce(BOTH, registry=folder)
    assert done.findings.set_index("finding_id")["computed_on"].to_dict() == {
        "duihua-2013-arrests": ENTERED,
        "chen-2011-served": editions()[-1],
    }


def test_claims_are_put_to_other_choices_on_the_edition_of_their_verdict():
    """10 of the 16 with life sentences in edition 2026.11 have the dates needed."""
    shipped, _ = stressed(["duihua-2016-rules"], Material())
    then, _ = stressed(["duihua-2016-rules"], Material(), {"duihua-2016-rules": ENTERED})
    assert "10 of 16 state security prisoners" in then[0].conclusion
    assert shipped[0].conclusion != then[0].conclusion


def test_the_page_says_which_edition_it_was_computed_from(tmp_path):
    text = findings_page(tmp_path / "then", done=cl.reproduce("duihua-2016-rules")).read_text(encoding="utf-8")
    assert f"computed from the edition on which its verdict was established: {ENTERED}." in text
    assert f"from {cl.edition(ENTERED)}." in text
    assert "10 of 16 state security prisoners" in text
    done = cl.reproduce("duihua-2016-rules", edition="shipped")
    text = findings_page(tmp_path / "now", done=done).read_text(encoding="utf-8")
    assert f"computed from edition {editions()[-1]}; the verdicts were established on {ENTERED}." in text
    assert f"from {cl.edition()}." in text
    assert "10 of 16 state security prisoners" not in text


def test_the_command_takes_an_edition(changed_tables):
    assert changed_tables.is_dir()
    run = CliRunner().invoke
    assert "18.8172" in run(main, ["reproduce", "duihua-2013-arrests"]).stdout
    now = run(main, ["reproduce", "duihua-2013-arrests", "--edition", "shipped"])
    assert now.exit_code == 1  # a number that agreed no longer does
    assert "126.344" in now.stdout
    refused = run(main, ["reproduce", "duihua-2013-arrests", "--edition", "2026.10"])
    assert refused.exit_code == 2
    assert "no such edition" in refused.output


def test_each_finding_names_the_last_edition_of_its_verdicts_and_the_page_counts_the_changes():
    findings = registry().findings.set_index("finding_id")
    ours = findings.index[findings["needs"] == "shipped"].tolist()
    then, now = cl.reproduce(ours).tidy(), cl.reproduce(ours, edition="shipped").tidy()
    computed = then["recomputed"].notna()
    other = (then["verdict"] != now["verdict"]).sum()
    page = " ".join(PAGE.read_text(encoding="utf-8").split())
    assert (
        f"Of the {computed.sum()} numbers that are computed from the shipped tables, {other} "
        f"{'has' if other == 1 else 'have'} another verdict on edition {editions()[-1]} than when"
    ) in page
    changed = set(now.loc[(then["verdict"] != now["verdict"]).to_numpy(), "finding_id"])
    assert {f for f in ours if findings.loc[f, "last_edition"] != editions()[-1]} == changed
    assert (findings["last_edition"].isna() == findings["function"].isna()).all()
    life = now.set_index(["finding_id", "quantity"])["recomputed"].loc["chen-2011-served", "life"]
    cases = cl.load("cases").query("sentence_type == 'life'")
    left = cases["status"].isin(["released", "released_early", "released_on_expiry", "parole"])
    people = (left & cases["detention_date"].notna() & cases["status_date"].notna()).sum()
    assert f"is {life:.1f} years of {people} people where it was 15.3 of 15." in page
