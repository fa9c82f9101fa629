"""The agent's log: a file in the user's log directory unless the settings say otherwise."""

import logging
from pathlib import Path

from mistral_agent.settings import AgentSettings
from service.logs import LogSettings, TextLines, start_logging
from service.settings import SettingsError

logger = logging.getLogger(__name__)


def start(settings: AgentSettings) -> None:
    """Log as `settings` say; what the user set without effect is the first that is logged.

    Raises:
        SettingsError: The file that the settings name cannot be written.
    """
    wanted = settings.logging
    if wanted.file is not None:
        start_logging(LogSettings(level=wanted.level, file=wanted.file))
    else:
        _start_default(wanted.level)
    if wanted.console:
        console = logging.StreamHandler()
        console.setFormatter(TextLines())
        logging.getLogger().addHandler(console)
    for note in settings.notes:
        logger.warning(note)


def default_file() -> Path:
    """The log of users who name none."""
    from platformdirs import user_log_path

    return user_log_path("mistral-agent", appauthor=False) / "mistral-agent.log"


def _start_default(level: str) -> None:
    """Nobody asked for this file, so it is done without where it cannot be written."""
    try:
        start_logging(LogSettings(level=level, file=default_file()))
    except SettingsError:
        logging.getLogger().addHandler(logging.NullHandler())
