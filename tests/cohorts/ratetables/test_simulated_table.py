"""Made-up spells in any number, and the command that tabulates a file."""

import numpy as np
import pandas as pd
import pytest
from click.testing import CliRunner

import clemency as cl
from clemency.cli import main

pytest.importorskip("duckdb")
parquet = pytest.importorskip("pyarrow.parquet")
COLUMNS = {"start": "sentenced", "entry": "entry", "exit": "exit", "event": "event"}


@pytest.fixture(scope="module")
def file(tmp_path_factory):
    path = tmp_path_factory.mktemp("simulated") / "spells.parquet"
    steps = []
    assert cl.simulate_rulings_table(20_000, path, seed=4, batch=8_000, progress=steps.append) == path
    assert steps == [8_000, 16_000, 20_000]
    return path


def test_says_that_it_is_simulated_and_is_the_same_again(file, tmp_path):
    spells = pd.read_parquet(file)
    assert len(spells) == 20_000
    assert spells["simulated"].all()
    assert spells["case_id"].is_unique
    assert spells["case_id"].str.startswith("simulated ").all()
    assert b"Simulated" in parquet.read_schema(file).metadata[b"about"]
    again = cl.simulate_rulings_table(20_000, tmp_path / "again.parquet", seed=4, batch=8_000)
    pd.testing.assert_frame_equal(pd.read_parquet(again), spells)
    with pytest.raises(cl.UsageError, match="1 or more"):
        cl.simulate_rulings_table(0, tmp_path / "none.parquet")


def test_the_hazards_that_it_was_made_with_are_found(file):
    table = cl.rate_table(file, ["sex", "charge_family", "recidivist", "sentence_type"], calendar=None, **COLUMNS)
    fit = cl.poisson_hazard(table, "sex + recidivist + charge_family + sentence_type", outcome="sentence_reduction")
    found = fit.tidy().set_index(["term", "level"])
    for term, level, ratio in [
        ("sex", "M", 0.9),
        ("recidivist", "yes", 0.7),
        ("charge_family", "endangering_state_security", 0.4 / 0.6),
        ("sentence_type", "life", 0.7 / 0.6),
    ]:
        row = found.loc[(term, level)]
        assert abs(row["estimate"] - np.log(ratio)) < 4 * row["std_error"]


def test_command(file, tmp_path):
    out = tmp_path / "table.parquet"
    asked = ["rates", str(file), "--by", "sex, charge_family", "--clock", "12,24", "--calendar", "Y", "--out", str(out)]
    asked += [word for name, column in COLUMNS.items() for word in (f"--{name}", column)]
    done = CliRunner().invoke(main, asked)
    assert done.exit_code == 0, done.output
    assert "Rate table of 20,000 spells" in done.output
    direct = cl.rate_table(file, ["sex", "charge_family"], clock_breaks=[12, 24], calendar="Y", **COLUMNS)
    pd.testing.assert_frame_equal(cl.RateTable.from_parquet(out).cells, direct.cells, check_exact=True)
    refused = CliRunner().invoke(main, [*asked, "--clock", "a,b"])
    assert refused.exit_code == 2
    assert "not a list of months" in refused.output
    bad = CliRunner().invoke(main, ["rates", "none.parquet", "--exit", "x", "--event", "y", "--out", str(out)])
    assert bad.exit_code == 2
    assert "There is no file none.parquet" in bad.output
