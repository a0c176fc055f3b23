"""Draws a large plan in a process of its own, while its acts are carried out in this one."""

from __future__ import annotations

import multiprocessing
from collections.abc import Generator
from datetime import date
from itertools import islice
from multiprocessing.connection import Connection

from service.demo.acts import Act
from service.demo.plan import plan

_CHUNK = 500


def drawn_ahead(today: date, clients: int) -> Generator[Act, None, None]:
    """What `plan` yields. Raises EOFError where its process ended too early."""
    context = multiprocessing.get_context("spawn")
    here, there = context.Pipe(duplex=False)
    process = context.Process(target=_draw, args=(there, today, clients), daemon=True)
    process.start()
    there.close()
    try:
        while chunk := here.recv():
            yield from chunk
    finally:
        here.close()
        process.terminate()
        process.join()


def _draw(there: Connection, today: date, clients: int) -> None:
    """Chunks of acts; the last one is empty."""
    todo = plan(today, clients=clients)
    while chunk := list(islice(todo, _CHUNK)):
        there.send(chunk)
    there.send([])
