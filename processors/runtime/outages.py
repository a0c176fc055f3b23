"""Who is told of what stands still: a row for each outage, a mail at its begin and one at its end (T9)."""

from __future__ import annotations

import logging
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, cast
from uuid import UUID, uuid4, uuid5

import orjson
import psycopg

from processors.runtime.placeholders import moment
from processors.runtime.standing import NotYetError, SupersededError, Wish
from processors.runtime.watch import Found, Ill
from projections.query import Reads
from schema.labels import label
from schema.wording import Language

BEGUN, OVER = "outage", "outage_over"
TEMPLATES = frozenset({BEGUN, OVER})
"""Mails that this module words; they go to accounts."""
_ROWS = "select what, since, behind, detail, over_at from outages where {} order by since, what"
_THESE = _ROWS.format("id = any(%(ids)s)")
_OPEN_OF = _ROWS.format("id = any(%(ids)s) and over_at is null")
_OPEN = _ROWS.format("over_at is null and %(person)s = any(told)")
_ASK = """
    insert into outbox (id, cause, position, template, recipient, person, params, next_try)
        select %(id)s, %(cause)s, 0, %(template)s, 'account', %(person)s, %(params)s::jsonb,
            greatest(now(), min(coalesce((select max(b.over_at) from outages b where b.what = o.what
                and exists (select from outbox m where m.template = 'outage' and m.person = %(person)s
                and m.state = 'sent' and m.params->'outages' ? b.id::text)), '-infinity'))
                + make_interval(secs => %(quiet)s))
        from outages o where o.id = any(%(ids)s)
        on conflict do nothing
"""
_QUIET = {BEGUN: 600.0, OVER: 0.0}
"""Seconds after the end of what a person was told of in which they are not told that it began again."""
_COUNTED = 10_000
_AT_ONCE = 50
log = logging.getLogger(__name__)


def tell(connection: psycopg.Connection[Any], found: Found) -> None:
    """Note what began and what is over, with a mail to each admin; in the log too.

    Of several watchers the first one does it. `connection` is in autocommit.
    """
    if found.begun:
        with connection.transaction():
            made = [row for ill in found.begun if (row := _open(connection, ill)) is not None]
            _ask(connection, BEGUN, made)
    if found.over:
        with connection.transaction():
            ended = connection.execute(
                "update outages set over_at = now() where what = any(%s) and over_at is null"
                " returning id, what, told",
                (list(found.over),),
            ).fetchall()
            _ask(connection, OVER, [(id_, told) for id_, _, told in ended])
        for _, what, _ in ended:
            log.warning("outage over: what=%s", what)


def _open(connection: psycopg.Connection[Any], ill: Ill) -> tuple[UUID, list[UUID]] | None:
    """None where another watcher was faster."""
    row = connection.execute(
        "insert into outages (id, what, since, behind, detail, told) values (%(id)s, %(what)s,"
        " now() - make_interval(secs => %(seconds)s), case when %(position)s::bigint is not null then"
        " (select count(*) from (select from events where position > %(position)s limit %(most)s) e) end,"
        " %(detail)s, array(select user_id from accounts where 'admin' = any(roles) order by user_id))"
        " on conflict do nothing returning id, told, since, behind",
        {
            "id": uuid4(),
            "what": ill.what,
            "seconds": ill.seconds,
            "position": ill.position,
            "most": _COUNTED,
            "detail": ill.detail,
        },
    ).fetchone()
    if row is None:
        return None
    id_, told, since, behind = row
    log.error(
        "outage: what=%s since=%s behind=%s detail=%s told=%s",
        ill.what,
        since.isoformat(),
        behind,
        ill.detail,
        len(told),
    )
    return id_, told


def _ask(
    connection: psycopg.Connection[Any], template: str, outages: Sequence[tuple[UUID, Sequence[UUID]]]
) -> None:
    """One mail to each person for all of these that they are told of; it waits for no view.

    What begins again soon after its end waits in the outbox, and is dropped if it is over before it leaves.
    """
    for person in sorted({person for _, told in outages for person in told}):
        ids = [id_ for id_, told in outages if person in told]
        params = orjson.dumps({"version": "1", "outages": ids}).decode()
        about = {"id": uuid5(ids[0], f"{template}/{person}"), "cause": ids[0], "ids": ids, "params": params}
        about |= {"template": template, "person": person, "quiet": _QUIET[template]}
        connection.execute(_ASK, about)


def unsent(connection: psycopg.Connection[Any]) -> list[UUID]:
    """Mails of ours that should be on their way, for a watcher to send itself: who else would?"""
    rows = connection.execute(
        "select id from outbox where template = any(%s) and ((state = 'to_send' and next_try <= now())"
        " or (state = 'claimed' and lease_until < now())) order by next_try limit %s",
        (sorted(TEMPLATES), _AT_ONCE),
    )
    return [row[0] for row in rows]


def lines(ill: Sequence[Ill]) -> list[str]:
    """For who asks by the command line."""
    said = []
    for each in ill:
        kind, _, name = each.what.partition("/")
        heading, remedy = (label("fr", "outage", key).format(name=name) for key in (kind, f"{kind}_remedy"))
        why = f" ({each.detail})" if each.detail else ""
        said.append(f"{heading}{why}, depuis {each.seconds:.0f} s.\n  {remedy.removeprefix('- ')}")
    return said


async def words(
    connection: Reads, wish: Wish, zone: str, language: Language, public_url: str
) -> Mapping[str, str]:
    """What stands in such a mail. Raises SupersededError, NotYetError."""
    ids = [UUID(id_) for id_ in wish.params["outages"]]
    said = _begun if wish.template == BEGUN else _over
    found = await said(connection, wish, ids, zone, language)
    return {
        "lien_exploitation": f"{public_url}/exploitation",
        "lien_aide": f"{public_url}/aide/verifier-le-systeme",
        **found,
    }


async def _begun(
    connection: Reads, wish: Wish, ids: Sequence[UUID], zone: str, language: Language
) -> Mapping[str, str]:
    """What was over before the mail could leave worries nobody any more."""
    still = await _rows(connection, _OPEN_OF, {"ids": list(ids)})
    if not still:
        raise SupersededError
    return {"arrets": listed(still, zone, language)}


async def _over(
    connection: Reads, wish: Wish, ids: Sequence[UUID], zone: str, language: Language
) -> Mapping[str, str]:
    """For who heard of it alone."""
    about = {"ids": list(ids), "person": wish.client}
    cursor = await connection.execute(
        "select state from outbox where template = %s and person = %s and params->'outages' ?| %s::text[]",
        (BEGUN, wish.client, [str(id_) for id_ in ids]),
    )
    states = {state for (state,) in await cursor.fetchall()}
    if "claimed" in states:
        raise NotYetError
    if "sent" not in states:
        raise SupersededError
    still = await _rows(connection, _OPEN, about)
    heading = label(language, "outage", "still")
    return {
        "arrets": listed(await _rows(connection, _THESE, about), zone, language),
        "encore": f"{heading}\n\n{listed(still, zone, language)}" if still else "",
    }


async def _rows(connection: Reads, query: str, about: Mapping[str, Any]) -> list[Any]:
    cursor = await connection.execute(cast("Any", query), about)
    return await cursor.fetchall()


def listed(rows: Sequence[Any], zone: str, language: Language) -> str:
    """What, since when, how many events behind, detail and end of each, as people read it."""
    return "\n\n".join(_said(*row, zone=zone, language=language) for row in rows)


def _said(
    what: str,
    since: datetime,
    behind: int | None,
    detail: str | None,
    over_at: datetime | None,
    *,
    zone: str,
    language: Language,
) -> str:
    """A heading, and below it since when, how far behind, why, what to do; or until when."""
    kind, _, name = what.partition("/")

    def line(key: str, **values: object) -> str:
        return label(language, "outage", key).format(name=name, **values)

    lines = [line(kind), line("since", at=moment(since, zone, language))]
    if over_at is not None:
        return "\n".join([*lines, line("until", at=moment(over_at, zone, language))])
    if behind:
        lines.append(line("behind", count=f"{behind}+" if behind >= _COUNTED else behind))
    if detail is not None:
        lines.append(line("detail" if name else "views", detail=detail))
    return "\n".join([*lines, line(f"{kind}_remedy")])
