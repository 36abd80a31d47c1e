"""Run the studies by name (all of them without one): ``python -m benchmarks [regression ...]``."""

import sys
from importlib import import_module
from pathlib import Path

HERE = Path(__file__).parent


def main() -> None:
    known = sorted(p.stem for p in HERE.glob("[a-z]*.py"))
    wanted = sys.argv[1:] or known
    for name in wanted:
        if name not in known:
            sys.exit(f"there is no study '{name}'; there are: {', '.join(known)}")
    (HERE / "results").mkdir(exist_ok=True)
    for name in wanted:
        print(f"== {name}", flush=True)
        import_module(f"benchmarks.{name}").run(HERE / "results")


if __name__ == "__main__":
    main()
