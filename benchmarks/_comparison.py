"""Results of the studies of agreement and of speed -> the tables of the page that compares packages."""

import re
from pathlib import Path

import pandas as pd

PAGE = Path(__file__).resolve().parents[1] / "docs" / "comparison.md"
WORDS = {
    "cox": "Cox, coefficients",
    "baseline": "baseline hazard, cumulated to 5, 10, 20",
    "cluster": "errors clustered in 200 groups",
    "concordance": "concordance",
    "proportionality": "proportionality, p values",
    "fine_gray": "Fine-Gray, coefficients",
    "fine_gray_errors": "Fine-Gray, robust errors",
    "incidence": "incidence (Aalen-Johansen) at 5, 10, 20",
    "states": "Cox between three states, coefficients",
}
#: Peers whose timings stand on the page, by the beginning of their names there.
TIMED = ("survival coxph", "greenwood")
_BLOCK = re.compile(r"(<!-- comparison:(\w+) -->\n).*?(<!-- end -->)", re.DOTALL)


def figures(values: str) -> str:
    return ", ".join(f"{float(v):.3g}" for v in values.split())


def cell(row: pd.Series) -> str:
    """One package on one quantity, in as few words as will do."""
    verdict = row["verdict"]
    if verdict == "reference":
        return figures(row["values"])
    if verdict == "equals R":
        return "="
    short = verdict.partition(":")[0]
    if not row["values"]:
        return short
    if verdict.startswith("the entry is ignored"):
        return f"{figures(row['values'])} (entry ignored)"
    if verdict.startswith("equals R without"):
        return f"{figures(row['values'])} (no correction for ties)"
    return figures(row["values"]) + (" (with a warning)" if verdict.endswith("with a warning") else "")


def heading(package: str, versions: pd.Series) -> str:
    version = next((v for v in versions if v), "not run")
    return f"R {version.partition(' ')[0]}" if package == "R" else f"{package} {version}"


def agreement(table: pd.DataFrame, times: str = "whole months") -> str:
    part = table[table["times"] == times]
    packages = list(dict.fromkeys(part["package"]))
    heads = [heading(p, part.loc[part["package"] == p, "version"]) for p in packages]
    lines = ["| given the entry | " + " | ".join(heads) + " |", "| --- " * (len(heads) + 1) + "|"]
    for quantity, words in WORDS.items():
        rows = part[part["quantity"] == quantity].set_index("package")
        lines.append(f"| {words} | " + " | ".join(cell(rows.loc[p]) for p in packages) + " |")
    return "\n".join(lines)


def continuous(table: pd.DataFrame) -> str:
    """What is otherwise where no times are tied."""
    keys = ["quantity", "package"]
    both = table[table["times"] == "continuous"].merge(table[table["times"] == "whole months"], on=keys)
    other = both[both["verdict_x"] != both["verdict_y"]]
    said = [f"{r.package}, {WORDS[r.quantity]}: {r.verdict_x}" for r in other.itertuples()]
    return "In continuous times, without ties, the verdicts are the same but for: " + "; ".join(said) + "."


def timings(table: pd.DataFrame, note: str) -> str:
    lines = [
        "| times in | rows | clemency, s | peer | peer, s | peer / clemency |",
        "| --- | ---: | ---: | --- | ---: | ---: |",
    ]
    rows = table[table["peer"].fillna("").str.startswith(TIMED) & table["what"].str.startswith("cox")]
    for r in rows.sort_values(["peer", "n", "what"], ascending=[False, True, False]).itertuples():
        theirs = "not run to the end" if pd.isna(r.peer_seconds) else f"{r.peer_seconds:.3g}"
        ratio = "" if pd.isna(r.ratio) else f"{r.ratio:.2g}" if r.ratio < 10 else f"{r.ratio:,.0f}"
        lines.append(f"| {r.what.partition(', ')[2]} | {r.n:,} | {r.clemency:.3g} | {r.peer} | {theirs} | {ratio} |")
    added = [line for line in note.splitlines() if "greenwood" in line]  # R's own package is called survival too
    return "\n".join(lines) + "\n\n" + " ".join(f"{line}." for line in added)


def renewed(page: str, results: Path) -> str:
    """The page with its tables made anew from the results."""
    found = pd.read_csv(results / "agreement.csv", dtype=str, keep_default_na=False)
    speed = pd.read_csv(results / "regression.csv")
    note = (results / "regression_versions.txt").read_text(encoding="utf-8")
    blocks = {"agreement": agreement(found), "continuous": continuous(found), "timings": timings(speed, note)}
    return _BLOCK.sub(lambda m: m[1] + blocks[m[2]] + "\n" + m[3], page)


def renew(results: Path) -> None:
    PAGE.write_text(renewed(PAGE.read_text(encoding="utf-8"), results), encoding="utf-8")
