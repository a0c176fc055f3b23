"""Runs `portail run` with the fake commands beside it; tests start it, watch it and kill it."""

from __future__ import annotations

import sys
from pathlib import Path

from service.embedded import ServerError
from service.run import StepFailedError, run
from service.settings import load


def say(line: str) -> None:
    """Print at once."""
    sys.stdout.write(line + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    fake = str(Path(__file__).with_name("fake_portail.py"))
    try:
        run(load(), say, program=(sys.executable, fake))
    except (ServerError, StepFailedError) as error:
        sys.exit(str(error))
