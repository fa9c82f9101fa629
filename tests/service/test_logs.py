import io
import json
import logging
import sys

import pytest

from service.logs import LogSettings, start_logging, stop_logging
from service.settings import SettingsError


@pytest.fixture(autouse=True)
def _logging_as_before(monkeypatch):
    root = logging.getLogger()
    handlers, level = list(root.handlers), root.level
    own = {name: logging.getLogger(name).level for name in ("mcp_server", "service")}
    root.handlers = []
    monkeypatch.setattr(logging, "raiseExceptions", True)
    yield
    for handler in root.handlers:
        handler.close()
    root.handlers, root.level = handlers, level
    for name, before in own.items():
        logging.getLogger(name).setLevel(before)


def written(settings, write):
    stream = io.StringIO()
    start_logging(settings, stream)
    write(logging.getLogger("mcp_server.test"))
    return stream.getvalue()


def test_a_json_line_has_time_level_logger_and_message():
    text = written(LogSettings(), lambda log: log.warning("port %s is taken", 80))

    entry = json.loads(text)
    assert entry["level"] == "WARNING"
    assert entry["logger"] == "mcp_server.test"
    assert entry["message"] == "port 80 is taken"
    assert entry["time"].endswith("+00:00")


@pytest.mark.parametrize("format_", ["json", "text"])
def test_line_breaks_and_escapes_in_a_message_cannot_forge_a_line(format_):
    forged = "x\n2026 ERROR forged\x1b[2J\u2028y"

    text = written(LogSettings(format=format_), lambda log: log.info(forged))

    assert len(text.splitlines()) == 1
    assert "\x1b" not in text


@pytest.mark.parametrize("format_", ["json", "text"])
def test_an_exception_is_logged_with_its_traceback(format_):
    def fail(log):
        try:
            raise LookupError("gone")
        except LookupError:
            log.exception("it failed")

    text = written(LogSettings(format=format_), fail)

    assert "LookupError: gone" in text
    assert "Traceback" in text
    if format_ == "json":
        assert "LookupError: gone" in json.loads(text)["exception"]


def test_messages_below_the_level_are_left_out():
    assert written(LogSettings(level="ERROR"), lambda log: log.warning("x")) == ""


@pytest.mark.parametrize("name", ["mcp", "httpx", "openai._base_client", "uvicorn.access"])
def test_libraries_are_not_followed_below_warnings_since_they_log_what_users_write(name):
    stream = io.StringIO()
    start_logging(LogSettings(level="DEBUG"), stream)

    logging.getLogger(name).info("POST {'messages': 'private'}")
    logging.getLogger("mcp_server").debug("own")

    assert "private" not in stream.getvalue()
    assert "own" in stream.getvalue()


def test_standard_error_is_used_without_a_file(capsys):
    start_logging(LogSettings(), sys.stderr)
    logging.getLogger("service").error("x")
    stop_logging()

    output = capsys.readouterr()
    assert output.out == ""
    assert '"message": "x"' in output.err


def test_a_file_is_made_with_its_directory_and_rotated(tmp_path):
    file = tmp_path / "logs" / "server.log"
    start_logging(LogSettings(file=file, max_bytes=300, backup_count=2))
    for number in range(20):
        logging.getLogger("service").error("message %d", number)
    stop_logging()

    assert sorted(f.name for f in file.parent.iterdir()) == [
        "server.log", "server.log.1", "server.log.2"
    ]  # fmt: skip
    assert all(f.stat().st_size <= 300 for f in file.parent.iterdir())
    assert json.loads(file.read_text().splitlines()[-1])["message"] == "message 19"


@pytest.mark.parametrize("file", ["/dev/null/x/server.log", "/proc/server.log", "/"])
def test_a_file_that_cannot_be_written_is_named(file):
    with pytest.raises(SettingsError) as caught:
        start_logging(LogSettings(file=file))

    assert str(caught.value).startswith(f"logging.file: cannot write {file!r}: ")


def test_starting_again_replaces_the_log_before():
    first, second = io.StringIO(), io.StringIO()
    start_logging(LogSettings(), first)
    start_logging(LogSettings(), second)
    logging.getLogger("service").error("x")

    assert first.getvalue() == ""
    assert second.getvalue()


def test_a_closed_stream_does_not_raise():
    stream = io.StringIO()
    start_logging(LogSettings(), stream)
    stream.close()

    logging.getLogger("service").error("lost")
