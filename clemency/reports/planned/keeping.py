"""What the plan found -> plain frames in the user's cache, and back: it is the same in every quarter of an edition."""

from __future__ import annotations

import hashlib
import platform
from collections.abc import Callable

import numpy as np
import pandas as pd
import scipy

from clemency.records.environment.cachefolder import cache_folder
from clemency.records.environment.datafolder import data_folder
from clemency.records.environment.typedcache import code_hash, kept
from clemency.reports.planned.firmness import Checks
from clemency.reports.planned.results import Answers

__all__ = ["Found", "kept_or_found"]

#: The answers, the checks of each finding (None if there are none), and what is missing.
Found = tuple[Answers, dict[tuple[str, str], Checks | None], tuple[str, ...]]
_ANSWERS, _CHECKS = ("hypotheses", "groups", "occasions"), ("register", "shipped", "e_values")
_ROOMS = ("records", "sources", "cohorts", "models", "inference", "reports")


def kept_or_found(find: Callable[[], Found]) -> Found:
    """What this code found in the shipped tables, byte for byte as they are, or what `find` finds now, which is kept.

    Parameters
    ----------
    find : callable

    Returns
    -------
    Found
        ``ratios`` and ``placebos`` of the answers are empty: only their tables are kept.
    """
    tables = hashlib.sha256(b"".join(p.read_bytes() for p in sorted(data_folder().glob("*.csv")))).hexdigest()
    versions = (
        tables,
        code_hash(*_ROOMS),
        np.__version__,
        pd.__version__,
        scipy.__version__,
        platform.machine(),
    )
    name = hashlib.sha256("\n".join(versions).encode()).hexdigest()
    return _from(kept(cache_folder() / "plan", name, lambda: _frames(find())))


def _frames(found: Found) -> dict[str, pd.DataFrame]:
    answers, checks, missing = found
    out = {name: getattr(answers, name) for name in _ANSWERS}
    out["missing"] = pd.DataFrame({"said": list(missing)}, dtype=object)
    out["findings"] = pd.DataFrame(
        {
            "key": [k for k, _ in checks],
            "level": [v for _, v in checks],
            "made": [c is not None for c in checks.values()],
        }
    ).astype({"key": object, "level": object, "made": bool})
    for n, made in enumerate(checks.values()):
        if made is not None:
            out |= {f"{name}-{n}": getattr(made, name) for name in _CHECKS}
    return out


def _from(frames: dict[str, pd.DataFrame]) -> Found:
    frames = {name: _with_texts(frame) for name, frame in frames.items()}
    answers = Answers(frames["hypotheses"], frames["groups"], frames["occasions"], {}, {})
    checks: dict[tuple[str, str], Checks | None] = {}
    for n, r in enumerate(frames["findings"].itertuples()):
        checks[str(r.key), str(r.level)] = Checks(*(frames[f"{name}-{n}"] for name in _CHECKS)) if r.made else None
    return answers, checks, tuple(frames["missing"]["said"])


def _with_texts(frame: pd.DataFrame) -> pd.DataFrame:
    """Texts that are empty as such: the files of the cache do not tell them from missing ones, and none is missing here."""
    texts = [c for c in frame if pd.api.types.is_object_dtype(frame[c]) or pd.api.types.is_string_dtype(frame[c])]
    return frame.assign(**{c: frame[c].astype(object).where(frame[c].notna(), "") for c in texts})
