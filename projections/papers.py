"""What only a printed invoice says: to which address, with which taxes, what notes to the client (FAC-7)."""

from __future__ import annotations

from typing import cast
from uuid import UUID

from aggregates.client.events import DossierDeactivated, DossierErased
from aggregates.client.merging.events import DossierMerged
from aggregates.invoice.events import (
    InvoiceAddressed,
    InvoiceIssued,
    InvoiceTakenOver,
    LineCancelled,
    LineCredited,
)
from aggregates.kernel import Erased
from aggregates.workshop.closing.events import TaxReceiptsSent
from projections.balances import LAID_ON_REGISTRATION
from projections.model import Model, Rows, Table, shown
from projections.query import MASKED, Reads, Row, instant, money, value
from projections.searching import PERSON
from schema.envelope import Recorded

_ERASED = "[effacé]"

MODEL = Model(
    "papers",
    2,
    (
        Table("tax", {"invoice": "uuid", "n": "integer", "name": "text", "rate": "integer"}, keys=2),
        Table("address", {"client": "uuid", "invoice": "uuid", "address": "text"}, keys=2),
        Table(
            "note",
            {
                "client": "uuid",
                "position": "bigint",
                "invoice": "uuid",
                "line": "uuid",
                "credit_note": "text",
                "text": "text",
                "at": "timestamptz",
            },
            keys=2,
            indexes=("(invoice)",),
        ),
        Table("receipt", {"registration": "uuid", "paid": "bigint", "at": "timestamptz"}),
    ),
)


@MODEL.on(InvoiceIssued)
def issued(e: Recorded, fact: InvoiceIssued, rows: Rows) -> None:
    for n, tax in enumerate(fact.taxes):
        rows.put("tax", invoice=e.originator_id, n=n, name=tax.name, rate=tax.rate)
    _addressed(e, fact.person, fact.billing_address, rows)
    _noted(e, fact.person, fact.reason, rows)


@MODEL.on(InvoiceTakenOver)
def taken_over(e: Recorded, fact: InvoiceTakenOver, rows: Rows) -> None:
    _addressed(e, fact.person, None, rows)


@MODEL.on(InvoiceAddressed)
def addressed(e: Recorded, fact: InvoiceAddressed, rows: Rows) -> None:
    _addressed(e, fact.person, fact.address, rows)


@MODEL.on(LineCancelled)
def cancelled(e: Recorded, fact: LineCancelled, rows: Rows) -> None:
    _noted(e, fact.person, fact.note, rows, line=fact.line)


@MODEL.on(LineCredited)
def credited(e: Recorded, fact: LineCredited, rows: Rows) -> None:
    _noted(e, fact.person, fact.reason, rows, line=fact.line, credit_note=fact.credit_note.number)


@MODEL.on(TaxReceiptsSent)
def receipts_sent(e: Recorded, fact: TaxReceiptsSent, rows: Rows) -> None:
    for sent in fact.receipts:
        rows.put("receipt", registration=sent.registration, paid=sent.paid.minor, at=e.envelope.at)


@MODEL.on(DossierMerged)
def merged(e: Recorded, fact: DossierMerged, rows: Rows) -> None:
    for table in ("address", "note"):
        rows.hand_over(table, e.originator_id, fact.into)


def gone(e: Recorded, _fact: DossierDeactivated | DossierErased, rows: Rows) -> None:
    """Address and notes go with the contact key; an invoice without address reads as erased for good."""
    rows.delete_of("address", e.originator_id)
    rows.delete_of("note", e.originator_id)


MODEL.on(DossierDeactivated)(gone)
MODEL.on(DossierErased)(gone)


def _addressed(e: Recorded, client: UUID, address: str | Erased | None, rows: Rows) -> None:
    """None: the client's own address, as it is when printed."""
    rows.put("address", client=client, invoice=e.originator_id, address=shown(address))


def _noted(
    e: Recorded,
    client: UUID,
    text: str | Erased | None,
    rows: Rows,
    *,
    line: UUID | None = None,
    credit_note: str | None = None,
) -> None:
    if text is not None:
        rows.put(
            "note",
            client=client,
            position=e.position,
            invoice=e.originator_id,
            line=line,
            credit_note=credit_note,
            text=shown(text),
            at=e.envelope.at,
        )


_ADDRESS = f"""
    a.invoice is not null and a.address is null as own,
    case when a.invoice is null then '{_ERASED}' else a.address end as address"""
_TAXES = """(
    select coalesce(json_agg(json_build_object('name', t.name, 'rate', t.rate) order by t.n), '[]')
    from read.papers_tax t where t.invoice = i.invoice)"""
_NOTES = f"""(
    select coalesce(json_agg(json_build_object('line', n.line, 'credit_note', n.credit_note,
        'text', n.text, 'at', {instant("n.at")}) order by n.position), '[]')
    from read.papers_note n where n.invoice = i.invoice and n.client = i.client)"""
_PLACES = f"""(
    select coalesce(json_agg(json_build_object('line', l.line, 'state', r.state,
        'starts', {instant("w.starts")}, 'ends', {instant("w.ends")}, 'zone', w.zone,
        'venue', v.name, 'city', v.city, 'region', v.region, 'online', w.workshop is not null
            and w.venue is null)), '[]')
    from read.money_line l
    left join read.dossier_registration r on r.registration = l.registration
    left join read.workshop_dates_workshop w on w.workshop = r.workshop
    left join read.catalogue_venue v on v.venue = w.venue
    where l.invoice = i.invoice)"""


async def paper(connection: Reads, invoice: UUID) -> Row | None:
    """What is printed of an invoice beside its amounts: address (`own`: the client's), taxes, notes, and
    where and when each line's date is."""
    query = f"""
        select row_to_json(q)::text from (
            select i.client, {_ADDRESS}, {_TAXES} as taxes, {_NOTES} as notes, {_PLACES} as places
            from read.money_invoice i
            left join read.papers_address a on a.invoice = i.invoice and a.client = i.client
            where i.invoice = %s) q"""
    return cast("Row | None", await value(connection, query, (invoice,)))


async def credit_note(connection: Reads, number: str) -> Row | None:
    """A credit note: the invoice it belongs to, its day, and each line it takes something off (FAC-4)."""
    lines = f"""
        json_build_object('line', l.line, 'activity', l.activity_name,
            'amount', {money("n.amount", "i.currency")}, 'price', {money("l.price", "i.currency")},
            'kept', case when k.kept is not null then {money("k.kept", "i.currency")} end)"""
    query = f"""
        select json_build_object('number', n.number, 'issued_on', min(n.issued_on), 'invoice', i.invoice,
            'lines', json_agg({lines} order by l.n, l.line))::text
        from read.money_credit_note n join read.money_line l on l.line = n.line
        join read.money_invoice i on i.invoice = l.invoice
        left join read.cases_cancellation k on k.line = n.line and k.credit_note = n.number
        where n.number = %s group by n.number, i.invoice"""
    return cast("Row | None", await value(connection, query, (number,)))


_DEPOSITED = f"""(
    select coalesce(json_agg(json_build_object('at', {instant("x.at")},
        'amount', {money("x.amount", "d.currency")}) order by x.at, x.payment), '[]')
    from (select p.at, p.payment, sum(m.amount) as amount {LAID_ON_REGISTRATION} group by p.at, p.payment
          having sum(m.amount) <> 0) x)"""


async def receipts(
    connection: Reads, workshop: UUID, currency: str, registration: UUID | None = None
) -> list[Row]:
    """Who followed this closed workshop in Canada or EN LIGNE, with what was deposited for it, by name.

    Only in that currency; nobody for whom nothing was deposited. `due`: none was sent over this amount.
    """
    query = f"""
        select coalesce(json_agg(row_to_json(q)), '[]')::text from (
            select d.registration, i.number, coalesce(i.billing_name, '{_ERASED}') as billing_name,
                {_ADDRESS}, {_TAXES} as taxes, '[]'::json as notes, {money("f.paid", "d.currency")} as paid,
                {_DEPOSITED} as payments, {instant("s.at")} as sent_at,
                s.registration is null or s.paid <> f.paid as due,
                (select row_to_json(o) from (select {PERSON}) o) as person
            from read.dossier_registration d
            join read.workshop_dates_workshop w on w.workshop = d.workshop
            left join read.catalogue_venue v on v.venue = w.venue
            join read.money_invoice i on i.invoice = d.invoice
            left join read.papers_address a on a.invoice = i.invoice and a.client = i.client
            join read.dossier_person p on p.client = d.client
            cross join lateral (select coalesce(sum(m.amount), 0)::bigint as paid {LAID_ON_REGISTRATION}) f
            left join read.papers_receipt s on s.registration = d.registration
            where d.workshop = %(workshop)s and d.state = 'followed' and w.closed and not w.cancelled
              and (w.venue is null or v.region = 'canada') and d.currency = %(currency)s and f.paid > 0
              and (%(registration)s::uuid is null or d.registration = %(registration)s)
            order by p.sort collate "C", d.registration) q"""
    asked = {"workshop": workshop, "currency": currency, "registration": registration}
    return cast("list[Row]", await value(connection, query, asked))


def masked(paper: Row) -> Row:
    """Without what one could reach the client by, or read about them."""
    notes = [note | {"text": MASKED} for note in paper["notes"]]
    hidden = paper["own"] or paper["address"] not in (None, _ERASED)
    return paper | {"notes": notes, "own": False, "address": MASKED if hidden else paper["address"]}
