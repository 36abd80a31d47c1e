"""Published claims -> the same numbers computed again, with a verdict on each."""

from clemency.findings.reproduction import Reproduction, reproduce

__all__ = ["Reproduction", "reproduce"]
