"""After a restore: erasures that the ledger outside knows and the log doesn't are carried out again (T16)."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast
from uuid import UUID, uuid5

import psycopg

from aggregates.catalogue.state import PORTAIL
from aggregates.client.events import DossierErased
from aggregates.mailing.events import MailingTextForgotten
from commands.access import SYSTEM
from commands.clients.replay_erasure import ReplayErasure
from commands.mailing.forget_mailing_text import ForgetMailingText
from commands.message import Command
from projections.runtime.reader import Reader
from schema.access_trail import TRAIL
from schema.clock import machine_time
from schema.database_roles import DatabaseRole
from schema.migrate import adopt_restored_log
from schema.notary import BadLineError, Notary, erasures, raw_erasures
from schema.seals import EVENTS, Chain
from service.attach import command_line
from service.bootstrap import MODELS, WriteSide
from service.verify import seal_key_of

if TYPE_CHECKING:
    from service.settings import Settings

_PATIENCE = 240.0
"""Seconds for the views to read what was erased; the machine time of a restore is five minutes (T16)."""


class LedgerError(Exception):
    """The erasure ledger can't be trusted or replayed; the text has one line, French then English."""


@dataclass(frozen=True)
class Entry:
    """One erasure as the ledger tells it."""

    person: UUID
    topic: str
    marked: bool
    position: int

    @property
    def command_id(self) -> UUID:
        """The same however often it is replayed: who was restored by people since then stays (DOS-9)."""
        return uuid5(PORTAIL, f"erasure/{self.person}/{self.position}")

    @property
    def wish(self) -> Command:
        """What erases it again."""
        if self.topic == MailingTextForgotten.TOPIC:
            return ForgetMailingText(mailing=self.person)
        return ReplayErasure(person=self.person, whole=self.topic == DossierErased.TOPIC, marked=self.marked)


def replay(settings: Settings) -> int:
    """Erase again what the log lacks, and let the views forget; answers how many. Nothing serves meanwhile.

    Raises LedgerError, OperationalError.
    """
    if not settings.notary_file.exists() or not next(raw_erasures(settings.notary_file), None):
        return 0
    entries = _entries(settings)
    with command_line(settings) as side:
        missing = _missing(side, entries)
        before = _highest(side)
        for entry in missing:
            side.dispatcher.dispatch(entry.wish, SYSTEM, entry.command_id)
        after = _highest(side)
        if after > before:
            _forget_in_views(settings, side, after)
    return len(missing)


def adopt(settings: Settings) -> tuple[int | None, Path | None, int]:
    """All that a restored backup needs before the portal starts.

    Answers the new `past` where the cluster is another one, where the notary's old file lies if it was ahead
    of the log, and how many erasures were carried out again. Raises LedgerError, OperationalError.
    """
    try:
        past = adopt_restored_log(settings.database_url)
    except RuntimeError:
        past = None
    return past, _set_aside(settings), replay(settings)


def _entries(settings: Settings) -> list[Entry]:
    public = seal_key_of(settings).public_key()
    try:
        return [
            Entry(
                UUID(line.fields["person"]),
                str(line.fields["topic"]),
                bool(line.fields["marked"]),
                int(line.fields["position"]),
            )
            for line in erasures(settings.notary_file, public)
        ]
    except BadLineError as error:
        raise LedgerError(
            f"{settings.notary_file} : {error} n’est pas signé par notre clé de sceau, les effacements ne"
            " peuvent être rejoués. / Not signed by our seal key: erasures can't be replayed."
        ) from None


def _missing(side: WriteSide, entries: Sequence[Entry]) -> list[Entry]:
    """Neither the event stands in the log, nor was it replayed there."""
    with side.pool.connection() as connection:
        rows = connection.execute(
            "select n from unnest(%b::uuid[], %b::bigint[], %b::uuid[]) with ordinality"
            " as e (person, position, command, n) where not exists (select 1 from events l"
            "   where l.position = e.position and (l.person = e.person"
            "   or convert_from(l.state, 'UTF8')::jsonb -> 'merged' ? e.person::text))"
            " and not exists (select 1 from commands c where c.id = e.command) order by n",
            (
                [entry.person for entry in entries],
                [entry.position for entry in entries],
                [entry.command_id for entry in entries],
            ),
        ).fetchall()
    return [entries[n - 1] for (n,) in rows]


def _highest(side: WriteSide) -> int:
    with side.pool.connection() as connection:
        row = connection.execute("select coalesce(max(position), 0) from events").fetchone()
    assert row is not None
    return int(row[0])


def _forget_in_views(settings: Settings, side: WriteSide, position: int) -> None:
    """Views restored with the backup show the values until they have read their erasure."""
    stop = threading.Event()
    reader = Reader(
        settings.database_as(DatabaseRole.PROJECT), side.store, MODELS, wait=lambda _seconds: time.sleep(0.02)
    )
    thread = threading.Thread(target=reader.run, args=(stop,), name="forgetting views")
    thread.start()
    try:
        until = time.monotonic() + _PATIENCE
        while _behind(side, position):
            if time.monotonic() > until:
                raise LedgerError(
                    "Les vues n’ont pas lu les effacements : « portail rebuild », puis relancez."
                    " / Read models are behind: rebuild them, then start again."
                )
            time.sleep(0.02)
    finally:
        stop.set()
        thread.join()


def _behind(side: WriteSide, position: int) -> bool:
    with side.pool.connection() as connection:
        behind = connection.execute(
            "select 1 from read_models where position < %s limit 1", (position,)
        ).fetchone()
    return behind is not None


def _set_aside(settings: Settings) -> Path | None:
    """A notary's file that knows seals which the restored tables haven't: the chains go on in a new one.

    The ledger's lines go along, as they were signed.
    """
    file = settings.notary_file
    notary = Notary(file, seal_key_of(settings))
    with psycopg.connect(settings.database_url) as connection:
        if all(_holds(connection, chain, *notary.newest_head(chain.kind)) for chain in (EVENTS, TRAIL)):
            return None
    aside = file.with_name(f"{file.name}.{machine_time():%Y%m%dT%H%M%S}")
    file.rename(aside)
    _write(file, raw_erasures(aside))
    return aside


def _holds(connection: psycopg.Connection[Any], chain: Chain, block: int, head: str) -> bool:
    query = f"select encode(head, 'hex') from {chain.seals} where block = %s"  # sql: a name of ours
    return block == 0 or connection.execute(cast("Any", query), (block,)).fetchone() == (head,)


def _write(file: Path, lines: Iterator[bytes]) -> None:
    with file.open("xb") as new:
        new.writelines(lines)
