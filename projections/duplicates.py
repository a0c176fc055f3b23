"""Dossiers that are perhaps one person's: one telephone, or names that sound alike in one city (DOS-5)."""

from __future__ import annotations

import re
from itertools import groupby
from typing import cast
from uuid import UUID

from aggregates.client.events import (
    DossierCreated,
    DossierDeactivated,
    DossierErased,
    DossierRestored,
    ProfileChanged,
)
from aggregates.client.merging.events import DossierMerged
from aggregates.kernel import Erased, fold
from projections.model import Model, Rows, Table, Values
from projections.query import Reads, Row, value
from schema.envelope import Recorded

_FEWEST_DIGITS = 7
_ALIKE = (("ph", "f"), ("qu", "k"), ("ç", "s"), ("z", "s"), ("c", "k"), ("q", "k"), ("y", "i"), ("w", "v"))
MODEL = Model(
    "duplicates",
    1,
    (
        Table(
            "person",
            {
                "client": "uuid",
                "telephone": "text",
                "sound": "text",
                "city": "text",
                "namesake_of": "uuid",
            },
            indexes=("(telephone)", "(sound, city)"),
        ),
    ),
)


def sound(*names: str | Erased) -> str | None:
    """How names sound: vowels within, mute letters, doubled ones and the order of the names don't count."""
    if any(isinstance(name, Erased) for name in names):
        return None
    pieces = [_skeleton(fold(piece)) for name in names for piece in re.split(r"\W+", str(name))]
    return " ".join(sorted(piece for piece in pieces if piece)) or None


def _skeleton(word: str) -> str:
    for written, heard in _ALIKE:
        word = word.replace(written, heard)
    word = re.sub("(?<=.)s(?=[bdfgklmnprtv])", "", word.replace("h", "")).rstrip("est")
    return "".join(letter for letter, _ in groupby(word[:1] + re.sub("[aeiou]", "", word[1:])))


def _digits(telephone: str | Erased | None) -> str | None:
    """The last ten digits: without the country's, however it is written."""
    found = re.sub(r"\D", "", telephone)[-10:] if isinstance(telephone, str) else ""
    return found if len(found) >= _FEWEST_DIGITS else None


def _reached(fact: DossierCreated | ProfileChanged | DossierRestored) -> Values:
    city = fold(fact.city) if isinstance(fact.city, str) else None
    return {"telephone": _digits(fact.telephone), "city": city or None}


def _known(e: Recorded, fact: DossierCreated | ProfileChanged, rows: Rows) -> None:
    heard = sound(fact.last_name, fact.first_name)
    named = {"sound": heard, "namesake_of": fact.namesake_of}
    rows.put("person", client=e.originator_id, **named, **_reached(fact))


MODEL.on(DossierCreated)(_known)
MODEL.on(ProfileChanged)(_known)


@MODEL.on(DossierDeactivated)
def deactivated(e: Recorded, _fact: DossierDeactivated, rows: Rows) -> None:
    """It must be restored before it is anybody's other file."""
    rows.patch("person", (e.originator_id,), telephone=None, city=None)


@MODEL.on(DossierRestored)
def restored(e: Recorded, fact: DossierRestored, rows: Rows) -> None:
    rows.patch("person", (e.originator_id,), **_reached(fact))


@MODEL.on(DossierErased)
def erased(e: Recorded, _fact: DossierErased, rows: Rows) -> None:
    rows.delete("person", (e.originator_id,))


@MODEL.on(DossierMerged)
def merged(e: Recorded, _fact: DossierMerged, rows: Rows) -> None:
    rows.delete("person", (e.originator_id,))


_GROUPS = """
    select 'telephone' as why, min(client::text)::uuid as first, array_agg(client) as clients
    from read.duplicates_person where telephone is not null
    group by telephone having count(*) filter (where namesake_of is null) > 1
    union all
    select 'name', min(client::text)::uuid, array_agg(client)
    from read.duplicates_person where sound is not null and city is not null
    group by sound, city having count(*) filter (where namesake_of is null) > 1"""
"""Somebody whom staff said to be another one (father and son, DOS-4) makes no pair alone."""


async def likely(connection: Reads, *, after: tuple[str, UUID] | None = None, limit: int = 50) -> list[Row]:
    """Groups of dossiers, by why and their first id; the key holds nothing personal."""
    why, first = after or ("", UUID(int=0))
    query = f"""
        select coalesce(json_agg(row_to_json(q)), '[]')::text from (
            select g.why, g.first, (
                select json_agg(json_build_object('id', p.client, 'last_name', p.last_name,
                    'first_name', p.first_name, 'city', p.city, 'telephone', p.telephone, 'email', p.email)
                    order by p.created_at, p.client)
                from read.dossier_person p where p.client = any(g.clients)) as clients
            from ({_GROUPS}) g where (g.why, g.first) > (%(why)s, %(first)s)
            order by g.why, g.first limit %(limit)s) q"""
    asked = {"why": why, "first": first, "limit": limit}
    return cast("list[Row]", await value(connection, query, asked))
