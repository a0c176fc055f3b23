"""What is noted of a person beside who they are: notes, card, preferences, interests, addresses (DOS-17)."""

from __future__ import annotations

from typing import cast
from uuid import UUID

from aggregates.client.events import (
    BillingSet,
    CardGranted,
    CardWithdrawn,
    ContactAddressRecorded,
    ContactAddressRemoved,
    DossierDeactivated,
    DossierErased,
    NoteWritten,
)
from aggregates.client.merging.events import DossierMerged
from aggregates.client.preferences.events import (
    InterestAdded,
    InterestWithdrawn,
    PreferenceChosen,
    PreferenceRecorded,
)
from projections.model import Model, Rows, Table, shown
from projections.query import MASKED, Reads, Row, instant, value
from schema.envelope import Recorded

MODEL = Model(
    "profile",
    1,
    (
        Table(
            "note",
            {
                "client": "uuid",
                "kind": "text",
                "text": "text",
                "no_online_registration": "boolean",
                "at": "timestamptz",
                "by_user": "uuid",
            },
            keys=2,
        ),
        Table("card", {"client": "uuid", "valid_from": "date", "valid_until": "date"}),
        Table(
            "preference",
            {
                "client": "uuid",
                "channel": "text",
                "allowed": "boolean",
                "wording": "text",
                "source": "text",
                "proof": "uuid",
                "at": "timestamptz",
                "by_user": "uuid",
            },
            keys=2,
        ),
        Table(
            "interest",
            {"client": "uuid", "subject": "uuid", "at": "timestamptz", "by_user": "uuid"},
            keys=2,
        ),
        Table("relative", {"client": "uuid", "email": "text", "via": "text"}),
        Table("billing", {"client": "uuid", "name": "text", "address": "text"}),
    ),
)


@MODEL.on(NoteWritten)
def note_written(e: Recorded, fact: NoteWritten, rows: Rows) -> None:
    """A text that was destroyed may have been none: such a row ends with the dossier that lost it."""
    if fact.text is None:
        rows.delete("note", (e.originator_id, fact.kind.value))
        return
    rows.put(
        "note",
        client=e.originator_id,
        kind=fact.kind.value,
        text=shown(fact.text),
        no_online_registration=fact.no_online_registration,
        at=e.envelope.at,
        by_user=e.envelope.user,
    )


@MODEL.on(CardGranted)
def card_granted(e: Recorded, fact: CardGranted, rows: Rows) -> None:
    rows.put("card", client=e.originator_id, valid_from=fact.valid_from, valid_until=fact.valid_until)


@MODEL.on(CardWithdrawn)
def card_withdrawn(e: Recorded, _fact: CardWithdrawn, rows: Rows) -> None:
    rows.delete("card", (e.originator_id,))


@MODEL.on(PreferenceChosen)
def preference_chosen(e: Recorded, fact: PreferenceChosen, rows: Rows) -> None:
    rows.put(
        "preference",
        client=e.originator_id,
        channel=fact.channel.value,
        allowed=fact.allowed,
        wording=fact.wording,
        source=None,
        proof=None,
        at=e.envelope.at,
        by_user=e.envelope.user,
    )


@MODEL.on(PreferenceRecorded)
def preference_recorded(e: Recorded, fact: PreferenceRecorded, rows: Rows) -> None:
    rows.put(
        "preference",
        client=e.originator_id,
        channel=fact.channel.value,
        allowed=fact.allowed,
        wording=None,
        source=shown(fact.source),
        proof=fact.proof,
        at=e.envelope.at,
        by_user=e.envelope.user,
    )


def _subject(fact: InterestAdded | InterestWithdrawn) -> UUID | None:
    """The activity or the phase; None once it was destroyed."""
    return next((v for v in (fact.activity, fact.phase) if isinstance(v, UUID)), None)


@MODEL.on(InterestAdded)
def interest_added(e: Recorded, fact: InterestAdded, rows: Rows) -> None:
    if (subject := _subject(fact)) is not None:
        rows.put(
            "interest",
            client=e.originator_id,
            subject=subject,
            at=e.envelope.at,
            by_user=e.envelope.user,
        )


@MODEL.on(InterestWithdrawn)
def interest_withdrawn(e: Recorded, fact: InterestWithdrawn, rows: Rows) -> None:
    if (subject := _subject(fact)) is not None:
        rows.delete("interest", (e.originator_id, subject))


@MODEL.on(ContactAddressRecorded)
def relative_recorded(e: Recorded, fact: ContactAddressRecorded, rows: Rows) -> None:
    rows.put("relative", client=e.originator_id, email=shown(fact.email), via=shown(fact.via))


@MODEL.on(ContactAddressRemoved)
def relative_removed(e: Recorded, _fact: ContactAddressRemoved, rows: Rows) -> None:
    rows.delete("relative", (e.originator_id,))


@MODEL.on(BillingSet)
def billing_set(e: Recorded, fact: BillingSet, rows: Rows) -> None:
    if fact.name is None:
        rows.delete("billing", (e.originator_id,))
        return
    rows.put("billing", client=e.originator_id, name=shown(fact.name), address=shown(fact.address))


@MODEL.on(DossierMerged)
def merged(e: Recorded, _fact: DossierMerged, rows: Rows) -> None:
    """What the surviving dossier takes over of it, facts of its own say."""
    for table in ("note", "preference", "interest"):
        rows.delete_of(table, e.originator_id)
    for table in ("card", "relative", "billing"):
        rows.delete(table, (e.originator_id,))


def gone(e: Recorded, _fact: DossierDeactivated | DossierErased, rows: Rows) -> None:
    """All but the card goes with the dossier; history shows the answers of before (DOS-8, DOS-9)."""
    for table in ("note", "preference", "interest"):
        rows.delete_of(table, e.originator_id)
    for table in ("relative", "billing"):
        rows.delete(table, (e.originator_id,))


MODEL.on(DossierDeactivated)(gone)
MODEL.on(DossierErased)(gone)

_BY = "coalesce(s.name, case when {0}.by_user = {0}.client then p.first_name || ' ' || p.last_name end, '')"
_STAFF = "left join read.catalogue_staff s on s.staff = {0}.by_user where {0}.client = c.client"
_NOTES = f"""(
    select coalesce(json_object_agg(n.kind, json_build_object('text', coalesce(n.text, '[effacé]'),
        'no_online_registration', n.no_online_registration, 'at', {instant("n.at")},
        'by', {_BY.format("n")})), '{{}}')
    from read.profile_note n {_STAFF.format("n")})"""
_CARD = """(
    select json_build_object('valid_from', k.valid_from, 'valid_until', k.valid_until)
    from read.profile_card k where k.client = c.client)"""
_PREFERENCES = f"""(
    select json_agg(json_build_object('channel', h.channel, 'allowed', coalesce(a.allowed, false),
        'at', {instant("a.at")}, 'by', a.by, 'wording', a.wording, 'source', a.source,
        'proof', a.proof) order by h.n)
    from unnest(array['telephone', 'post', 'email']) with ordinality h(channel, n)
    left join (
        select q.*, {_BY.format("q")} as by from read.profile_preference q {_STAFF.format("q")}
    ) a on a.channel = h.channel)"""
_INTERESTS = f"""(
    select coalesce(json_agg(json_build_object('id', i.subject,
        'kind', case when f.phase is null then 'activity' else 'phase' end, 'name', coalesce(f.name, t.name),
        'at', {instant("i.at")}, 'by', {_BY.format("i")}) order by i.at desc, i.subject), '[]')
    from read.profile_interest i
    left join read.catalogue_phase f on f.phase = i.subject
    left join read.catalogue_activity t on t.activity = i.subject {_STAFF.format("i")})"""
_RELATIVE = """(
    select json_build_object('email', coalesce(v.email, '[effacé]'), 'via', coalesce(v.via, '[effacé]'))
    from read.profile_relative v where v.client = c.client)"""
_BILLING = """(
    select json_build_object('name', coalesce(b.name, '[effacé]'), 'address', b.address)
    from read.profile_billing b where b.client = c.client)"""
NOTES = ("accounting", "trainer", "general")


async def profile(connection: Reads, client: UUID) -> Row:
    """Notes by kind, privilege card, an answer per channel, interests, a relative's address, billing."""
    query = f"""
        select json_build_object('notes', {_NOTES}, 'card', {_CARD}, 'preferences', {_PREFERENCES},
            'interests', {_INTERESTS}, 'contact_address', {_RELATIVE}, 'billing', {_BILLING})::text
        from (select %s::uuid as client) c left join read.dossier_person p on p.client = c.client"""
    found = cast("Row", await value(connection, query, (client,)))
    return found | {"notes": {kind: found["notes"].get(kind) for kind in NOTES}}


async def interests(connection: Reads, client: UUID) -> list[str]:
    """Ids of the activities and phases that this client is interested in (DOS-14)."""
    query = """
        select coalesce(json_agg(i.subject order by i.subject), '[]')::text
        from read.profile_interest i where i.client = %s"""
    return cast("list[str]", await value(connection, query, (client,)))


def masked(profile: Row) -> Row:
    """Without what stands under the person's contact key, as histories mask it."""
    notes = {k: note and note | {"text": MASKED} for k, note in profile["notes"].items()}
    answers = [a | {"source": a["source"] and MASKED} for a in profile["preferences"]]
    interests = [i | {"id": None, "name": MASKED} for i in profile["interests"]]
    relative = profile["contact_address"] and {"email": MASKED, "via": MASKED}
    billing = profile["billing"]
    if billing and billing["address"]:
        billing = billing | {"address": MASKED}
    return profile | {
        "notes": notes,
        "preferences": answers,
        "interests": interests,
        "contact_address": relative,
        "billing": billing,
    }
