"""Whether what requests were to do is told from what they were not."""

import subprocess

import pytest

from benchmarks.foreign_project import make_project, undone
from benchmarks.foreign_servers import NO_TOOL, place
from benchmarks.planning_corpus import load_catalogue, load_requests


@pytest.fixture(scope="module")
def project(tmp_path_factory):
    folder = tmp_path_factory.mktemp("made") / "project"
    make_project(folder)
    (folder / "test_right.py").write_text(
        "from a import double\n\n\ndef test_it():\n    assert double(2) == 4\n"
    )
    (folder / "test_wrong.py").write_text("import solution\n")
    return folder


@pytest.mark.parametrize(
    ("outcome", "missing"),
    [
        ({"says": ["forty"]}, "the answer does not say 'forty'"),
        ({"files": {"none.txt": None}}, "none.txt is not there"),
        ({"files": {"a.py": "triple"}}, "a.py does not contain 'triple'"),
        ({"gone": ["a.py"]}, "a.py is still there"),
        ({"passes": ["test_wrong.py"]}, "test_wrong.py does not pass"),
        ({"passes": ["test_none.py"]}, "test_none.py is not there"),
    ],
)
def test_what_was_not_done_is_named(project, outcome, missing):
    found = list(undone(outcome, project, "It is 42."))
    assert len(found) == 1
    assert found[0].startswith(missing)


def test_what_was_done_leaves_nothing_to_name(project):
    outcome = {
        "says": ["42"],
        "files": {"a.py": "double", ".git": None},
        "gone": ["none.py"],
        "passes": ["test_right.py"],
    }
    assert not list(undone(outcome, project, "It is 42."))


def test_the_project_has_something_staged_and_something_that_is_not(project):
    command = ["git", "status", "--porcelain", "--untracked-files=no"]
    status = subprocess.run(command, cwd=project, capture_output=True, text=True, check=True)
    assert status.stdout == "M  b.py\n M notes.txt\n"


def test_each_request_to_be_run_names_tools_that_the_servers_have():
    requests = load_requests("foreign_live")
    servers = {tool.name: tool.server for tool in load_catalogue(requests[0].servers).tools}
    assert len(requests) >= 40
    assert [each.ask for each in requests] == [place(r, servers) == NO_TOOL for r in requests]
