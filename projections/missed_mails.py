"""E-mails that did not arrive, until they go out anew or are set aside; wrong addresses (COM-10)."""

from __future__ import annotations

from typing import cast
from uuid import UUID

from aggregates.client.events import DossierDeactivated, DossierErased
from aggregates.client.merging.events import DossierMerged
from aggregates.client.missed_mails.events import (
    ADDRESS_REASONS,
    AddressTrusted,
    MailsResent,
    MailUndelivered,
    MissedMailsSetAside,
)
from projections.model import Model, Rows, Table
from projections.query import Reads, Row, value
from schema.envelope import Recorded

MODEL = Model(
    "missed_mails",
    1,
    (
        Table(
            "mail",
            {
                "client": "uuid",
                "mail": "uuid",
                "template": "text",
                "workshop": "uuid",
                "to_organiser": "boolean",
                "of_address": "boolean",
                "reason": "text",
                "status": "text",
                "message": "uuid",
                "at": "timestamptz",
            },
            keys=2,
            indexes=("(at, mail)",),
        ),
        Table("settled", {"client": "uuid", "mail": "uuid"}, keys=2),
        Table("bad_address", {"client": "uuid", "at": "timestamptz"}),
    ),
)


@MODEL.on(MailUndelivered)
def undelivered(e: Recorded, fact: MailUndelivered, rows: Rows) -> None:
    of_address = fact.reason in ADDRESS_REASONS and not fact.to_organiser
    rows.put(
        "mail",
        client=e.originator_id,
        mail=fact.mail,
        template=fact.template,
        workshop=fact.workshop,
        to_organiser=fact.to_organiser,
        of_address=of_address,
        reason=fact.reason.value,
        status=fact.status,
        message=fact.message,
        at=e.envelope.at,
    )
    if of_address and fact.address_in_use:
        rows.put("bad_address", client=e.originator_id, at=e.envelope.at)


def settled(e: Recorded, fact: MailsResent | MissedMailsSetAside, rows: Rows) -> None:
    """For good: what comes back later of a mail that went out anew is no news."""
    for mail in fact.mails:
        rows.put("settled", client=e.originator_id, mail=mail)


MODEL.on(MailsResent)(settled)
MODEL.on(MissedMailsSetAside)(settled)


@MODEL.on(AddressTrusted)
def trusted(e: Recorded, _fact: AddressTrusted, rows: Rows) -> None:
    rows.delete("bad_address", (e.originator_id,))


@MODEL.on(DossierMerged)
def merged(e: Recorded, fact: DossierMerged, rows: Rows) -> None:
    """Which address was bad, was said of the one that is used no more."""
    for table in ("mail", "settled"):
        rows.hand_over(table, e.originator_id, fact.into)
    rows.delete("bad_address", (e.originator_id,))


def gone(e: Recorded, _fact: DossierDeactivated | DossierErased, rows: Rows) -> None:
    rows.delete_of("mail", e.originator_id)
    rows.delete_of("settled", e.originator_id)
    rows.delete("bad_address", (e.originator_id,))


MODEL.on(DossierDeactivated)(gone)
MODEL.on(DossierErased)(gone)


async def missed(connection: Reads, client: UUID) -> Row:
    """Whether the address is known to be wrong, and the mails that did not arrive, the last first."""
    query = """
        select json_build_object(
            'address_bad', exists (select 1 from read.missed_mails_bad_address b where b.client = c.client),
            'mails', (
                select coalesce(json_agg(json_build_object('id', m.mail, 'template', m.template,
                    'to_organiser', m.to_organiser, 'reason', m.reason, 'status', m.status,
                    'message', m.message) order by m.at desc, m.mail), '[]')
                from read.missed_mails_mail m where m.client = c.client
                  and not exists (select 1 from read.missed_mails_settled s
                      where s.client = m.client and s.mail = m.mail)))::text
        from (select %s::uuid as client) c"""
    return cast("Row", await value(connection, query, (client,)))
