"""Time and memory of a rate table, beside the same query written by hand for DuckDB and Polars, and beside R.

``python -m benchmarks scale`` makes simulated spells and tabulates each number of them by six covariates, 40 bands of
the clock and 60 quarters, two outcomes: with `rate_table`; with SQL for DuckDB, a join of spells with the bands and
quarters that they reach; with Polars, which looks the cuts up and explodes lists of them; and, up to a million, with
R's ``pyears``. Each runs in a process of its own. CPU seconds are those of the process, of R without the reading;
memory is the peak. ``ROWS`` in the environment sets the numbers (100000,1000000), ``PEERS`` those who take part
(clemency,sql,polars,pyears).
"""

import json
import os
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path

BY = ["province", "sex", "charge_family", "sentence_type", "court_level", "recidivist"]
OUTCOMES = ["sentence_reduction", "medical_parole"]
MONTH = 365.25 / 12
BREAKS = [4.0 * k for k in range(1, 40)]
_R = """
suppressPackageStartupMessages({library(survival)})
d <- read.csv(commandArgs(TRUE)[1], stringsAsFactors = TRUE)
before <- proc.time()
clock <- tcut(d$entry - d$start, c(0, as.numeric(strsplit(commandArgs(TRUE)[2], ",")[[1]]) * 365.25 / 12, 1e6))
quarter <- tcut(d$entry, as.numeric(seq(as.Date("2003-01-01"), as.Date("2018-01-01"), by = "quarter")) - 1)
for (kind in c("sentence_reduction", "medical_parole"))
  t <- pyears(Surv(exit - entry, event == kind) ~ province + sex + charge_family + sentence_type + court_level +
              recidivist + clock + quarter, d, scale = 365.25 / 12, data.frame = TRUE)$data
cat(sum((proc.time() - before)[c(1, 2)]), nrow(t), sum(t$pyears), sum(t$event), "\\n")
"""


def by_clemency(file):
    import clemency as cl

    columns = {"start": "sentenced", "entry": "entry", "exit": "exit", "event": "event"}
    table = cl.rate_table(file, BY, clock_breaks=BREAKS, outcome=OUTCOMES, threads=2, **columns)
    g = table.glance().iloc[0]
    return len(table.cells), g["person_months"], int(g[OUTCOMES].sum())


def by_sql(file):
    """Each spell with every band and quarter that it reaches, and their common time."""
    import duckdb
    import pandas as pd

    connection = duckdb.connect()
    connection.execute("SET threads = 2")
    edges = [0.0, *BREAKS, 1e6]
    bands = pd.DataFrame({"band": edges[:-1], "low": edges[:-1], "high": edges[1:]})  # noqa: F841
    quarters = pd.period_range("2003Q1", "2017Q4", freq="Q")
    ends = (quarters.end_time.floor("D") - pd.Timestamp("1970-01-01")).days.to_numpy().astype(float)
    periods = pd.DataFrame({"quarter": quarters.astype(str), "first": [ends[0] - 90, *ends[:-1]], "last": ends})  # noqa: F841
    found = connection.sql(
        f"""
        WITH s AS (SELECT {", ".join(BY)}, event, (entry::DATE - DATE '1970-01-01')::DOUBLE a,
                          (exit::DATE - DATE '1970-01-01')::DOUBLE b, (sentenced::DATE - DATE '1970-01-01')::DOUBLE z
                   FROM read_parquet('{file}')),
        c AS (SELECT s.*, band, greatest(a, z + low * {MONTH}) a1, least(b, z + high * {MONTH}) b1
              FROM s JOIN bands ON b > z + low * {MONTH} AND a < z + high * {MONTH}),
        d AS (SELECT c.*, quarter, greatest(a1, first) a2, least(b1, last) b2
              FROM c JOIN periods ON b1 > first AND a1 < last)
        SELECT {", ".join(BY)}, band, quarter, sum(b2 - a2) AS days, count(*) AS n,
               count(*) FILTER (event = 'sentence_reduction' AND b2 = b) AS e1,
               count(*) FILTER (event = 'medical_parole' AND b2 = b) AS e2
        FROM d GROUP BY ALL
        """
    ).df()
    return len(found), found["days"].sum() / MONTH, int(found["e1"].sum() + found["e2"].sum())


def by_polars(file):
    """The same in Polars: lists of bands and quarters for each spell, exploded."""
    os.environ["POLARS_MAX_THREADS"] = "2"
    import numpy as np
    import pandas as pd
    import polars as pl

    cuts = np.array(BREAKS) * MONTH
    quarters = pd.period_range("2003Q1", "2017Q4", freq="Q")
    ends = (quarters.end_time.floor("D") - pd.Timestamp("1970-01-01")).days.to_numpy().astype(float)
    edges = np.r_[-1e9, cuts, 1e9]
    bounds = np.r_[ends[0] - 90, ends]
    day = {
        c: pl.col(n).cast(pl.Date).cast(pl.Int32).cast(pl.Float64)
        for c, n in {"a": "entry", "b": "exit", "z": "sentenced"}.items()
    }
    s = pl.scan_parquet(file).select(*BY, "event", *(v.alias(k) for k, v in day.items()))

    def place(edges, column, side):
        return column.map_batches(
            lambda v: pl.Series(np.searchsorted(edges, v.to_numpy(), side=side)), return_dtype=pl.Int64
        )

    s = s.with_columns(
        band=pl.int_ranges(
            place(cuts, pl.col("a") - pl.col("z"), "right"), place(cuts, pl.col("b") - pl.col("z"), "left") + 1
        )
    )
    s = s.explode("band", empty_as_null=False) if False else s.explode("band")
    low, high = (pl.lit(pl.Series(edges)).gather(pl.col("band") + k) for k in (0, 1))
    s = s.with_columns(a=pl.max_horizontal("a", pl.col("z") + low), end=pl.min_horizontal("b", pl.col("z") + high))
    s = s.with_columns(
        quarter=pl.int_ranges(place(ends, pl.col("a"), "right"), place(ends, pl.col("end"), "left") + 1)
    ).explode("quarter")
    low, high = (pl.lit(pl.Series(bounds)).gather(pl.col("quarter") + k) for k in (0, 1))
    s = s.with_columns(a=pl.max_horizontal("a", low), end=pl.min_horizontal("end", high))
    last = pl.col("end") == pl.col("b")
    found = (
        s.group_by(*BY, "band", "quarter")
        .agg(
            days=(pl.col("end") - pl.col("a")).sum(),
            n=pl.len(),
            **{o: (last & (pl.col("event") == o)).sum() for o in OUTCOMES},
        )
        .collect(engine="streaming")
    )
    return len(found), found["days"].sum() / MONTH, int(found[OUTCOMES[0]].sum() + found[OUTCOMES[1]].sum())


def by_pyears(file):
    import pandas as pd

    spells = pd.read_parquet(file)
    days = {
        c: (pd.to_datetime(spells[n]) - pd.Timestamp("1970-01-01")).dt.days
        for c, n in {"start": "sentenced", "entry": "entry", "exit": "exit"}.items()
    }
    text = Path(file).with_suffix(".csv")
    spells[[*BY, "event"]].assign(**days).to_csv(text, index=False)
    done = subprocess.run(
        ["Rscript", "-e", _R, str(text), ",".join(map(str, BREAKS))], capture_output=True, text=True, check=True
    )
    cpu, cells, months, _ = map(float, done.stdout.split())
    return int(cells), months, -1, cpu


PEERS = {"clemency": by_clemency, "sql": by_sql, "polars": by_polars, "pyears": by_pyears}


def measured(name, file):
    """One peer in a process of its own: wall and CPU seconds, peak memory in MB, and what it found."""
    command = [sys.executable, "-m", "benchmarks.scale", name, str(file)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode:
        return {"peer": name, "failed": (done.stderr.strip().splitlines() or [f"ended by {done.returncode}"])[-1][:200]}
    return json.loads(done.stdout.splitlines()[-1])


def run(folder: Path) -> None:
    import pandas as pd

    import clemency as cl

    rows = []
    sizes = [int(n) for n in os.environ.get("ROWS", "100000,1000000").split(",")]
    peers = os.environ.get("PEERS", ",".join(PEERS)).split(",")
    with tempfile.TemporaryDirectory() as place:
        for n in sizes:
            file = cl.simulate_rulings_table(n, Path(place) / f"{n}.parquet", seed=1)
            for name in peers:
                if name == "pyears" and n > 1_000_000:
                    continue
                rows.append({"rows": n, **measured(name, file)})
                print(rows[-1], flush=True)
            file.unlink()
    table = pd.DataFrame(rows)
    table.to_csv(folder / "scale.csv", index=False)
    print(table.to_string(index=False))


if __name__ == "__main__":
    began = time.time()
    cells, months, events, *own = PEERS[sys.argv[1]](sys.argv[2])
    used = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    cpu = own[0] if own else sum(u.ru_utime + u.ru_stime for u in used)
    memory = max(u.ru_maxrss for u in used) / 1024
    found = {"cells": cells, "person_months": round(float(months), 3), "events": events}
    print(
        json.dumps(
            {
                "peer": sys.argv[1],
                "wall": round(time.time() - began, 1),
                "cpu": round(cpu, 1),
                "mb": round(memory),
                **found,
            }
        )
    )
