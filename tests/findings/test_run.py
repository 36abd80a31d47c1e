"""The registry is checked, wrong numbers are caught, and missing data are no failure."""

import json
import shutil

import pandas as pd
import pytest
from click.testing import CliRunner

import clemency as cl
from clemency.cli import main
from clemency.findings.material import Material, MissingDataError
from clemency.findings.registry import FINDINGS, QUOTED, function_of, functions_in, registry
from clemency.findings.reproduction import _summary
from clemency.records.environment.datafolder import data_folder
from clemency.records.errors import DataError

SHIPPED = data_folder() / "findings"


@pytest.fixture
def folder(tmp_path):
    shutil.copytree(SHIPPED, tmp_path / "findings")
    return tmp_path / "findings"


def edit(folder, name, change):
    path = folder / f"{name}.csv"
    frame = pd.read_csv(path, dtype=str, keep_default_na=False)
    change(frame)
    frame.to_csv(path, index=False)


def set_cell(row, column, value):
    def change(frame):
        frame.loc[row, column] = value

    return change


def arrests(frame):
    return frame.index[frame["finding_id"] == "duihua-2013-arrests"][0]


def test_every_finding_on_the_shipped_tables_has_its_expected_verdict():
    done = cl.reproduce(registry().findings.query("needs == 'shipped'")["finding_id"].tolist())
    ours = done.tidy()
    assert len(ours)
    wanted = ours["expected"].astype(str).replace({"not computed": "cannot be recomputed"})
    off = ours[ours["verdict"] != wanted]
    assert off.empty, off[["finding_id", "quantity", "printed", "recomputed", "verdict", "reason"]].to_string()
    assert done.lost().empty


def test_a_wrong_registry_value_is_caught(folder):
    at = arrests(pd.read_csv(folder / "quoted.csv", dtype=str))
    edit(folder, "quoted", lambda f: (set_cell(at, "value", "21")(f), set_cell(at, "printed", "21 percent")(f)))
    done = cl.reproduce("duihua-2013-arrests", registry=folder)
    row = done.tidy().iloc[0]
    assert (row["verdict"], row["reason"]) == ("differs", "it agreed when the finding was entered")
    assert row["recomputed"] == pytest.approx(100 * (1105 / 930 - 1))
    assert len(done.lost()) == 1
    assert done.findings["verdict"].tolist() == ["differs"]


@pytest.mark.parametrize(
    ("table", "column", "value", "message"),
    [
        ("quoted", "precision", "10", "precision 10 does not follow"),
        ("quoted", "precision", "0.1", "precision 0.1 does not follow"),
        ("quoted", "value", "21", "does not contain 21"),
        ("quoted", "relation", "between", "does not fit the relation"),
        ("quoted", "relation", "about", "not in the vocabulary"),
        ("quoted", "expected", "differs", "'differs' without a reason"),
        ("quoted", "finding_id", "nothing", "no such finding"),
        ("quoted", "quantity", "growth", "not the finding and the quantity"),
        ("findings", "function", "official.nothing", "clemency.findings has no official.nothing"),
        ("findings", "function", "os.system('x')", "not of the form module.function"),
        ("findings", "function", "official.growth", "does not take one argument"),
        ("findings", "needs", "", "function and needs do not go together"),
        ("findings", "address", "", "an empty value in a required column"),
    ],
)
def test_a_malformed_registry_is_refused(folder, table, column, value, message):
    at = arrests(pd.read_csv(folder / f"{table}.csv", dtype=str))
    edit(folder, table, set_cell(at, column, value))
    with pytest.raises(cl.DataError, match=message.replace("(", r"\(").replace(")", r"\)")):
        registry(folder)


FILE = "Fill both, or leave both empty and say in why_not what data would do it."


@pytest.mark.parametrize(
    ("table", "changes", "told"),
    [
        (
            "quoted",
            {"relation": "between"},
            ("value_to", "", "does not fit the relation", "Give value_to for `between`, and only then."),
        ),
        (
            "quoted",
            {"value_to": "30"},
            ("value_to", "30", "does not fit the relation", "Give value_to for `between`, and only then."),
        ),
        (
            "quoted",
            {"quantity": "growth"},
            (
                "value_id", "duihua-2013-arrests:growth_2011_2012", "not the finding and the quantity",
                "Write duihua-2013-arrests:growth.",
            ),
        ),
        ("quoted", {"expected": "differs"}, ("why", "", "'differs' without a reason", "Say why.")),
        (
            "quoted",
            {"finding_id": "nothing"},
            ("finding_id", "nothing", "no such finding", "Add it to findings.csv."),
        ),
        (
            "quoted",
            {"value": "21"},
            (
                "printed", "19 percent", "does not contain 21",
                "Write the number as the source prints it; the value is the same number.",
            ),
        ),
        (
            "quoted",
            {"precision": "10"},
            (
                "precision", "19 percent", "precision 10 does not follow from the digits printed",
                "Write a power of ten from 1 to 1.",
            ),
        ),
        (
            "findings",
            {"needs": ""},
            ("function", "official.state_security_arrests", "function and needs do not go together", FILE),
        ),
        ("findings", {"function": ""}, ("function", "", "function and needs do not go together", FILE)),
        (
            "findings",
            {"function": "official.nothing"},
            (
                "function", "official.nothing", "clemency.findings has no official.nothing",
                "Write the function and hand it over in functions=, or correct its name.",
            ),
        ),
        (
            "findings",
            {"function": "", "needs": "", "why_not": ""},
            (
                "why_not", "", "no function, and no reason why",
                "Say why it cannot be recomputed and what data would do it.",
            ),
        ),
    ],
)  # fmt: skip
def test_a_problem_of_the_registry_says_where_what_and_what_to_do(folder, table, changes, told):
    """File, row as an editor counts, column, value, message and remedy, each in its place."""
    frame = pd.read_csv(folder / f"{table}.csv", dtype=str)
    at = arrests(frame)
    for column, value in changes.items():
        edit(folder, table, set_cell(at, column, value))
    with pytest.raises(cl.DataError) as refused:
        registry(folder)
    first = refused.value.problems[0]
    assert (first.file, first.row) == (f"{table}.csv", at + 2)
    assert (first.column, first.value, first.message, first.remedy) == told


def test_a_finding_that_quotes_nothing_has_no_row(folder):
    frame = pd.read_csv(folder / "quoted.csv", dtype=str, keep_default_na=False)
    frame[frame["finding_id"] != "duihua-2013-arrests"].to_csv(folder / "quoted.csv", index=False)
    with pytest.raises(cl.DataError) as refused:
        registry(folder)
    (only,) = refused.value.problems
    assert (only.file, only.row, only.column, only.value) == ("findings.csv", None, "finding_id", "duihua-2013-arrests")
    assert (only.message, only.remedy) == ("quotes no value", "Add its numbers to quoted.csv.")


def test_a_finding_without_a_function_says_what_would_do(folder):
    def change(frame):
        at = arrests(frame)
        frame.loc[at, ["function", "needs"]] = ""
        frame.loc[at, "why_not"] = "the names on the list would do it"

    edit(folder, "findings", change)
    done = cl.reproduce("duihua-2013-arrests", registry=folder)
    assert done.findings[["verdict", "reason"]].to_numpy().tolist() == [
        ["cannot be recomputed", "the names on the list would do it"]
    ]
    assert done.glance()["lost"].item() == 0


def test_a_quantity_that_the_function_does_not_give_is_a_failure(folder):
    def change(frame):
        at = arrests(frame)
        frame.loc[at, ["quantity", "value_id"]] = ["growth", "duihua-2013-arrests:growth"]

    edit(folder, "quoted", change)
    done = cl.reproduce("duihua-2013-arrests", registry=folder)
    assert done.tidy()["verdict"].tolist() == ["failed"]
    assert "gives no 'growth'" in done.tidy()["reason"].item()
    assert len(done.lost()) == 1


def test_names_and_functions():
    with pytest.raises(cl.UsageError, match="No finding is called 'nobody'"):
        cl.reproduce("nobody")
    assert cl.reproduce(["duihua-2013", "duihua-2015-women"]).glance()["findings"].item() == 2
    with pytest.raises(LookupError):
        function_of("official")


def test_the_command_prints_the_same_table():
    run = CliRunner().invoke
    shown = run(main, ["reproduce", "duihua-2013-arrests"])
    assert shown.exit_code == 0
    assert "18.8172" in shown.stdout
    assert "1 finding, 1 recomputed; of 1 number 1 reproduced." in shown.stdout
    data = json.loads(run(main, ["reproduce", "duihua-2013-arrests", "--json"]).stdout)
    assert data[0]["values"][0]["recomputed"] == pytest.approx(18.8172, abs=1e-4)
    assert "duihua-2013-arrests,growth_2011_2012,19 percent" in run(main, ["reproduce", "duihua-2013", "--csv"]).stdout
    assert run(main, ["reproduce", "nobody"]).exit_code == 2


def test_the_command_fails_only_when_something_is_lost(folder, monkeypatch):
    at = arrests(pd.read_csv(folder / "quoted.csv", dtype=str))
    edit(folder, "quoted", lambda f: (set_cell(at, "value", "21")(f), set_cell(at, "printed", "21 percent")(f)))
    monkeypatch.setattr("clemency.findings.registry.data_folder", lambda: folder.parent)
    assert CliRunner().invoke(main, ["reproduce", "duihua-2013-arrests"]).exit_code == 1
    edit(folder, "quoted", lambda f: (set_cell(at, "expected", "differs")(f), set_cell(at, "why", "a test")(f)))
    shown = CliRunner().invoke(main, ["reproduce", "duihua-2013-arrests"])
    assert shown.exit_code == 0
    assert "a test" in shown.stdout


def test_every_column_is_described():
    for table in (FINDINGS, QUOTED):
        assert len(table.columns) > 5
        assert [c.name for c in table.columns if len(c.description) <= 3] == []


def test_data_that_are_not_at_hand_are_asked_for(folder, tmp_path, monkeypatch):
    monkeypatch.setenv("CLEMENCY_CACHE", str(tmp_path / "empty"))
    monkeypatch.delenv("CLEMENCY_DATA", raising=False)
    material = Material(tmp_path)
    with pytest.raises(MissingDataError, match="clemency data fetch steinert2022"):
        material.file("steinert2022", "final_pprisdat.RData")
    (tmp_path / "final_pprisdat.RData").write_bytes(b"not the published one")
    with pytest.raises(MissingDataError, match="clemency data fetch steinert2022"):
        Material(tmp_path / ".").file("steinert2022", "final_pprisdat.RData")


@pytest.mark.parametrize(
    ("verdicts", "wanted"),
    [
        (["reproduced"] * 2, ("reproduced", "")),
        (["cannot be recomputed"] * 2, ("cannot be recomputed", "w0; w1")),
        (
            [*["reproduced"] * 5, "cannot be recomputed"],
            ("reproduced", "5 of 6 numbers; 1 cannot be recomputed: w5"),
        ),
        (
            ["cannot be recomputed", "reproduced", "cannot be recomputed"],
            ("reproduced", "1 of 3 numbers; 2 cannot be recomputed: w0; w2"),
        ),
        (["differs", "reproduced"], ("differs", "1 of 2 numbers: w0; 1 reproduced")),
        (
            ["cannot be recomputed", "differs", "reproduced"],
            ("differs", "1 of 3 numbers: w1; 1 reproduced, 1 cannot be recomputed"),
        ),
        (["cannot be recomputed", "differs"], ("differs", "1 of 2 numbers: w1; 1 cannot be recomputed")),
        (["differs", "failed", "reproduced"], ("failed", "1 of 3 numbers: w1; 1 reproduced, 1 differs")),
    ],
)
def test_the_verdict_on_a_finding_follows_from_its_numbers(verdicts, wanted):
    reasons = ["" if v == "reproduced" else f"w{i}" for i, v in enumerate(verdicts)]
    assert _summary(pd.DataFrame({"verdict": verdicts, "reason": reasons})) == wanted


def test_a_finding_is_reproduced_as_far_as_it_can_be():
    row = cl.reproduce("duihua-ess-2012").findings.iloc[0]
    assert row["verdict"] == "reproduced"
    assert row["reason"].startswith("4 of 6 numbers; 2 cannot be recomputed: the number of cases indicted in 2012")


def test_many_findings_are_drawn_by_publisher():
    done = cl.reproduce(["duihua-2013-arrests", "bbc-2015-women"])
    assert len(done.plot().get_yticks()) == 2
    ax = done.plot(by="publisher")
    assert [t.get_text() for t in ax.get_yticklabels()] == ["BBC News", "Dui Hua Foundation"]
    with pytest.raises(cl.UsageError, match="no column 'who'"):
        done.plot(by="who")


FUNCTIONS = '''
def prisoners(material):
    """People in the shipped table of cases."""
    return {"n": float(len(material.table("cases")))}


def _hidden(material):
    return {}
'''


@pytest.fixture
def own_registry(folder):
    """One finding of one's own, with a function that this library does not have."""
    n = len(cl.load("cases"))

    def claim(frame):
        at = arrests(frame)
        frame.loc[at, ["finding_id", "function"]] = ["own-2030", "own.prisoners"]
        frame.loc[at, "edition"] = cl.edition().version

    def number(frame):
        (at,) = frame.index[frame["finding_id"] == "duihua-2013-arrests"]
        frame.loc[at, ["finding_id", "quantity", "value_id"]] = ["own-2030", "n", "own-2030:n"]
        frame.loc[at, ["printed", "value", "unit"]] = [f"{n} cases", str(n), "cases"]

    edit(folder, "findings", claim)
    edit(folder, "quoted", number)
    for name in ("findings", "quoted"):
        frame = pd.read_csv(folder / f"{name}.csv", dtype=str, keep_default_na=False)
        frame[frame["finding_id"] == "own-2030"].to_csv(folder / f"{name}.csv", index=False)
    (folder / "parts.csv").unlink()
    return folder


def test_findings_of_ones_own_are_computed_by_functions_of_ones_own(own_registry):
    def prisoners(material):
        return {"n": float(len(material.table("cases")))}

    done = cl.reproduce(registry=own_registry, functions={"own.prisoners": prisoners})
    assert done.tidy()[["finding_id", "verdict"]].to_numpy().tolist() == [["own-2030", "reproduced"]]
    with pytest.raises(DataError, match="functions="):
        cl.reproduce(registry=own_registry)
    with pytest.raises(DataError, match="does not take one argument"):
        cl.reproduce(registry=own_registry, functions={"own.prisoners": lambda: {}})


def test_the_command_takes_a_registry_and_a_file_of_functions(own_registry, tmp_path):
    file = tmp_path / "own.py"
    file.write_text(FUNCTIONS, encoding="utf-8")
    done = CliRunner().invoke(main, ["reproduce", "--registry", str(own_registry), "--functions", str(file)])
    assert done.exit_code == 0, done.output
    assert "1 finding, 1 recomputed; of 1 number 1 reproduced." in done.output
    file.write_text("1 / 0", encoding="utf-8")
    refused = CliRunner().invoke(main, ["reproduce", "--registry", str(own_registry), "--functions", str(file)])
    assert refused.exit_code != 0
    assert "ends in an error, ZeroDivisionError" in refused.output


def test_only_public_functions_of_a_file_are_taken(tmp_path):
    file = tmp_path / "own.py"
    file.write_text(FUNCTIONS, encoding="utf-8")
    assert set(functions_in(file)) == {"prisoners", "own.prisoners"}
    with pytest.raises(cl.UsageError, match="cannot be read"):
        functions_in(tmp_path / "none.py")
