"""Which calls wait for the user's yes, and what was said yes to."""

from mistral_agent.approval.gate import Approvals, Call, Gate
from mistral_agent.approval.pins import FilePins, MemoryPins, Pins

__all__ = ["Approvals", "Call", "FilePins", "Gate", "MemoryPins", "Pins"]
