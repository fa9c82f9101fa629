"""The agent, which is killed right after the record of a session that its first argument counts.

Records are counted from 1: the message, the plan, then a beginning and an outcome a step.
"""

import os
import signal
import sys

from mistral_agent import cli
from mistral_agent.sessions import journal

_append = journal.Journal.append
_left = [int(sys.argv[1])]


def append(self, record, wait=True):
    _append(self, record, wait)
    _left[0] -= 1
    if _left[0] == 0:
        os.kill(os.getpid(), signal.SIGKILL)


journal.Journal.append = append
sys.exit(cli.run(sys.argv[2:]))
