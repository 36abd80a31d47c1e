"""An export of the Political Prisoner Database of the CECC -> cases, acts, a source, and an account of every cell."""

from clemency.sources.cecc.database import Register, register
from clemency.sources.cecc.export import CeccExport, read_cecc

__all__ = ["CeccExport", "Register", "read_cecc", "register"]
