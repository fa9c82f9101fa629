"""One log a process: JSON or text lines, rotated when in a file, never on standard output.

Only this program's own loggers follow the chosen level. Those of libraries stay at WARNING: below
it HTTP clients and the MCP SDK log bodies, and bodies are conversations.
"""

import json
import logging
import sys
import traceback
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Literal, TextIO

from service.settings import SettingsError

OWN_LOGGERS = ("mcp_server", "mistral_agent", "model_backends", "service")


@dataclass(frozen=True, slots=True)
class LogSettings:
    """How a process logs.

    Args:
        level: Least level that is written of this program's own messages.
        format: "json": one object a line. "text": one line a message, then any traceback.
        file: Where to; None is standard error.
        max_bytes: The file is renamed to `.1` and begun anew at this size.
        backup_count: Renamed files that are kept.
    """

    level: str = "INFO"
    format: Literal["json", "text"] = "json"
    file: Path | None = None
    max_bytes: int = 100_000_000
    backup_count: int = 5


def start_logging(settings: LogSettings, stream: TextIO | None = None) -> None:
    """Send everything that is logged from now on where `settings` say.

    Args:
        settings: Where and how.
        stream: Used where there is no file; standard error if None.

    Raises:
        SettingsError: The file cannot be written.
    """
    handler = _file_handler(settings) if settings.file else logging.StreamHandler(stream)
    handler.setFormatter(JsonLines() if settings.format == "json" else TextLines())
    root = logging.getLogger()
    for old in list(root.handlers):
        root.removeHandler(old)
        old.close()
    root.addHandler(handler)
    level = logging.getLevelNamesMapping()[settings.level]
    root.setLevel(max(level, logging.WARNING))
    for name in OWN_LOGGERS:
        logging.getLogger(name).setLevel(level)
    # A full disk or a closed stream must not fill standard error with the logger's own errors.
    logging.raiseExceptions = False


def _file_handler(settings: LogSettings) -> logging.Handler:
    from logging.handlers import RotatingFileHandler

    file = Path(str(settings.file)).expanduser()
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
        return RotatingFileHandler(
            file,
            maxBytes=settings.max_bytes,
            backupCount=settings.backup_count,
            encoding="utf-8",
            errors="backslashreplace",
        )
    except OSError as error:
        reason = error.strerror or type(error).__name__
        raise SettingsError(f"logging.file: cannot write {str(file)!r}: {reason}") from None


class JsonLines(logging.Formatter):
    """One JSON object a line: time, level, logger, message, and exception where there is one."""

    def format(self, record: logging.LogRecord) -> str:
        """Render `record`; line breaks in it are escaped, so that a line is a record."""
        entry = {
            "time": _time(record),
            "level": record.levelname,
            "logger": record.name,
            "message": record.getMessage(),
        }
        if text := _exception(record):
            entry["exception"] = text
        return json.dumps(entry, ensure_ascii=True)


class TextLines(logging.Formatter):
    """Time, level, logger and message on one line; a traceback follows indented."""

    def format(self, record: logging.LogRecord) -> str:
        """Render `record`; control characters in its message are escaped."""
        message = "".join(c if c.isprintable() else ascii(c)[1:-1] for c in record.getMessage())
        line = f"{_time(record)} {record.levelname:<7} {record.name}: {message}"
        text = _exception(record)
        return "\n".join([line, *(f"    {part}" for part in text.splitlines())])


def _time(record: logging.LogRecord) -> str:
    return datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds")


def _exception(record: logging.LogRecord) -> str:
    if not record.exc_info or record.exc_info[0] is None:
        return ""
    return "".join(traceback.format_exception(*record.exc_info)).rstrip()


def stop_logging() -> None:
    """Write out what is buffered, for a process that leaves without the interpreter's clean-up."""
    for handler in logging.getLogger().handlers:
        handler.flush()
    sys.stderr.flush()
