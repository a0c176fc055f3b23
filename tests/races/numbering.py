"""Writers of numbered documents in processes of their own; a killed one goes on from its journal."""

from __future__ import annotations

import json
import multiprocessing
import os
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from multiprocessing.context import ForkServerProcess
from pathlib import Path
from typing import Any, ClassVar, TextIO
from uuid import UUID, uuid4

from aggregates.kernel import Refused, Role
from commands import dispatch
from commands.access import Scope, anyone
from commands.message import Act, Command
from schema.store import Change
from service.bootstrap import COMMANDS, write_side
from tests.support.write_side import VAULT, principal

_REFUSED_EVERY = 7
_CLERK = principal(Role.OFFICE, Role.ACCOUNTING)


class DrawThenRefuse(Command):
    """Draw a number of a series, then be refused."""

    ALLOWED: ClassVar[Mapping[Role, Scope]] = anyone(Role.OFFICE)
    RULES: ClassVar[tuple[str, ...]] = ("FAC-1",)

    series: str
    year: int


class RefusedAfterNumber(Refused):
    """What DrawThenRefuse is answered."""

    code: ClassVar[str] = "refused_after_number"
    rule: ClassVar[str] = "FAC-1"


def _draw(command: DrawThenRefuse, act: Act) -> list[Change]:
    act.number(command.series, command.year)
    raise RefusedAfterNumber


@dataclass(frozen=True)
class Task:
    """What one writer does, in this order."""

    url: str
    journal: Path
    own: Sequence[Command]
    contested: Sequence[Command]
    """Put in between: all writers try these at about the same time, and one gets there."""
    series: tuple[str, str]
    year: int

    def in_order(self) -> Iterator[Command]:
        every = len(self.own) // len(self.contested)
        for n, wish in enumerate(self.own):
            if n % every == 0 and n // every < len(self.contested):
                yield self.contested[n // every]
            yield wish


def write(task: Task) -> None:
    """Do what is not done yet; a wish whose end was not noted is sent again under its key."""
    known = read_journal(task.journal)
    with _dispatcher(task.url) as dispatcher, task.journal.open("a") as journal:
        for n, wish in enumerate(task.in_order()):
            before = known.get(n, {})
            if "end" not in before:
                _send(dispatcher, journal, n, wish, before.get("key") or str(uuid4()))
            if n % _REFUSED_EVERY == 0:
                _draw_for_nothing(dispatcher, task.series[n // _REFUSED_EVERY % 2], task.year)


def write_without_end(url: str, wishes: Sequence[Command], guarded: bool) -> None:
    """Write until killed; unguarded, the counter's row alone keeps the numbers apart."""
    if not guarded:
        dispatch._Attempt.next_number = _next_number_unguarded  # type: ignore[method-assign]
    with _dispatcher(url) as dispatcher, open(os.devnull, "w") as journal:
        for n, wish in enumerate(wishes):
            _send(dispatcher, journal, n, wish, str(uuid4()))
    raise RuntimeError("there was too little to do")


@contextmanager
def _dispatcher(url: str) -> Iterator[dispatch.Dispatcher]:
    with write_side(url, VAULT, lambda: None, settable_clock=False) as side:
        yield replace(side.dispatcher, handlers={**COMMANDS, DrawThenRefuse: _draw})


def _send(dispatcher: dispatch.Dispatcher, journal: TextIO, n: int, wish: Command, key: str) -> None:
    """With a line before and one after: what was begun, and how it ended."""
    note: dict[str, Any] = {"n": n, "key": key}
    _append(journal, note)
    try:
        end = str(dispatcher.dispatch(wish, _CLERK, UUID(key)).position)
    except Refused as refused:
        end = refused.code
    _append(journal, {**note, "end": end})


def _append(journal: TextIO, note: Mapping[str, Any]) -> None:
    journal.write(json.dumps(note) + "\n")
    journal.flush()


def _draw_for_nothing(dispatcher: dispatch.Dispatcher, series: str, year: int) -> None:
    try:
        dispatcher.dispatch(DrawThenRefuse(series=series, year=year), _CLERK, uuid4())
    except RefusedAfterNumber:
        return
    raise RuntimeError("it was to be refused")


def read_journal(journal: Path) -> dict[int, dict[str, Any]]:
    """Which wish, by its place in the order → the last that was noted of it."""
    lines = journal.read_text().splitlines() if journal.exists() else []
    notes = [json.loads(line) for line in lines if line.endswith("}")]
    return {note["n"]: note for note in notes}


def _next_number_unguarded(self: Any, series: str, year: int) -> int:
    """The control: whoever waits for the counter's row holds a transaction id, and readers back."""
    if not self._numbered:
        self._numbered = True
        dispatch.begin(self._transaction, self._connection)
    row = self._connection.execute(
        "update series set last = last + 1 where name = %s and year = %s returning last", (series, year)
    ).fetchone()
    assert row is not None
    return int(row[0])


CONTEXT = multiprocessing.get_context("forkserver")
CONTEXT.set_forkserver_preload([__name__])


def start(target: Any, *arguments: Any) -> ForkServerProcess:
    """A writer, forked where everything is imported already."""
    process = CONTEXT.Process(target=target, args=arguments, daemon=True)
    process.start()
    return process
