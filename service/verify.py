"""`portail verify`: the log against its seals, the claims against the log."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from itertools import groupby
from pathlib import Path
from typing import Any, cast
from uuid import UUID

import psycopg
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from commands.claims import HOLDERS, claims_of
from schema.append import Claim
from schema.keys import Vault
from schema.log import SELECT_FACTS
from schema.mapper import FactMapper, StoredFact
from schema.store import fold
from schema.topics import AGGREGATES, SHAPES
from schema.verify import Verification, Walked, verify
from service.bootstrap import vault_of
from service.keyfiles import key_from
from service.settings import Settings

_KIND_OF = {fact: kind for kind in AGGREGATES for fact in kind.facts}
_WITHOUT_CLAIMS = [name for name, shape in SHAPES.items() if _KIND_OF[shape.fact_type] not in HOLDERS]
"""Names of facts in streams that hold no claim; what a newer release wrote is not among them."""
_STREAMS = f"{SELECT_FACTS} where e.topic <> all(%b) order by e.stream, e.version"
_FAULTS = {
    "altered": "événement modifié",
    "removed": "événement supprimé",
    "inserted": "événement ajouté",
    "disordered": "événement hors de l'ordre de son flux",
    "claim": "valeur réservée qui ne suit pas du journal",
    "seal_altered": "sceau modifié",
    "seal_missing": "sceau manquant",
    "anchor": "sceau contraire au registre du notaire",
}
_TRAIL_FAULTS = {
    "altered": "trace d'accès modifiée",
    "removed": "trace d'accès supprimée",
    "inserted": "trace d'accès ajoutée",
    "seal_altered": "sceau des accès modifié",
    "seal_missing": "sceau des accès manquant",
    "anchor": "sceau des accès contraire au registre du notaire",
}


def seal_key_of(settings: Settings) -> Ed25519PrivateKey:
    """The key that signs seals; made anew outside production only. Raises KeyFileMissingError."""
    seed = key_from(settings.seal_key_file, may_make=settings.mode != "production")
    return Ed25519PrivateKey.from_private_bytes(seed)


def verified(settings: Settings, anchor: Path | None) -> Verification:
    """Verify the log of these settings, claims too; an anchor is checked with the seal key."""
    public = None if anchor is None else seal_key_of(settings).public_key()
    return verify(settings.database_url, anchor, public, claims_check(vault_of(settings)))


def report(found: Verification) -> Iterator[str]:
    """What `portail verify` prints."""
    yield from _chain("événements       ", found.log)
    yield from _chain("accès lus        ", found.trail)
    if found.fault is None:
        yield "journal intact"
    else:
        faults = _FAULTS | (_TRAIL_FAULTS if found.fault.trail else {})
        yield f"{faults[found.fault.kind]} : {found.fault.where}"


def _chain(what: str, found: Walked) -> Iterator[str]:
    yield f"{what} {found.rows}"
    seconds = int(found.age.total_seconds())
    yield f"sans sceau        {found.unsealed}" + (f", depuis {seconds} s" if found.unsealed else "")
    yield f"têtes comparées   {found.anchored}"
    yield f"tête de la chaîne {found.head.hex()}"


def claims_check(vault: Vault) -> Callable[[psycopg.Connection[Any]], str | None]:
    """A check that the claims are exactly those that the folded streams hold."""

    def check(connection: psycopg.Connection[Any]) -> str | None:
        rows = connection.execute("select kind, value, owner from claims").fetchall()
        stored = {Claim(*cast("tuple[Any, ...]", row)) for row in rows}
        for claim in _held(connection, vault):
            if claim not in stored:
                return f"{claim.kind} ({claim.owner}) : manque"
            stored.remove(claim)
        left_over = min(stored, key=lambda c: (c.kind, c.value), default=None)
        return None if left_over is None else f"{left_over.kind} ({left_over.owner}) : en trop"

    return check


def _held(connection: psycopg.Connection[Any], vault: Vault) -> Iterator[Claim]:
    mapper = FactMapper(vault)
    with connection.cursor(name="streams", binary=True) as cursor:
        cursor.itersize = 2_000
        cursor.execute(cast("Any", _STREAMS), (_WITHOUT_CLAIMS,))
        stored = (StoredFact(*cast("tuple[Any, ...]", row)) for row in cursor)
        for stream, rows in groupby(stored, key=lambda row: row.originator_id):
            facts = [mapper.to_domain_event(row).fact for row in rows]
            yield from claims_of(cast("UUID", stream), fold(_KIND_OF[type(facts[0])], facts), vault)
