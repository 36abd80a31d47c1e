"""Summaries of cases in English -> acts of clemency of the person whom each record is about, with their evidence."""

import lazy_loader as _lazy

# Its patterns take as long to compile as pandas to load, and who reads a register's dates and terms needs none of them.
__getattr__, __dir__, __all__ = _lazy.attach(__name__, submod_attrs={"coder": ["code_acts"]})
