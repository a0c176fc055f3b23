"""Every store that can hold personal data: how it forgets a person, and when it can say so (DOS-11).

A store answers how many keys, rows or files it forgot, none of which says anything of the person; None
means not yet: it is asked again.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

import psycopg
from psycopg import sql

from aggregates.client.events import DossierErased, DossierRestored


@dataclass(frozen=True)
class Erasure:
    """One erasure that is on its way."""

    id: UUID
    person: UUID
    scopes: tuple[str, ...]
    topic: str
    marked: bool
    position: int
    at: datetime

    @property
    def whole(self) -> bool:
        return self.topic == DossierErased.TOPIC


Store = Callable[[psycopg.Connection[Any], Erasure, datetime], int | None]
"""On a connection in autocommit, by the school's clock."""
OutsideStore = Callable[[Erasure], int | None]

KEYS, VACUUM = "keys", "vacuum"
HELD_IN: Mapping[str, str] = {
    "events": KEYS,
    "keys": KEYS,
    "claims": "claims",
    "accounts": "accounts",
    "sessions": "accounts",
    "tokens": "accounts",
    "calendar_feeds": "accounts",
    "outbox": "mails",
    "returned_mails": "returned_mails",
    "farewells": "farewell",
    "files": "files",
    "file_parts": "files",
    "errands": "errands",
    "set_aside": "door",
}
"""Tables that can hold personal data, and the store that answers for each; read models answer together."""
NOTHING_PERSONAL: Mapping[str, str] = {
    "commands": "ids, and a keyed hash of the body",
    "series": "numbers",
    "attempts": "keyed hashes, deleted within a quarter of an hour",
    "clock": "an offset",
    "read_models": "positions",
    "read_model_skips": "positions, and the operator's user name on the machine",
    "reader": "a sign of life",
    "processors": "positions",
    "processor_skips": "positions, and the operator's user name on the machine",
    "seals": "hashes of sealed rows",
    "access_seals": "hashes of rows",
    "access_trail": "ids, and conditions of queries, which name no one",
    "timers": "ids and moments",
    "outages": "names of parts, moments, and ids of admins",
    "payment_intents": "ids, amounts and the provider's ids; the provider is told of no person",
    "payment_captures": "ids and amounts",
    "payment_notices": "the provider's ids",
    "payment_reconciliations": "days and counts",
    "migrations": "names of files",
    "erasures": "ids and moments",
    "erasure_receipts": "ids and counts",
}
"""Why the other tables need not forget. A test compares both with the tables that there are."""
_UNREADABLE = (
    " and not exists (select 1 from keys k where k.person = t.person and k.scope = 'contact'"
    " and k.generation = get_byte({0}, 0) and k.wrapped is not null)"
)
"""No key opens what is sealed any more: a restored dossier's new texts stay (DOS-9)."""


def keys(connection: psycopg.Connection[Any], erasure: Erasure, _now: datetime) -> int | None:
    """They went with the event; a restored dossier's newest is another one."""
    restored = connection.execute(
        "select exists (select 1 from events where person = %s and position > %s and topic = %s)",
        (erasure.person, erasure.position, DossierRestored.TOPIC),
    ).fetchone()
    found = connection.execute(
        "select count(*), count(*) filter (where k.wrapped is not null and not (%s and k.generation ="
        " (select max(n.generation) from keys n where n.person = k.person and n.scope = k.scope)))"
        " from keys k where k.person = %s and k.scope = any(%s)",
        (restored == (True,), erasure.person, list(erasure.scopes)),
    ).fetchone()
    assert found is not None
    return None if found[1] else int(found[0])


def claims(connection: psycopg.Connection[Any], erasure: Erasure, _now: datetime) -> int | None:
    """Keyed hashes that let addresses be found; released with the event, as they follow from the state.

    What stays: the mark of a deleted address, and the name of a dossier that was only deactivated.
    """
    kept = ["suppressed"] if erasure.whole else ["suppressed", "dossier"]
    left = connection.execute(
        "select 1 from claims c where c.owner = %s and c.kind <> all(%s)"
        " and not exists (select 1 from events e where e.person = c.owner and e.position > %s"
        " and e.topic = %s) limit 1",
        (erasure.person, kept, erasure.position, DossierRestored.TOPIC),
    ).fetchone()
    return None if left else 0


def accounts(connection: psycopg.Connection[Any], erasure: Erasure, _now: datetime) -> int:
    """Closed with the event; what a log-in of that moment left behind goes now, a new account stays."""
    gone = connection.execute(
        "delete from accounts a where user_id = %(person)s and not exists (select 1 from events e"
        " where e.person = a.user_id and e.position > %(position)s and e.topic = %(restored)s)",
        {"person": erasure.person, "position": erasure.position, "restored": DossierRestored.TOPIC},
    ).rowcount
    tokens = connection.execute(
        "delete from tokens where user_id = %s and not exists (select 1 from accounts a"
        " where a.user_id = tokens.user_id)",
        (erasure.person,),
    ).rowcount
    return gone + tokens


def read_models(connection: psycopg.Connection[Any], erasure: Erasure, _now: datetime) -> int | None:
    """Each forgets by handling the event in order; one that is parked before it has not."""
    row = connection.execute(
        "select count(*), count(*) filter (where position < %s) from read_models", (erasure.position,)
    ).fetchone()
    assert row is not None
    return None if row[1] else int(row[0])


def mails(connection: psycopg.Connection[Any], erasure: Erasure, _now: datetime) -> int:
    """What they said; that they left stays as long as a mail's row."""
    return connection.execute(
        "update outbox t set sealed = null where person = %s and sealed is not null"
        + _UNREADABLE.format("t.sealed"),
        (erasure.person,),
    ).rowcount


def returned_mails(connection: psycopg.Connection[Any], erasure: Erasure, _now: datetime) -> int:
    return connection.execute(
        "delete from returned_mails t where person = %s" + _UNREADABLE.format("t.sealed"), (erasure.person,)
    ).rowcount


def files(connection: psycopg.Connection[Any], erasure: Erasure, _now: datetime) -> int:
    """With their parts."""
    return connection.execute(
        "delete from files t where person = %s" + _UNREADABLE.format("t.wrapped_key"), (erasure.person,)
    ).rowcount


def errands(connection: psycopg.Connection[Any], erasure: Erasure, _now: datetime) -> int | None:
    """One on its way is waited for; what failed keeps the hash of an address no longer."""
    waits = connection.execute(
        "select 1 from errands where state = 'to_do' and body ->> 'client' = %s limit 1",
        (str(erasure.person),),
    ).fetchone()
    if waits:
        return None
    return connection.execute(
        "update errands set body = '{}', state = 'refused', error = 'erased' where state = 'failed'"
        " and body ->> 'client' = %s",
        (str(erasure.person),),
    ).rowcount


def door(connection: psycopg.Connection[Any], erasure: Erasure, _now: datetime) -> int | None:
    """What was typed at the door, sealed; it names nobody, and is gone after seconds, a day at most."""
    waits = connection.execute(
        "select 1 from set_aside where asked_at <= %s limit 1", (erasure.at,)
    ).fetchone()
    return None if waits else 0


def farewell(connection: psycopg.Connection[Any], erasure: Erasure, now: datetime) -> int | None:
    """The last mail takes its address along; what can't leave in time is forgotten all the same."""
    forgotten = connection.execute(
        "delete from farewells where person = %s and until <= %s", (erasure.person, now)
    ).rowcount
    left = connection.execute("select 1 from farewells where person = %s", (erasure.person,)).fetchone()
    return None if left else forgotten


STORES: Mapping[str, Store] = {
    KEYS: keys,
    "claims": claims,
    "accounts": accounts,
    "mails": mails,
    "returned_mails": returned_mails,
    "files": files,
    "errands": errands,
    "door": door,
    "farewell": farewell,
    "read_models": read_models,
}
"""Those in the database. The broker and the ledger are asked beside them, the vacuum comes last."""


class NotVacuumedError(Exception):
    """PostgreSQL passed a table over: whoever erases may not vacuum it."""


def vacuum(connection: psycopg.Connection[Any]) -> int:
    """Let nothing of deleted rows and of old versions stand in tables and their indexes; answers how many.

    A deleted row's bytes lie in its page until then (reliability.md 4), a destroyed key's too.
    Raises NotVacuumedError.
    """
    tables = connection.execute(
        "select n.nspname, c.relname from pg_class c join pg_namespace n on n.oid = c.relnamespace"
        " where c.relkind = 'r' and (n.nspname ~ '^rm_' or (n.nspname = 'public' and c.relname = any(%s)))",
        (sorted(HELD_IN.keys() - {"events"}),),
    ).fetchall()
    passed_over: list[str] = []

    def listen(notice: psycopg.errors.Diagnostic) -> None:
        passed_over.append(str(notice.sqlstate))

    connection.add_notice_handler(listen)
    try:
        for schema, table in tables:
            name = sql.Identifier(schema, table)
            try:
                connection.execute(sql.SQL("vacuum (index_cleanup on, truncate off) {}").format(name))
            except psycopg.errors.UndefinedTable:
                continue  # of a build that was replaced meanwhile
    finally:
        connection.remove_notice_handler(listen)
    if passed_over:
        raise NotVacuumedError
    return len(tables)
