"""A signal to stop is heard at whatever moment it comes, also between two lines of a wait."""

from __future__ import annotations

import subprocess
import sys

import pytest

from tests.service.conftest import ROOT

OURS = "from service.stopping import stop_on_signals; stop = stop_on_signals()"
OF_THE_RUN = "from service.stopping import StopSignals; stop = StopSignals().__enter__().event"
PLAIN = "stop = threading.Event(); signal.signal(signal.SIGTERM, lambda *_: stop.set())"
# `Event.wait` holds this lock around its wait: that is where the signal finds it.
AT_A_BAD_MOMENT = """
import os, signal, threading
{stop}
with stop._cond:
    os.kill(os.getpid(), signal.SIGTERM)
    for _ in range(1000):
        pass
assert stop.wait(10)
"""


def ends(stop: str, seconds: float) -> int:
    argv = [sys.executable, "-c", AT_A_BAD_MOMENT.format(stop=stop)]
    return subprocess.run(argv, cwd=ROOT, timeout=seconds, check=False).returncode


@pytest.mark.parametrize("stop", [OURS, OF_THE_RUN])
def test_it_is_heard_while_the_lock_of_the_wait_is_held(stop: str) -> None:
    assert ends(stop, 30) == 0


def test_a_handler_that_sets_the_event_itself_waits_for_itself() -> None:
    """The control."""
    with pytest.raises(subprocess.TimeoutExpired):
        ends(PLAIN, 3)
