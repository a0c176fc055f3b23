"""Proofs of discounts, and the documents of a dossier: what was sent in, for what, and its fate (INS-6)."""

from __future__ import annotations

from typing import cast
from uuid import UUID

from aggregates.client.documents.events import DocumentAttached, DocumentRemoved
from aggregates.client.events import DossierDeactivated, DossierErased
from aggregates.client.merging.events import DossierMerged
from aggregates.client.preferences.events import PreferenceRecorded
from aggregates.client.proofs.events import ProofAccepted, ProofMissing, ProofReceived, ProofRejected
from aggregates.client.registrations.events import Registered
from projections.model import Model, Rows, Table, shown
from projections.query import MASKED, Reads, Row, instant, value
from schema.envelope import Recorded

MODEL = Model(
    "proofs",
    3,
    (
        Table(
            "proof",
            {
                "registration": "uuid",
                "client": "uuid",
                "state": "text",
                "discount": "uuid",
                "regular": "bigint",
                "at": "timestamptz",
            },
            indexes=("(client)", "(at) where state = 'missing'"),
        ),
        Table(
            "document",
            {
                "client": "uuid",
                "document": "uuid",
                "registration": "uuid",
                "channel": "text",
                "state": "text",
                "reason": "text",
                "at": "timestamptz",
            },
            keys=2,
        ),
        Table(
            "file",
            {
                "client": "uuid",
                "document": "uuid",
                "kind": "text",
                "name": "text",
                "media": "text",
                "size": "bigint",
                "by": "uuid",
                "role": "text",
                "at": "timestamptz",
            },
            keys=2,
        ),
    ),
)


@MODEL.on(Registered)
def registered(e: Recorded, fact: Registered, rows: Rows) -> None:
    if fact.discount is not None and fact.discount.proof_needed:
        rows.put(
            "proof",
            registration=fact.registration,
            client=e.originator_id,
            state="asked",
            discount=fact.discount.discount,
            regular=fact.discount.regular.minor,
            at=e.envelope.at,
        )


@MODEL.on(ProofReceived)
def received(e: Recorded, fact: ProofReceived, rows: Rows) -> None:
    rows.patch("proof", (fact.registration,), state="received", at=e.envelope.at)
    rows.put(
        "document",
        client=e.originator_id,
        document=fact.document,
        registration=fact.registration,
        channel=None,
        state="received",
        reason=None,
        at=e.envelope.at,
    )


@MODEL.on(ProofAccepted)
def accepted(e: Recorded, fact: ProofAccepted, rows: Rows) -> None:
    rows.patch("proof", (fact.registration,), state="accepted", at=e.envelope.at)
    if fact.document is not None:
        rows.patch("document", (e.originator_id, fact.document), state="accepted")


@MODEL.on(ProofRejected)
def rejected(e: Recorded, fact: ProofRejected, rows: Rows) -> None:
    rows.patch("proof", (fact.registration,), state="rejected", at=e.envelope.at)
    if fact.document is not None:
        reason = shown(fact.reason)
        rows.patch("document", (e.originator_id, fact.document), state="rejected", reason=reason)


@MODEL.on(ProofMissing)
def missing(e: Recorded, fact: ProofMissing, rows: Rows) -> None:
    rows.patch("proof", (fact.registration,), state="missing", at=e.envelope.at)


@MODEL.on(PreferenceRecorded)
def preference_recorded(e: Recorded, fact: PreferenceRecorded, rows: Rows) -> None:
    if fact.proof is not None:
        rows.put(
            "document",
            client=e.originator_id,
            document=fact.proof,
            registration=None,
            channel=fact.channel.value,
            state="kept",
            reason=None,
            at=e.envelope.at,
        )


@MODEL.on(DocumentAttached)
def attached(e: Recorded, fact: DocumentAttached, rows: Rows) -> None:
    rows.put(
        "file",
        client=e.originator_id,
        document=fact.document,
        kind=fact.kind.value,
        name=shown(fact.name),
        media=fact.media,
        size=fact.size,
        by=e.envelope.user,
        role=e.envelope.role.value,
        at=e.envelope.at,
    )


@MODEL.on(DocumentRemoved)
def removed(e: Recorded, fact: DocumentRemoved, rows: Rows) -> None:
    """What it was the proof of, and what that came to, stays."""
    rows.delete("file", (e.originator_id, fact.document))


@MODEL.on(DossierMerged)
def merged(e: Recorded, fact: DossierMerged, rows: Rows) -> None:
    for table in ("proof", "document", "file"):
        rows.hand_over(table, e.originator_id, fact.into)


def gone(e: Recorded, _fact: DossierDeactivated | DossierErased, rows: Rows) -> None:
    """Files go with the contact key, for good (DOS-9); what a proof came to stays."""
    rows.delete_of("document", e.originator_id)
    rows.delete_of("file", e.originator_id)


MODEL.on(DossierDeactivated)(gone)
MODEL.on(DossierErased)(gone)


async def documents(connection: Reads, client: UUID) -> list[Row]:
    """The documents of this dossier, newest first, and the proofs still awaited before them.

    One without a name was only told of, or was removed. `newest`: the proof on which its registration stands.
    """
    query = f"""
        select coalesce(json_agg(row_to_json(q)), '[]')::text from (
            select g.document as id, g.registration, a.name as activity, g.channel, g.state, g.reason,
                g.kind, g.name, g.media, g.size, s.name as by_staff, g.role,
                g.state = 'received' and f.state = 'received' and not exists (
                    select from read.proofs_document l where l.client = %(client)s
                        and l.registration = g.registration and (l.at, l.document) > (g.at, g.document)
                ) as to_decide, {instant("g.at")} as at
            from (
                select coalesce(d.document, h.document) as document, d.registration, d.channel,
                    coalesce(d.state, 'kept') as state, d.reason, coalesce(h.kind, case
                    when d.registration is null then 'consent' else 'discount' end) as kind,
                    h.name, h.media, h.size, h.by, h.role, coalesce(d.at, h.at) as at
                from (select * from read.proofs_document where client = %(client)s) d
                full join (select * from read.proofs_file where client = %(client)s) h
                    on h.document = d.document
                union all
                select null, f.registration, null, f.state, null, 'discount', null, null, null, null, null,
                    f.at
                from read.proofs_proof f where f.client = %(client)s and f.state in ('asked', 'missing')) g
            left join read.proofs_proof f on f.registration = g.registration
            left join read.dossier_registration r on r.registration = g.registration
            left join read.catalogue_activity a on a.activity = r.activity
            left join read.catalogue_staff s on s.staff = g.by
            where r.state is distinct from 'cancelled' or g.document is not null
            order by g.document is not null, g.at desc, g.document, g.registration) q"""
    return cast("list[Row]", await value(connection, query, {"client": client}))


async def file(connection: Reads, client: UUID, document: UUID) -> Row | None:
    """Name and media type of a document that the dossier holds."""
    query = """
        select row_to_json(q)::text from (
            select f.name, f.media from read.proofs_file f
            where f.client = %s and f.document = %s) q"""
    return cast("Row | None", await value(connection, query, (client, document)))


async def of_registration(connection: Reads, registration: UUID) -> Row | None:
    """Where the proof of this place stands, its discount's name, the price without it in minor units."""
    query = """
        select row_to_json(q)::text from (
            select f.state, f.regular, c.name as discount
            from read.proofs_proof f left join read.catalogue_discount c on c.discount = f.discount
            where f.registration = %s) q"""
    return cast("Row | None", await value(connection, query, (registration,)))


async def rejection(connection: Reads, client: UUID, document: UUID) -> str | None:
    """Why that document is no proof."""
    cursor = await connection.execute(
        "select reason from read.proofs_document where client = %s and document = %s", (client, document)
    )
    row = await cursor.fetchone()
    return None if row is None else cast("str | None", row[0])


def masked(document: Row) -> Row:
    """Without the words about it."""
    return document | {name: document[name] and MASKED for name in ("reason", "name")}
