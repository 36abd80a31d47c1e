"""Chinese court rulings on reduction, parole and service outside prison -> cases, acts and rulings, with evidence."""

from clemency.sources.rulings.disclosure import disclosure, disclosure_weights
from clemency.sources.rulings.features import ruling_features
from clemency.sources.rulings.names.casenumbers import CaseNumber, read_case_number
from clemency.sources.rulings.result import Rulings, read_rulings, write_rulings
from clemency.sources.rulings.simulation.simulate import simulate_rulings

__all__ = [
    "CaseNumber",
    "Rulings",
    "disclosure",
    "disclosure_weights",
    "read_case_number",
    "read_rulings",
    "ruling_features",
    "simulate_rulings",
    "write_rulings",
]
