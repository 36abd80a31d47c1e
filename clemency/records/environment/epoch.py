"""The date of a build that the environment sets, checked before NumPy reads it.

NumPy takes ``SOURCE_DATE_EPOCH`` for a number while SciPy is imported, and fails with an error that names neither.
"""

from __future__ import annotations

import os

from clemency.records.errors import UsageError


def check_epoch() -> None:
    """Refuse a ``SOURCE_DATE_EPOCH`` that is not a number of seconds.

    Raises
    ------
    UsageError
    """
    epoch = os.environ.get("SOURCE_DATE_EPOCH")
    if epoch is None:
        return
    try:
        int(epoch)
    except ValueError:
        raise UsageError(
            f"SOURCE_DATE_EPOCH={epoch!r} is not a number of seconds since 1970. Set it to one such as 1500000000, or "
            "unset it."
        ) from None
