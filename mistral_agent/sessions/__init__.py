"""Conversations: what is recorded of them, and where they are kept."""

from mistral_agent.sessions.last_plan import LastPlan, last_plan
from mistral_agent.sessions.records import (
    AnswerRecord,
    BegunRecord,
    MessageRecord,
    NoteRecord,
    PlanRecord,
    Record,
    StepRecord,
    SummaryRecord,
)
from mistral_agent.sessions.session import Session
from mistral_agent.sessions.store import (
    JsonLinesSessions,
    MemorySessions,
    SessionStore,
    SessionSummary,
    open_sessions,
)

__all__ = [
    "AnswerRecord",
    "BegunRecord",
    "JsonLinesSessions",
    "LastPlan",
    "MemorySessions",
    "MessageRecord",
    "NoteRecord",
    "PlanRecord",
    "Record",
    "Session",
    "SessionStore",
    "SessionSummary",
    "StepRecord",
    "SummaryRecord",
    "last_plan",
    "open_sessions",
]
