"""The command line: whatever a user does wrong, a line says what and what to do; never a traceback."""

import errno
import os
import signal
import subprocess
import sys
import time
from importlib import import_module
from pathlib import Path

import pandas as pd
import pytest
from click.testing import CliRunner

import clemency as cl
from clemency import cli, terminal
from clemency.cli import main
from clemency.records.schema import TABLES

ROOT = Path(__file__).resolve().parents[1]
CASES = [c.name for c in TABLES["cases"].stored]
ACT = {"scope": "single", "certainty": "stated", "source_ids": "a-report"}
ACTS = [c.name for c in TABLES["acts"].stored]


def run(*args, **keywords):
    return CliRunner().invoke(main, [str(a) for a in args], **keywords)


def command(*args, env=None, **keywords):
    """The command in a process of its own."""
    environment = {**os.environ, "PYTHONPATH": str(ROOT), **(env or {})}
    return [sys.executable, "-m", "clemency", *map(str, args)], {"env": environment, **keywords}


def real(*args, env=None):
    line, given = command(*args, env=env)
    return subprocess.run(line, capture_output=True, timeout=120, check=False, **given)


def case(number, **cells):
    plain = {
        "case_id": f"case-{number}",
        "person_id": f"person-{number}",
        "name": f"Test Person {number}",
        "status": "serving",
        "source_ids": "a-report",
        "detention_date": "2010",
    }
    return {**plain, **cells}


@pytest.fixture
def own(tmp_path):
    """A folder of two tables, rows given as dictionaries."""

    def write(cases, acts=()):
        folder = tmp_path / "own"
        folder.mkdir(exist_ok=True)
        for name, columns, rows in (("cases", CASES, cases), ("acts", ACTS, acts)):
            frame = pd.DataFrame([dict.fromkeys(columns, "") | r for r in rows], columns=columns)
            frame.to_csv(folder / f"{name}.csv", index=False, encoding="utf-8")
        return folder

    return write


@pytest.fixture
def sixty(own):
    """Sixty prisoners as a newcomer might have written them down, and an act."""
    names = ["Xinjiang", "Tibet", "Sichuan", "内蒙古"]
    cases = [
        case(
            i,
            sex=("male", "female")[i % 2],
            province=names[i % 4],
            detention_date=f"{1 + i % 28:02d}/07/2011",
            sentence_months="8 years",
            status="",
        )
        for i in range(60)
    ]
    act = {"act_id": "a", "case_id": "case-1", "act_type": "sentence_reduction", "months": "8"}
    return own(cases, [act | ACT])


def test_what_is_wrong_in_a_spreadsheet_is_grouped_and_counted(sixty):
    done = run("data", "check", sixty)
    assert done.exit_code == 1
    lines = done.output.splitlines()
    assert len(lines) < 30
    heads = [line for line in lines if not line.startswith(" ")]
    assert [h.split(":")[0] for h in heads[:5]] == [
        "cases.csv, sex",
        "cases.csv, province",
        "cases.csv, detention_date",
        "cases.csv, sentence_months",
        "cases.csv, status",
    ]
    assert all("60 times" in h for h in heads[:5])
    assert heads[5] == "300 problems of 5 kinds."
    found = cl.check(sixty)
    assert len(found) == 300
    at = lines.index(heads[1])
    assert "cases.csv:2 'Xinjiang' (15 times): Write CN-XJ" in lines[at + 1]
    assert lines[at + 1 : at + 4] == sorted(lines[at + 1 : at + 4], key=lambda s: int(s.split(":")[1].split(" ")[0]))


def test_what_is_an_error_and_what_a_warning_is_told_beside_each_and_counted(own):
    """A word that is none is an error; a term without a kind of sentence can be read, so it is a warning."""
    wrong = [case(k, sentence_months="96") for k in (1, 2)] + [case(k, sex="male") for k in (3, 4)] + [case(5, sex="x")]
    acts = [{"act_id": "a", "case_id": "case-1", "act_type": "parole"} | ACT]
    folder = own(wrong, acts)
    lines = run("data", "check", folder).output.splitlines()
    heads = [line for line in lines if not line.startswith(" ")]
    assert heads[:3] == [
        "cases.csv, sex: not in the vocabulary (error, 3 times)",
        "cases.csv, sentence_type: empty beside a term in months (warning, 2 times)",
        "5 problems of 2 kinds: 3 errors and 2 warnings.",
    ]
    every = run("data", "check", folder, "--all").output.splitlines()
    assert [line.rsplit(" ", 1)[1] for line in every[:5]] == ["(error)"] * 3 + ["(warning)"] * 2
    assert every[5] == "5 problems: 3 errors and 2 warnings."
    found = cl.check(folder)
    assert found["severity"].tolist() == ["error"] * 3 + ["warning"] * 2
    mild = run("data", "check", own(wrong[:2], acts))
    assert mild.exit_code == 0
    assert "2 problems of 1 kind, only warnings." in mild.output
    one = run("data", "check", own(wrong[:1], acts))
    assert "1 problem, only a warning." in one.output
    assert "(warning)" in one.output
    both = run("data", "check", own([wrong[0], wrong[2]], acts))
    assert "2 problems: 1 error and 1 warning." in both.output


def test_one_cause_is_two_groups_where_it_is_an_error_here_and_a_warning_there():
    from clemency.records.checks.summary import lines_of, summary, table_of
    from clemency.records.errors import Problem

    rows = [Problem("a.csv", k, "sex", "x", "odd", "Look.", "warning" if k > 3 else "error") for k in (2, 3, 4, 5, 6)]
    groups = summary(table_of(rows))
    assert [(g.first.severity, g.n, g.first.row) for g in groups] == [("error", 2, 2), ("warning", 3, 4)]
    assert [lines_of(g)[0] for g in groups] == [
        "a.csv, sex: odd (error, 2 times)",
        "a.csv, sex: odd (warning, 3 times)",
    ]


def test_tables_that_stop_a_command_are_grouped_on_the_other_stream(sixty):
    """As in a check, but on the stream of errors, without what only a check can do; nothing stands in the output."""
    done = run("data", "describe", "cases", "--data", sixty)
    if done.exit_code == 0:  # the codebook needs no readable cells
        done = run("report", "2017Q2", "--data", sixty)
    assert done.exit_code == 1
    assert done.stdout == ""
    assert "cases.csv, sex: not in the vocabulary (error, 60 times)" in done.stderr
    assert done.stderr.splitlines()[-1] == "300 problems of 5 kinds."
    assert sum(line.startswith("cases.csv:") for line in done.stderr.splitlines()) == 0


@pytest.mark.parametrize(
    ("printed", "unit", "shown"),
    [
        ("6.5 percent", "percent of prisoners", False),
        ("10 times faster", "ratio of growths", False),
        ("12%", "percent", False),
        ("604", "prisoners", True),
        ("about 40", "months", True),
        ("40 months", "months", False),
    ],
)
def test_units_are_added_only_where_what_was_printed_has_none(printed, unit, shown):
    assert terminal._says(printed, unit) is not shown


def test_what_is_printed_ends_with_one_line_end_and_begins_at_the_margin():
    shown = run("reproduce", "duihua-2013-arrests").output
    assert shown.endswith("of 1 number 1 reproduced.\n")
    assert "\n\n" not in shown
    heading = shown.splitlines()[1]
    assert heading.startswith(" finding ")  # no padding before the first column but that of the line below the heading
    assert run("reproduce", "duihua-2013-arrests", "--csv").stdout.count("\n") == 2
    for kind in ("--csv", "--json"):
        out = run("reproduce", "duihua-2013-arrests", kind).stdout
        assert out.endswith("\n")
        assert not out.endswith("\n\n")
    listing = run("data", "list").output
    assert listing.splitlines()[1].startswith(" name ")
    assert not listing.endswith("\n\n")


def test_help_is_there_under_both_names_and_data_names_are_no_flags():
    assert run("-h").output == run("--help").output
    for args in (["report"], ["reproduce"], ["data", "check"], ["data", "fetch"], ["data", "describe"]):
        text = run(*args, "-h").output
        assert text.startswith("Usage: ")
        for name in ("--data", "--out", "--html", "--from"):
            assert f"{name} PATH" in text or name not in text
        for flag in ("--pdf", "--force", "--all", "--json"):
            assert f"{flag} " in text or flag not in text
            assert f"{flag} PATH" not in text
    assert "[QUARTERS]" in run("report", "-h").output
    assert "[IDS]..." in run("reproduce", "-h").output
    assert "[FOLDER]" in run("data", "check", "-h").output
    assert run("data", "describe").exit_code == 2


def test_what_a_folder_borrows_is_said(own):
    done = run("data", "check", own([case(1)], [{"act_id": "a", "case_id": "case-1", "act_type": "parole"} | ACT]))
    assert done.exit_code == 0
    assert done.output.splitlines() == [
        "All tables are in order.",
        "The folder has no events, rules, charges, provinces: the shipped ones are used.",
        "The folder has no sources: the keys in source_ids are not checked, and cl.cite cannot find them.",
        "The folder has no lists, statistics, register_cells, register_coverage: taken as empty.",
    ]
    assert run("data", "check").output == "All tables are in order.\n"


def test_a_very_long_value_is_cut(own):
    folder = own([case(1, province="x" * 100_000)])
    for more in ([], ["--all"]):
        assert len(run("data", "check", folder, *more).output) < 1500
    with pytest.raises(cl.DataError) as caught:
        cl.load("cases", folder)
    assert len(str(caught.value)) < 1500


def test_every_problem_has_a_line_on_request(sixty):
    done = run("data", "check", sixty, "--all")
    assert done.exit_code == 1
    assert sum(line.startswith("cases.csv:") for line in done.output.splitlines()) == 300
    assert "cases.csv:61 province '内蒙古': there is no such row in provinces.csv. Write CN-NM" in done.output


def test_every_problem_goes_into_a_file_that_a_spreadsheet_only_shows(own, tmp_path):
    folder = own([case(1, province="=HYPERLINK(0)"), case(2, province="@SUM(1)", sex="-1+1")])
    file = tmp_path / "problems.csv"
    done = run("data", "check", folder, "--csv", file)
    assert done.exit_code == 1
    written = pd.read_csv(file, keep_default_na=False)
    assert list(written) == ["file", "row", "column", "value", "message", "remedy", "severity"]
    assert sorted(written["value"]) == ["", "'-1+1", "'=HYPERLINK(0)", "'@SUM(1)"]
    assert run("data", "check", "--csv", file).exit_code == 0
    assert file.read_text(encoding="utf-8") == "file,row,column,value,message,remedy,severity\n"


@pytest.mark.parametrize(
    ("args", "said"),
    [
        (["report", "[/x]"], "'[/x]' is not a quarter"),
        (["report", "[bold]2017Q2"], "'[bold]2017Q2' is not a quarter"),
        (["report", "last"], "'last' is not a quarter"),
        (["report", "2017Q5"], "'2017Q5' is not a quarter"),
        (["report", "\x1b[31m"], r"'\x1b[31m' is not a quarter"),
        (["report", "1950Q1"], "1950Q1"),
        (["report", "--data", "/nonexistent"], "There is no data folder /nonexistent"),
        (["reproduce", "--data", "/nonexistent"], "There is no data folder /nonexistent"),
        (["reproduce", "[/nobody]"], "No finding is called '[/nobody]'"),
        (["data", "check", "/nonexistent"], "There is no data folder /nonexistent"),
        (["data", "check", __file__], "is a file. Name the folder"),
        (["data", "check", "x" * 5000], "can be read"),
        (["data", "check", "a\x00b"], "no character of number 0"),
        (["data", "describe", "cass"], "Did you mean 'cases'?"),
        (["data", "describe", "[/]"], "There is no table '[/]'"),
        (["data", "describe", "cases", "--data", "/nonexistent"], "There is no data folder"),
        (["data", "fetch", "nothing"], "There is no public data set 'nothing'"),
        (["data", "nothing"], "No such command"),
    ],
)
def test_a_mistake_is_answered_in_words(args, said, monkeypatch, tmp_path):
    monkeypatch.chdir(tmp_path)
    done = run(*args)
    assert done.exit_code == 2
    assert said in done.output
    assert "Traceback" not in done.output
    assert "fault of clemency" not in done.output
    assert "\x1b" not in done.output
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("place", ["file/out", "file", "/proc/none/out"])
@pytest.mark.parametrize("args", [["report", "2017Q2", "--out"], ["reproduce", "--html"], ["data", "check", "--csv"]])
def test_an_output_that_cannot_be_written_is_said_first(args, place, tmp_path, monkeypatch):
    def computed(*_, **__):
        raise AssertionError("it was computed first")

    import clemency.findings
    import clemency.records.checks.folder

    monkeypatch.setattr(import_module("clemency.reports.build"), "inputs", computed)
    monkeypatch.setattr(clemency.findings, "reproduce", computed)
    monkeypatch.setattr(clemency.records.checks.folder, "check", computed)
    monkeypatch.chdir(tmp_path)
    (tmp_path / "file").write_text("mine")
    target = place if "check" not in args or place != "file" else "."
    done = run(*args, target)
    assert done.exit_code == 2
    assert any(s in done.output for s in ("is a file", "cannot be written", "There is no folder", "is a folder"))
    assert (tmp_path / "file").read_text() == "mine"
    assert [p.name for p in tmp_path.iterdir()] == ["file"]


@pytest.mark.parametrize(
    ("module", "args"), [("nbclient", ["report"]), ("jinja2", ["report"]), ("jinja2", ["reproduce", "--html", "x"])]
)
def test_a_missing_extra_is_named(module, args, monkeypatch, tmp_path):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setitem(sys.modules, module, None)
    done = run(*args)
    assert done.exit_code == 2
    assert f"needs {module}: pip install 'clemency[report]'" in done.output
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize(
    ("error", "said"),
    [
        (
            PermissionError(errno.EACCES, "Permission denied", "/a/\x1b[2J"),
            r"/a/\x1b[2J: Permission denied. Check its perm",
        ),
        (OSError(errno.ENOSPC, "No space left on device", "/full"), "/full: No space left on device. Free some room"),
        (OSError("disk"), "disk. Check the place"),
        (MemoryError(), "memory"),
    ],
)
def test_what_the_system_refuses_is_one_line(error, said, monkeypatch):
    def refused(*_, **__):
        raise error

    monkeypatch.setattr("clemency.records.checks.folder.check", refused)
    done = run("data", "check")
    assert done.exit_code == 2
    assert said in done.output
    assert len(done.output.strip().splitlines()) == 1


def test_a_fault_of_our_own_says_so_and_where_on_request(monkeypatch):
    def broken(*_, **__):
        raise IndexError("list \x1b index")

    monkeypatch.setattr("clemency.records.checks.folder.check", broken)
    done = run("data", "check")
    assert done.exit_code == cli.FAULT
    assert r"A fault of clemency's own, not of yours: IndexError: list \x1b index" in done.output
    monkeypatch.setenv("CLEMENCY_TRACEBACK", "1")
    assert isinstance(run("data", "check").exception, IndexError)


def test_data_that_the_system_keeps_back(own, monkeypatch):
    folder = own([case(1)])

    def locked(self, *_, **__):
        raise PermissionError(errno.EACCES, "Permission denied", str(self))

    monkeypatch.setattr(Path, "read_bytes", locked)
    done = run("data", "check", folder)
    assert done.exit_code == 1
    assert "cases.csv: it cannot be read: Permission denied. Close it in other programs" in done.output


def test_what_steers_a_terminal_is_shown_and_told(own):
    folder = own([case(1, note="\x1b[2Jcleared \u202etxet", name="Li\u200b Wei")])
    done = run("data", "check", folder, "--all", color=True)
    assert done.exit_code == 1
    assert "\x1b[2J" not in done.output
    assert "\u202e" not in done.output
    assert r"note '\x1b[2Jcleared <U+202E>txet': characters that cannot be seen (\x1b, <U+202E>)" in done.output
    assert "<U+200B>" in done.output
    with pytest.raises(cl.DataError) as caught:
        cl.load("cases", folder)
    assert "\x1b" not in str(caught.value)


def test_a_terminal_without_the_characters_is_no_obstacle(sixty):
    for env in ({"PYTHONIOENCODING": "ascii"}, {"LC_ALL": "C", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0"}):
        done = real("data", "check", sixty, "--all", env=env)
        assert done.returncode == 1
        assert rb"\u5185\u8499\u53e4" in done.stdout or "内蒙古".encode() in done.stdout
        assert b"Traceback" not in done.stderr


@pytest.mark.skipif(os.name != "posix", reason="pipes and signals as POSIX has them")
def test_a_reader_who_leaves_is_no_error(sixty):
    for args in (["data", "check", sixty, "--all"], ["data", "describe", "cases"], ["data", "check", sixty]):
        line, given = command(*args)
        process = subprocess.Popen(line, stdout=subprocess.PIPE, stderr=subprocess.PIPE, **given)
        process.stdout.close()
        errors = process.stderr.read()
        process.stderr.close()
        assert process.wait(timeout=60) == cli.UNREAD
        assert errors == b""


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="needs /dev/full")
def test_a_full_disk_is_one_line():
    line, given = command("data", "edition")
    with open("/dev/full", "w") as full:
        done = subprocess.run(line, stdout=full, stderr=subprocess.PIPE, check=False, timeout=60, **given)
    assert done.returncode == 2
    assert done.stderr.decode().splitlines() == [
        "Error: No space left on device. Free some room, or name a place on another disk."
    ]


WAITING = """
import sys, time
from clemency import cli
import clemency.records.checks.folder
def wait(*_):
    print("ready", flush=True)
    time.sleep(60)
clemency.records.checks.folder.check = wait
cli.main(["data", "check"])
"""
NOTEBOOK = """
import nbformat, click
from clemency import cli
from nbclient import NotebookClient
from clemency.reports.execution.stopping import stoppable
cell = nbformat.v4.new_code_cell("import time; time.sleep(60)")
book = nbformat.v4.new_notebook(cells=[cell])
@cli.main.command()
def waits():
    def ready(**_):
        print("ready", flush=True)
    quiet = ["--log-level=ERROR"]
    stoppable(NotebookClient)(book, kernel_name="python3", extra_arguments=quiet, on_cell_start=ready).execute()
cli.main(["waits"])
"""


@pytest.mark.skipif(os.name != "posix", reason="signals as POSIX has them")
@pytest.mark.parametrize("code", [WAITING, NOTEBOOK])
def test_control_c_ends_in_one_line(code):
    env = {**os.environ, "PYTHONPATH": str(ROOT)}
    process = subprocess.Popen(
        [sys.executable, "-c", code], stdout=subprocess.PIPE, stderr=subprocess.PIPE, env=env, text=True
    )
    assert process.stdout.readline() == "ready\n"
    time.sleep(0.3)
    process.send_signal(signal.SIGINT)
    _, errors = process.communicate(timeout=60)
    assert process.returncode == cli.STOPPED
    assert errors == "Stopped.\n"


def test_what_a_cohort_and_a_comparison_need_is_told(own):
    acts = [{"act_id": "a", "case_id": "case-1", "act_type": "parole"} | ACT]
    bare = [case(k, sentence_months="96", charge="theft") for k in (1, 2)]
    told = cl.check(folder := own(bare, acts))
    assert told["severity"].eq("warning").all()
    assert told[["row", "column"]].fillna(0).apply(tuple, axis=1).tolist() == [
        (2, "sentence_type"),
        (3, "sentence_type"),
        (0, "charge_ids_derived"),
    ]
    assert "though 2 have a charge" in told["message"].iloc[-1]
    nobody = cl.cohort(cl.load("cases", folder), cl.load("acts", folder))
    with pytest.raises(cl.DataError, match=r"has left out every case \(2 sentence type not known\)"):
        cl.rates(nobody)


def test_a_header_for_acts_that_may_name_the_case(tmp_path):
    (tmp_path / "cases.csv").write_text("ID,Name\nP1,A\n", encoding="utf-8")
    (tmp_path / "acts.csv").write_text("ID,Type,Date\nP1,parole,2010\n", encoding="utf-8")
    assert (
        "Rename 'ID' to 'act_id', or to 'case_id' if it tells whose act it is" in run("data", "check", tmp_path).output
    )


def test_documents_of_a_folder_without_a_list_of_them(own):
    folder = own([case(1)], [{"act_id": "a", "case_id": "case-1", "act_type": "parole"} | ACT])
    with pytest.raises(cl.UsageError, match=r"Not among the sources: a-report\. The folder has no sources\.csv"):
        cl.cite(cl.load("cases", folder), folder)


def test_a_date_of_the_build_that_is_none_is_said_in_a_new_process(tmp_path):
    """NumPy reads SOURCE_DATE_EPOCH while it is imported, before anything of ours looks at it."""
    done = subprocess.run(
        [sys.executable, "-m", "clemency", "report", "2017Q2", "--out", str(tmp_path / "out")],
        env=os.environ | {"SOURCE_DATE_EPOCH": "abc"}, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 2
    assert "SOURCE_DATE_EPOCH='abc' is not a number of seconds since 1970" in done.stderr
    assert not (tmp_path / "out").exists()


def test_a_file_that_was_locked_for_a_moment_is_read_the_next_time(own, monkeypatch):
    folder = own([case(1)], [{"act_id": "a", "case_id": "case-1", "act_type": "parole"} | ACT])

    def locked(self, *_, **__):
        raise PermissionError(errno.EACCES, "Permission denied", str(self))

    with monkeypatch.context() as now:
        now.setattr(Path, "read_bytes", locked)
        with pytest.raises(cl.DataError, match="cannot be read: Permission denied"):
            cl.load("cases", folder)
    assert len(cl.load("cases", folder)) == 1


def whole_words(table, printed):
    book = cl.describe(table)
    expected = {w for c in ("column", "values", "description") for text in book[c] for w in text.split()}
    assert len(expected) > 50
    assert sorted(expected - set(printed.split())) == []


@pytest.mark.parametrize("columns", [None, "60", "80", "200"])
@pytest.mark.parametrize("table", ["cases", "acts", "rules"])
def test_a_codebook_of_any_width_has_whole_words(table, columns):
    done = run("data", "describe", table, env={"COLUMNS": columns})
    assert done.exit_code == 0
    whole_words(table, done.stdout)


def test_a_codebook_in_a_pipe_has_whole_words():
    line, given = command("data", "describe", "acts", env={"COLUMNS": "60"})
    whole_words("acts", subprocess.run(line, capture_output=True, text=True, check=True, timeout=60, **given).stdout)


def test_a_list_in_a_pipe_keeps_names_of_files_and_sizes_whole():
    line, given = command("data", "list")
    done = subprocess.run(line, capture_output=True, text=True, check=True, timeout=60, **given)
    assert "IdealpointestimatesHumanRights_Apr2020.csv" in done.stdout
    assert "982.7 kB" in done.stdout
