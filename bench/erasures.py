"""erase_client: from the wish of a client with 500 events until keys and views forgot them (DOS-11)."""

from __future__ import annotations

import time
from uuid import UUID, uuid4

import psycopg

from aggregates.client.events import NoteKind
from aggregates.kernel import Role
from bench.harness import Figure, median
from bench.portal import BenchPortal
from commands.access import Principal
from commands.clients.create_dossier import CreateDossier
from commands.clients.remove_dossier import RemoveDossier
from commands.clients.write_note import WriteNote

EVENTS = 500
_PATIENCE = 60.0
_OFFICE = Principal(uuid4(), frozenset({Role.OFFICE}), Role.OFFICE)
_FORGOTTEN = "select min(position) >= %s from read_models"
_ANSWERED = "select coalesce(bool_and(done_at is not null), false) from erasures where person = %s"


def erasures(portal: BenchPortal, rounds: int) -> dict[str, Figure]:
    """Milliseconds, the median of the rounds; beside it how long the last store and the vacuum took."""
    commands, views, everywhere, bare = [], [], [], []
    with psycopg.connect(portal.settings.database_url, autocommit=True) as line:
        for _ in range(rounds):
            client = _with_a_past(portal, line)
            begun = time.perf_counter()
            answer = portal.side.dispatcher.dispatch(RemoveDossier(client=client), _OFFICE, uuid4())
            commands.append((time.perf_counter() - begun) * 1e3)
            _until(line, _FORGOTTEN, answer.position)
            views.append((time.perf_counter() - begun) * 1e3)
            _until(line, _ANSWERED, client)
            everywhere.append(time.perf_counter() - begun)
            bare.append(_bare(line))
    beside = (
        f"{EVENTS} events; baseline: a bare update of two keys; the command alone {median(commands):.1f} ms,"
        f" every store and the vacuum {median(everywhere):.1f} s"
    )
    return {"erase_client": Figure(median(views), median(bare), None, "ms", 1_000.0, beside)}


def _with_a_past(portal: BenchPortal, line: psycopg.Connection[tuple[object, ...]]) -> UUID:
    """A client of whom so much is known, shown in the views."""
    send = portal.side.dispatcher.dispatch
    wish = CreateDossier(
        last_name="Éphémère",
        first_name="Zoé",
        email=f"{uuid4().hex}@example.com",
        postal_code=uuid4().hex[:6],
        city="Laval",
        country="CA",
    )
    client = send(wish, _OFFICE, uuid4()).made["client"]
    position = 0
    for n in range(1, EVENTS):
        note = WriteNote(client=client, kind=NoteKind.GENERAL, seen_version=n, text=f"Note {n}.")
        position = send(note, _OFFICE, uuid4()).position
    _until(line, _FORGOTTEN, position)
    return client


def _bare(line: psycopg.Connection[tuple[object, ...]]) -> float:
    """Milliseconds of a transaction that changes as many keys, to the same bytes."""
    begun = time.perf_counter()
    line.execute(
        "update keys set wrapped = wrapped where person = (select person from keys where wrapped is not null"
        " limit 1)"
    )
    return (time.perf_counter() - begun) * 1e3


def _until(line: psycopg.Connection[tuple[object, ...]], query: str, about: object) -> None:
    """Raises RuntimeError when it doesn't come true."""
    end = time.monotonic() + _PATIENCE
    while line.execute(query.encode(), (about,)).fetchone() != (True,):
        if time.monotonic() > end:
            raise RuntimeError(query)
        time.sleep(0.001)
