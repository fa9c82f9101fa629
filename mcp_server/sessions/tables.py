"""The tables of conversations.

Texts are kept as JSON strings: not every database takes NUL or a lone surrogate, which the
arguments of a call may hold.
"""

from sqlalchemy import BigInteger, Column, Integer, MetaData, String, Table, Text

_metadata = MetaData()
_counter = BigInteger().with_variant(Integer, "sqlite")

chat_schema = Table(
    "chat_schema",
    _metadata,
    Column("id", Integer, primary_key=True, autoincrement=False),
    Column("version", Integer, nullable=False),
)
chat_sessions = Table(
    "chat_sessions",
    _metadata,
    Column("number", _counter, primary_key=True, autoincrement=True),
    Column("key", String(64), nullable=False, unique=True),
    Column("session_id", Text, nullable=False),
    Column("used", _counter, nullable=False),
    Column("dropped", _counter, nullable=False),
    Column("next_position", _counter, nullable=False),
    sqlite_autoincrement=True,
)
chat_messages = Table(
    "chat_messages",
    _metadata,
    Column("session", String(64), primary_key=True),
    Column("position", _counter, primary_key=True, autoincrement=False),
    Column("role", String(16), nullable=False),
    Column("content", Text, nullable=False),
)
