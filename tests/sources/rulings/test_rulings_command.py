"""The command that reads a folder of rulings, and tables without names; all texts are simulated."""

import pandas as pd
import pytest
from click.testing import CliRunner

import clemency as cl
from clemency.cli import main
from clemency.records.errors import UsageError
from clemency.sources.rulings import read_rulings, simulate_rulings, write_rulings

MADE = simulate_rulings(12, seed=4)
SECRET = "sixteen characters"


@pytest.fixture
def folder(tmp_path):
    place = tmp_path / "texts"
    place.mkdir()
    for i, text in enumerate(MADE["text"]):
        (place / f"李某某-{i}.txt").write_text(text, encoding="utf-8")
    (place / "scan.pdf").write_bytes(b"%PDF-1.4")
    return place


def run(*words, **more):
    return CliRunner().invoke(main, ["rulings", *map(str, words)], **more)


def test_tables_and_counts(folder, tmp_path):
    out = tmp_path / "out"
    done = run(folder, "--out", out)
    assert done.exit_code == 0, done.output
    assert "13 documents" in done.output
    assert len(pd.read_csv(out / "account.csv")) == 13
    assert len(cl.load("cases", out)) <= 12
    assert (cl.check(out)["severity"] != "error").all()


def test_parquet(folder, tmp_path):
    pytest.importorskip("pyarrow")
    done = run(folder, "--out", tmp_path / "out", "--parquet")
    assert done.exit_code == 0, done.output
    assert len(pd.read_parquet(tmp_path / "out" / "rulings.parquet")) == 12


def _everything(out):
    return "".join(p.read_text(encoding="utf-8") for p in sorted(out.iterdir()) if p.suffix == ".csv")


def test_names_are_left_out(folder, tmp_path):
    out = tmp_path / "out"
    done = run(folder, "--out", out, "--pseudonymise", env={"CLEMENCY_SECRET": SECRET})
    assert done.exit_code == 0, done.output
    said = _everything(out)
    read = read_rulings(folder).rulings
    for column in (
        "prisoner",
        "court",
        "prison",
        "residence",
        "judgment_court",
        "case_number",
        "judgment_number",
        "birth_date",
    ):
        for value in read[column].dropna():
            assert value not in said, (column, value)
    assert ".txt" not in said


def test_the_secret_is_asked_for_and_must_be_long(folder, tmp_path):
    assert run(folder, "--out", tmp_path / "a", "--pseudonymise", input=f"{SECRET}\n").exit_code == 0
    short = run(folder, "--out", tmp_path / "b", "--pseudonymise", input="short\n")
    assert short.exit_code == 2
    assert "too short" in short.output


def test_parquet_without_names(tmp_path):
    pytest.importorskip("pyarrow")
    write_rulings(MADE, tmp_path, secret=SECRET)
    assert not (tmp_path / "evidence.parquet").exists()
    assert "prisoner" not in pd.read_parquet(tmp_path / "rulings.parquet")
    with pytest.raises(UsageError, match="too short"):
        write_rulings(MADE, tmp_path, secret="short")


def test_keys_join_the_tables_and_depend_on_the_secret():
    read = read_rulings(MADE)
    one, same, other = (read.pseudonymised(s) for s in (SECRET, SECRET, SECRET + "!"))
    pd.testing.assert_frame_equal(one.rulings, same.rulings)
    assert set(one.changes["document"]) <= set(one.rulings["document"])
    assert not set(one.rulings["document"]) & set(other.rulings["document"])
    assert set(one.acts["case_id"]) <= set(one.cases["case_id"])
    assert sorted(one.rulings["months"].dropna()) == sorted(read.rulings["months"].dropna())


def test_a_place_that_does_not_exist(tmp_path):
    done = run(tmp_path / "none", "--out", tmp_path / "out")
    assert done.exit_code == 2
    assert "There is no" in done.output
