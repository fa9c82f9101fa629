"""What is said of this machine and this installation."""

import importlib.metadata
import shutil
import sys
from collections import namedtuple

import pytest

from mistral_agent.installation import DISTRIBUTION, examine
from mistral_agent.settings import load_agent_settings
from service.settings import Layer


@pytest.fixture
def look(tmp_path):
    """Examine with these settings; gives the findings by name."""

    def examined(*extras, **sections):
        values = {"conversation": {"session_dir": str(tmp_path / "sessions")}} | sections
        settings = load_agent_settings(None, {}, [Layer("test", values)])
        return {finding.name: finding for finding in examine(settings, extras)}

    return examined


def test_a_sound_installation_has_nothing_to_mend(look, tmp_path):
    findings = look("agent", "server", "embedded")
    assert set(findings) == {
        "python",
        "packages",
        "packages [agent]",
        "packages [server]",
        "packages [embedded]",
        "conversations",
        "disk",
    }
    assert {finding.status for finding in findings.values()} == {"ok"}
    assert not any(finding.remedy for finding in findings.values())
    assert list(tmp_path.iterdir()) == []


def test_an_old_python_fails(look, monkeypatch):
    monkeypatch.setattr(sys, "version_info", (3, 10, 4))
    assert look()["python"].status == "fail"


def test_systems_without_a_sandbox_are_told_so(look, monkeypatch):
    monkeypatch.setattr(sys, "platform", "darwin")
    finding = look()["python"]
    assert finding.status == "warn"
    assert "no sandbox on darwin" in finding.detail


@pytest.mark.parametrize(
    ("requirement", "said"),
    [
        ("no-such-thing>=1; extra == 'agent'", "no-such-thing is missing"),
        ("rich>=999; extra == 'agent'", "needed is >=999"),
    ],
)
def test_packages_that_do_not_fit_are_named_with_the_install_line(
    look, monkeypatch, requirement, said
):
    monkeypatch.setattr(importlib.metadata, "requires", lambda _: ["rich", requirement])
    findings = look("agent", "server")
    assert findings["packages [agent]"].status == "fail"
    assert said in findings["packages [agent]"].detail
    assert f"pip install '{DISTRIBUTION}[agent]'" in findings["packages [agent]"].remedy
    assert findings["packages"].status == findings["packages [server]"].status == "ok"


def test_a_tree_that_was_never_installed_is_told_so(look, monkeypatch):
    def requires(name):
        raise importlib.metadata.PackageNotFoundError(name)

    monkeypatch.setattr(importlib.metadata, "requires", requires)
    assert look()["packages"].remedy == "run: make install"


def test_places_that_cannot_be_written_are_named_with_their_setting(look, tmp_path):
    (tmp_path / "file").touch()
    findings = look(
        conversation={"session_dir": str(tmp_path / "file" / "sessions")},
        logging={"file": str(tmp_path)},
    )
    assert findings["conversations"].status == findings["log"].status == "fail"
    assert "set conversation.session_dir" in findings["conversations"].remedy
    assert "set logging.file" in findings["log"].remedy


def test_a_log_that_is_not_there_yet_is_not_made(look, tmp_path):
    assert look(logging={"file": str(tmp_path / "new" / "agent.log")})["log"].status == "ok"
    assert list(tmp_path.iterdir()) == []


def test_a_log_that_is_there_is_tried_and_left_as_it_is(look, tmp_path):
    log = tmp_path / "agent.log"
    log.write_text("a line\n")
    assert look(logging={"file": str(log)})["log"].status == "ok"
    assert log.read_text() == "a line\n"


@pytest.mark.parametrize(("megabytes", "status"), [(1, "fail"), (100, "warn"), (5000, "ok")])
def test_scarce_disks_are_noticed(look, monkeypatch, megabytes, status):
    usage = namedtuple("usage", "free")(megabytes << 20)
    monkeypatch.setattr(shutil, "disk_usage", lambda _: usage)
    assert look()["disk"].status == status
