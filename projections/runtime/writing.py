"""Writes the rows of a rebuild: at once, or in a process beside while the next events are handed out."""

from __future__ import annotations

import multiprocessing
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from multiprocessing.connection import Connection
from typing import Any, Protocol

import psycopg

from projections.model import Model, Rows, as_json
from projections.runtime.builds import schema_of
from projections.runtime.connection import connect
from projections.runtime.feeding import BatchSize

Part = tuple[int, str]
"""A number of rows, and the rows as the one parameter of their statement."""
Statement = tuple[str, str, Sequence[Part]]
"""Model, text, parts: each part becomes a transaction of its own."""


@dataclass(frozen=True)
class Written:
    """What became of the statements: models with the class of the error that their rows met."""

    failed: Mapping[str, str] = field(default_factory=dict)
    size: int = BatchSize().size
    """So many rows should the next parts have, for their transactions to stay short."""
    lost: str | None = None
    """Class of the error that ended the writing for all: the connection, not the rows."""


class Writer(Protocol):
    """Takes statements; `written` waits until they are carried out and tells what became of them."""

    def write(self, statements: Sequence[Statement]) -> None: ...

    def written(self) -> Written: ...


def statements_of(model: Model, build: int, rows: Rows, size: int) -> Iterator[Statement]:
    """What writes these rows into that build, cut into parts of so many."""
    for text, values in rows.statements(schema_of(model, build)):
        parts = [values[start : start + size] for start in range(0, len(values), size)]
        yield model.name, text, [(len(part), as_json(part)) for part in parts]


class Here:
    """Carries statements out when it gets them. Nobody reads these tables yet."""

    def __init__(self, connection: psycopg.Connection[Any]) -> None:
        self._connection = connection
        self._size = BatchSize()
        self._written = Written()

    def write(self, statements: Sequence[Statement]) -> None:
        """Raises psycopg.OperationalError."""
        failed: dict[str, str] = {}
        for model, text, parts in statements:
            try:
                if model not in failed:
                    self._carry_out(text, parts)
            except psycopg.OperationalError:
                raise
            except Exception as error:  # what a row can't hold leaves out its model only
                failed[model] = type(error.__cause__ or error).__name__
        self._written = Written(failed, self._size.size)

    def _carry_out(self, text: Any, parts: Sequence[Part]) -> None:
        for rows, values in parts:
            begun = time.monotonic()
            self._connection.execute(text, (values,))
            self._size.learn(rows, time.monotonic() - begun)

    def written(self) -> Written:
        return self._written


class _Beside:
    """Hands statements to the process at the other end of the line.

    Its methods raise psycopg.OperationalError when that process, or its connection, has ended.
    """

    def __init__(self, line: Connection) -> None:
        self._line = line
        self._awaited = False
        self._written = Written()

    def write(self, statements: Sequence[Statement]) -> None:
        self.written()
        with _ended():
            self._line.send(statements)
        self._awaited = True

    def written(self) -> Written:
        if self._awaited:
            with _ended():
                self._written = self._line.recv()
            self._awaited = False
        if self._written.lost is not None:
            raise psycopg.OperationalError(self._written.lost)
        return self._written


@contextmanager
def _ended() -> Iterator[None]:
    try:
        yield
    except (EOFError, OSError) as error:
        raise psycopg.OperationalError("the writing process ended") from error


@contextmanager
def beside(url: str) -> Iterator[Writer]:
    """A writer in a process of its own, for a long log: one interpreter can't both decode and write."""
    context = multiprocessing.get_context("spawn")
    ours, theirs = context.Pipe()
    process = context.Process(target=_serve, args=(theirs, url), daemon=True)
    process.start()
    theirs.close()
    try:
        yield _Beside(ours)
    finally:
        ours.close()
        process.terminate()
        process.join()


def _serve(line: Connection, url: str) -> None:
    """Until the other end is closed, or gone."""
    try:
        with connect(url) as connection:
            writer = Here(connection)
            while True:
                writer.write(line.recv())
                line.send(writer.written())
    except psycopg.OperationalError as error:
        line.send(Written(lost=type(error).__name__))
    except EOFError:
        pass
