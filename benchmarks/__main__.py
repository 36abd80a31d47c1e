"""Run the studies by name, or all but those that take options: ``python -m benchmarks [regression ...]``."""

import sys
from importlib import import_module
from pathlib import Path

HERE = Path(__file__).parent
#: Studies that are run only by name, and read options after it.
ALONE = ("mutation", "snapshots")


def main() -> None:
    known = sorted(p.stem for p in HERE.glob("[a-z]*.py"))
    wanted = sys.argv[1:] or [k for k in known if k not in ALONE]
    wanted = wanted[:1] if wanted[0] in ALONE else wanted
    for name in wanted:
        if name not in known:
            sys.exit(f"there is no study '{name}'; there are: {', '.join(known)}")
    (HERE / "results").mkdir(exist_ok=True)
    for name in wanted:
        print(f"== {name}", flush=True)
        import_module(f"benchmarks.{name}").run(HERE / "results")


if __name__ == "__main__":
    main()
