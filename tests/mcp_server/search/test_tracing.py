import signal
import sys

import pytest

from mcp_server.search.tracing import OutOfTimeError, Tracer, bounded, lines_of

pytestmark = [
    pytest.mark.timeout(60, method="thread"),  # the other method's timer is used here
    # A call may run out of time in a callback, which swallows it; it is raised again then.
    pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning"),
]

SOURCE = """\
def f(x):
    if x:
        return 1
    return 2

def g(x):
    for y in x:
        yield f(y)
"""


@pytest.fixture
def names():
    found = {}
    exec(compile(SOURCE, "traced.py", "exec"), found)
    return found


def test_a_call_takes_arcs_from_line_to_line_between_its_entry_and_exit(names):
    tracer = Tracer("traced.py")
    with tracer.on() as arcs:
        names["f"](1)
    assert arcs == {(-1, 2), (2, 3), (3, -1)}
    assert lines_of(arcs) == {2, 3}


def test_arcs_of_another_call_are_not_mixed_with_those_before(names):
    tracer = Tracer("traced.py")
    with tracer.on() as first:
        names["f"](1)
    with tracer.on() as second:
        names["f"](0)
    assert lines_of(first) == {2, 3}
    assert lines_of(second) == {2, 4}


def test_inner_calls_and_generators_are_traced_and_other_files_are_not(names):
    tracer = Tracer("traced.py")
    with tracer.on() as arcs:
        list(names["g"]([0, 1]))
        sorted([2, 1], key=lambda x: x)
    assert lines_of(arcs) == {2, 3, 4, 7, 8}


def test_the_trace_function_from_before_is_set_again_also_after_an_exception():
    def follow(*_):
        return None

    before = sys.gettrace()
    sys.settrace(follow)
    try:
        with pytest.raises(KeyError), Tracer("traced.py").on():
            raise KeyError
        after = sys.gettrace()
    finally:
        sys.settrace(before)
    assert after is follow


@pytest.mark.usefixtures("alarm")
@pytest.mark.parametrize(
    "endless",
    [
        "while True: pass",
        "try:\n    while True: pass\nexcept Exception: pass",
        "while True:\n    try:\n        while True: pass\n    except ValueError: pass",
        "try:\n    while True: pass\nexcept: pass\nwhile True: pass",
        "import time\nwhile True: time.sleep(60)",
        "import threading\nthreading.Lock().acquire()\nthreading.Event().wait()",
    ],
)
def test_a_block_that_does_not_end_is_ended(endless):
    with pytest.raises(OutOfTimeError), bounded(0.02):
        exec(endless, {})


@pytest.mark.usefixtures("alarm")
def test_a_block_that_ends_in_time_is_left_alone_and_its_bound_is_gone():
    with bounded(30):
        pass
    assert signal.getitimer(signal.ITIMER_REAL) == (0.0, 0.0)
    with pytest.raises(KeyError), bounded(30):
        raise KeyError
    assert signal.getitimer(signal.ITIMER_REAL) == (0.0, 0.0)


def test_running_out_of_time_is_no_exception_that_code_catches():
    assert not issubclass(OutOfTimeError, Exception)
