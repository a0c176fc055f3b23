"""A reader of all models in a process of its own: python -m tests.projections.a_reader URL."""

from __future__ import annotations

import sys
import threading
import time

from projections.runtime.reader import Reader
from service.bootstrap import MODELS
from tests.support.builders import log_on

if __name__ == "__main__":
    with log_on(sys.argv[1]) as log:
        stop = threading.Event()
        Reader(sys.argv[1], log.store, MODELS, wait=time.sleep).run(stop)
