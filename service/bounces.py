"""The maildir that the mail server fills with what comes back, read by a thread of the `clock` (COM-10)."""

from __future__ import annotations

import contextlib
import logging
import os
import stat
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import psycopg
from eventsourcing.persistence import OperationalError

from processors.runtime.bounces import MOST_BYTES, Bounces, Taken
from service.beside import beside

PAUSE = 5.0
"""Seconds between two looks at the maildir."""
_AT_ONCE = 50
"""Messages of one look: a flood waits in the maildir, and views and mails go on."""
_KEPT = 100
"""Messages about no mail of ours that are left in `cur`, for people to look at; older ones go."""
log = logging.getLogger(__name__)


def take_in(maildir: Path, take: Callable[[bytes], Taken]) -> int:
    """Look once; answers how many messages were dealt with.

    One is removed once what it comes to is committed; after a crash in between it comes again, and is the
    same. Raises OperationalError while the database is away: then it stays.
    """
    done = 0
    for path in _new(maildir):
        raw = _content(path)
        if raw is None:
            continue
        try:
            taken = take(raw)
        except (psycopg.OperationalError, OperationalError):
            raise
        except Exception as error:  # its text may hold an address: only the class is told
            log.error("a message that came back can't be taken in: %s", type(error).__name__)
            taken = Taken.UNKNOWN
        if taken is Taken.TOO_EARLY:
            continue
        done += 1
        if taken is Taken.UNKNOWN:
            _set_aside(maildir, path)
        else:
            path.unlink(missing_ok=True)
        if done >= _AT_ONCE:
            break
    return done


@contextlib.contextmanager
def taking_in(maildir: Path, bounces: Bounces) -> Iterator[None]:
    """Take in what comes while the block runs, in a thread of its own."""

    def run(stop: threading.Event) -> None:
        while not stop.wait(PAUSE):
            try:
                while take_in(maildir, bounces.take) >= _AT_ONCE and not stop.wait(0.2):
                    pass
            except (psycopg.OperationalError, OperationalError, OSError) as error:
                log.warning("taking in what came back pauses: %s", type(error).__name__)

    with beside("bounces", run):
        yield


def _new(maildir: Path) -> list[Path]:
    """The messages that came, the oldest first by their names."""
    try:
        return sorted(path for path in (maildir / "new").iterdir() if not path.name.startswith("."))
    except FileNotFoundError:
        return []


def _content(path: Path) -> bytes | None:
    """A regular file's beginning; None for what is none, or is gone."""
    try:
        number = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK)
    except OSError:
        return None
    if not stat.S_ISREG(os.fstat(number).st_mode):
        os.close(number)
        return None
    with os.fdopen(number, "rb") as file:
        return file.read(MOST_BYTES)


def _set_aside(maildir: Path, path: Path) -> None:
    seen = maildir / "cur"
    seen.mkdir(mode=0o700, exist_ok=True)
    path.rename(seen / f"{path.name.partition(':')[0]}:2,")
    kept = sorted(seen.iterdir(), key=lambda p: p.lstat().st_mtime, reverse=True)
    for old in kept[_KEPT:]:
        old.unlink(missing_ok=True)
