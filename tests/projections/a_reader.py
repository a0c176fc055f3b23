"""A reader of all models in a process of its own: python -m tests.projections.a_reader URL [SECONDS].

SECONDS: how long it waits at most between two looks.
"""

from __future__ import annotations

import sys
import threading
import time

from projections.runtime.reader import Reader
from service.bootstrap import MODELS
from tests.support.builders import log_on

if __name__ == "__main__":
    longest = float(sys.argv[2]) if len(sys.argv) > 2 else 60.0
    with log_on(sys.argv[1]) as log:
        stop = threading.Event()
        Reader(sys.argv[1], log.store, MODELS, wait=lambda s: time.sleep(min(s, longest))).run(stop)
