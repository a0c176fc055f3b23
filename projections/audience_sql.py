"""A tree of conditions as SQL with parameters: nothing that was asked for stands in its text (REQ-1)."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from math import asin, cos, degrees, radians, sin
from typing import Any, cast
from uuid import UUID

from psycopg import Connection

from aggregates.audience import conditions as asked
from aggregates.audience.found import Found, FoundAudience
from aggregates.audience.refusals import AmbiguousTown, UnknownTown
from aggregates.client.preferences.events import Channel
from aggregates.kernel import fold
from projections.audience import EMAIL_OK, LATITUDE, LONGITUDE
from projections.balances import BALANCE_OF_INVOICE
from projections.places import EARTH, Town, far_apart, town, towns_named
from projections.query import Reads, Row, value

Tree = asked.Group | asked.Leaf
_LAST = "\U0010ffff"


@dataclass(frozen=True)
class Moment:
    """When the query is run, and which day that is for the school."""

    now: datetime
    today: date


Values = dict[str, Any]


def where(tree: Tree, moment: Moment) -> tuple[str, Values]:
    """A condition on the rows `p` of read.audience_person, true or not true, and its parameters.

    Raises UnknownTown, AmbiguousTown.
    """
    values: Values = {}
    return _text(tree, moment, values), values


def the_town(near: asked.Near) -> Town:
    """The one town meant. Raises UnknownTown, AmbiguousTown."""
    chosen = None if near.place is None else town(near.place)
    found = far_apart(towns_named(near.city, near.country)) if chosen is None else [chosen]
    if not found:
        raise UnknownTown(city=near.city)
    if len(found) > 1:
        candidates = [{"place": t.id, "name": t.full_name} for t in found]
        names = tuple(t.full_name for t in found)
        raise AmbiguousTown(city=near.city, names=names, candidates=candidates)
    return found[0]


def _text(tree: Tree, moment: Moment, values: Values) -> str:
    match tree:
        case asked.AllOf():
            return _joined(" and ", tree, moment, values)
        case asked.AnyOf():
            return _joined(" or ", tree, moment, values)
        case asked.NoneOf():
            return f"({_joined(' or ', tree, moment, values)} is not true)"
        case _:
            return _leaf(tree, moment, values)


def _joined(word: str, group: asked.Group, moment: Moment, values: Values) -> str:
    return f"({word.join(_text(inner, moment, values) for inner in group.conditions)})"


def _leaf(leaf: asked.Leaf, moment: Moment, values: Values) -> str:
    """The leaf's text with parameters of its own names."""
    text, needed = _LEAVES[type(leaf)]
    place = f"c{len(values)}_"
    values.update({place + name: value for name, value in needed(leaf, moment).items()})
    return f"({text.replace('%(', '%(' + place)})"


def _fields(leaf: asked.Leaf, _moment: Moment) -> Values:
    return leaf.model_dump(exclude={"kind"})


def _prefix(leaf: asked.PostalPrefix, _moment: Moment) -> Values:
    key = fold(leaf.prefix)
    return {"country": leaf.country, "first": key, "last": key + _LAST}


def _circle(leaf: asked.Near, _moment: Moment) -> Values:
    """A box for the index, and the circle in it."""
    centre, angle = the_town(leaf), leaf.km / EARTH
    across = sin(angle) / cos(radians(centre.latitude))
    north, east = degrees(angle), degrees(asin(across)) if across < 1 else 180.0
    return {
        "latitude": centre.latitude,
        "longitude": centre.longitude,
        "south": centre.latitude - north,
        "north": centre.latitude + north,
        "west": centre.longitude - east,
        "east": centre.longitude + east,
        "narrowing": cos(radians(centre.latitude)),
        "half_chord": sin(angle / 2) ** 2,
    }


def _subject(leaf: asked.Interested, _moment: Moment) -> Values:
    return {"subject": leaf.activity or leaf.phase}


def _at(leaf: asked.Leaf, moment: Moment) -> Values:
    return _fields(leaf, moment) | {"now": moment.now}


def _today(_leaf: asked.PrivilegeCard, moment: Moment) -> Values:
    return {"today": moment.today}


def _channel(leaf: asked.Consents, _moment: Moment) -> Values:
    return {channel.value: channel is leaf.channel for channel in Channel}


def _language(leaf: asked.Speaks, _moment: Moment) -> Values:
    return {"language": leaf.language.value}


_NEAR = f"""
    {LATITUDE} between %(south)s and %(north)s and {LONGITUDE} between %(west)s and %(east)s
    and power(sin(radians({LATITUDE} - %(latitude)s) / 2), 2) + %(narrowing)s * cos(radians({LATITUDE}))
        * power(sin(radians({LONGITUDE} - %(longitude)s) / 2), 2) <= %(half_chord)s"""
_OF_ACTIVITY = "(%(activity)s::uuid is null or r.activity = %(activity)s)"
_BETWEEN = "(%(since)s::date is null or {0} >= %(since)s) and (%(until)s::date is null or {0} <= %(until)s)"
_STARTS = "(w.starts at time zone w.zone)::date"
_REGISTERED = f"""exists (
    select from read.audience_registration r join read.workshop_dates_workshop w on w.workshop = r.workshop
    where r.client = p.client and r.state = 'scheduled' and {_OF_ACTIVITY} and {_BETWEEN.format(_STARTS)})"""
_LAST_DAY = "coalesce(r.last_day, (w.ends at time zone w.zone)::date)"
_SEEN = """
    from read.audience_registration r left join read.workshop_dates_workshop w on w.workshop = r.workshop
    where r.client = p.client and r.state = 'followed' and coalesce(r.ends, w.ends, '-infinity') <= %(now)s"""
_FOLLOWED = f"exists (select {_SEEN} and {_OF_ACTIVITY} and {_BETWEEN.format(_LAST_DAY)})"
_LAST_SEEN = f"""exists (
    select from (select max({_LAST_DAY}) as day {_SEEN}) s
    where s.day is not null and {_BETWEEN.format("s.day")})"""

_LEAVES: Mapping[type[asked.Leaf], tuple[str, Callable[[Any, Moment], Values]]] = {
    asked.InCountry: ("p.country = %(country)s", _fields),
    asked.PostalPrefix: (
        'p.country = %(country)s and p.postal_key collate "C" between %(first)s and %(last)s',
        _prefix,
    ),
    asked.Near: (_NEAR, _circle),
    asked.Interested: (
        "exists (select from read.audience_interest i where i.client = p.client and i.subject = %(subject)s)",
        _subject,
    ),
    asked.ToSchedule: (
        """exists (select from read.audience_registration r where r.client = p.client
            and r.state = 'to_schedule' and r.activity = %(activity)s)""",
        _fields,
    ),
    asked.Registered: (_REGISTERED, _fields),
    asked.Followed: (_FOLLOWED, _at),
    asked.LastSeen: (_LAST_SEEN, _at),
    asked.Student: (
        "exists (select from read.audience_student s where s.client = p.client and s.phase = %(phase)s)",
        _fields,
    ),
    asked.PrivilegeCard: (
        "p.card_from <= %(today)s and coalesce(p.card_until, 'infinity') >= %(today)s",
        _today,
    ),
    asked.Consents: (
        f"p.telephone_ok and %(telephone)s or p.post_ok and %(post)s or {EMAIL_OK} and %(email)s",
        _channel,
    ),
    asked.BalanceDue: (
        f"exists (select from read.dossier_invoice i where i.client = p.client and {BALANCE_OF_INVOICE} > 0)",
        _fields,
    ),
    asked.NoEmail: ("not p.has_email and not p.has_relative", _fields),
    asked.Speaks: ("p.language = %(language)s", _language),
}
"""Class of condition → its SQL, and the parameters it needs."""


@dataclass(frozen=True)
class Audience:
    """A page of those found, and how many there are in all."""

    count: int
    items: list[Row]
    reviewed: str | None
    """Fingerprint of all who were found; None when they are more than one mailing may reach."""


_FOUND = f"""
    with found as materialized (select p.client, p.sort from read.audience_person p where p.active and {{0}})
    select json_build_object('count', (select count(*) from found),
        'reviewed', case when (select count(*) from found) <= %(most)s then (
            select encode(sha256(convert_to(coalesce(string_agg(client::text, ',' order by client), ''),
                'UTF8')), 'hex') from found) end,
        'items', (
        select coalesce(json_agg(row_to_json(q)), '[]') from (
            select p.client as id, coalesce(d.last_name, '[effacé]') as last_name,
                coalesce(d.first_name, '') as first_name, d.form_of_address, d.email, d.telephone, d.street,
                d.city, d.postal_code, d.country, d.language, p.telephone_ok, p.post_ok,
                {EMAIL_OK} as email_ok, f.sort
            from (select f.client, f.sort from found f
                  where %(after)s::text is null or (f.sort collate "C", f.client) > (%(after)s, %(id)s)
                  order by f.sort collate "C", f.client limit %(limit)s) f
            join read.audience_person p on p.client = f.client
            left join read.dossier_person d on d.client = f.client
            order by f.sort collate "C", f.client) q))::text"""
"""Found once, then counted and ordered: with a limit in sight the planner would read clients by name."""


async def found(
    connection: Reads,
    tree: Tree,
    moment: Moment,
    *,
    most: int,
    after: tuple[str, UUID] | None = None,
    limit: int = 50,
) -> Audience:
    """Active clients for whom the tree holds, by name. Raises UnknownTown, AmbiguousTown."""
    condition, values = where(tree, moment)
    page: Values = {"after": after[0] if after else None, "id": after[1] if after else None}
    page |= {"limit": limit, "most": most}
    query = _FOUND.format(condition)  # sql: text of this file, its values are parameters
    answer = await value(connection, query, {**values, **page})
    return Audience(answer["count"], answer["items"], answer["reviewed"])


def members(
    connection: Connection[Any],
    tree: Tree,
    *,
    now: datetime,
    today: date,
    most: int,
    skip: int,
) -> FoundAudience:
    """The same by id, as a command needs them. Raises UnknownTown, AmbiguousTown."""
    condition, values = where(tree, Moment(now, today))
    query = f"""
        with found as materialized (
            select p.client, {EMAIL_OK} as email_ok, p.has_email or p.has_relative as has_address
            from read.audience_person p where p.active and {condition})
        select (select count(*) from found), f.* from (select) one left join (
            select * from found order by client limit %(most)s offset %(skip)s) f on true
        """  # sql: text of this file, its values are parameters
    rows = connection.execute(cast("Any", query), {**values, "most": most, "skip": skip}).fetchall()
    return FoundAudience(rows[0][0], [Found(*row[1:]) for row in rows if row[1] is not None])


async def with_address(connection: Reads, clients: list[UUID]) -> set[UUID]:
    """Those of these clients who have an address, their own or a relative's."""
    cursor = await connection.execute(
        "select client from read.audience_person where client = any(%s) and (has_email or has_relative)",
        (clients,),
    )
    return {row[0] for row in await cursor.fetchall()}


_SAVED = """
    select s.query as id, s.name, s.conditions::json as query, s.owner as owner_id, c.name as owner, s.sort
    from read.audience_saved s left join read.catalogue_staff c on c.staff = s.owner"""


async def saved(connection: Reads, *, after: tuple[str, UUID] | None = None, limit: int = 50) -> list[Row]:
    """Saved queries by name; `after` is `sort` and `id` of the last row before."""
    query = f"""
        select coalesce(json_agg(row_to_json(q)), '[]')::text from (
            {_SAVED}
            where %(at)s::text is null or (s.sort collate "C", s.query) > (%(at)s, %(id)s)
            order by s.sort collate "C", s.query limit %(limit)s) q"""
    page = {"at": after[0] if after else None, "id": after[1] if after else None, "limit": limit}
    return cast("list[Row]", await value(connection, query, page))


async def saved_query(connection: Reads, query: UUID) -> Row | None:
    """One saved query."""
    one = f"select row_to_json(q)::text from ({_SAVED} where s.query = %s) q"
    return cast("Row | None", await value(connection, one, (query,)))
