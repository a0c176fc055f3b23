"""Words that stand on events alone, put where a reader of the export looks for them (T27).

A cheque's drawer is often somebody else, with a right of their own to be left out (decision 0087).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from aggregates.invoice.events import InvoiceIssued, LineCancelled, LineCredited
from aggregates.invoice.payments.events import PaymentDescribed, PaymentWithdrawn
from aggregates.kernel import fold
from portal.language import later, say
from read_api.history import Entry

SOMEBODY_ELSE = later("(une autre personne ; remis sur demande, une fois relu)")
_CHEQUE = ("number", "drawer", "comment")


def put(about: Mapping[str, Any], events: Iterable[Entry]) -> None:
    """Each word onto the registration, invoice, credit note or payment it is about; the last one counts."""
    invoices = about["invoices"]
    lines = {line["id"]: line for invoice in invoices for line in invoice["lines"]}
    payments = {payment["id"]: payment for invoice in invoices for payment in invoice["payments"]}
    registrations = {row["id"]: row for row in about["registrations"]}
    for event in events:
        fields = event.fields
        line = lines.get(str(fields.get("line")), {})
        if event.topic == LineCancelled.TOPIC:
            _add(registrations.get(line.get("registration")), note=fields["note"])
        elif event.topic == LineCredited.TOPIC:
            _add(_called(line.get("credit_notes", ()), fields["credit_note"]), reason=fields["reason"])
        elif event.topic == InvoiceIssued.TOPIC:
            _add(_called(invoices, fields), reason=fields["reason"])
        elif event.topic == PaymentWithdrawn.TOPIC:
            _add(payments.get(str(fields["payment"])), reason=fields["reason"])
        elif event.topic == PaymentDescribed.TOPIC:
            _add(payments.get(str(fields["payment"])), **{name: fields[name] for name in _CHEQUE})


def unread(event: Entry, about: Mapping[str, Any]) -> Entry:
    """What is told of a cheque before anybody read it: its number, and a drawer who is the client."""
    drawer = event.fields["drawer"]
    other = drawer is not None and not own_name(drawer, about)
    told = {"drawer": say(SOMEBODY_ELSE) if other else drawer, "comment": None}
    return Entry(**event.__dict__ | {"fields": event.fields | told})


def own_name(name: str, about: Mapping[str, Any]) -> bool:
    """Whether it is the client's, in either order, or the one that their invoices are made out to."""
    client, billing = about["client"], about["billing"] or {}
    first, last = client["first_name"] or "", client["last_name"] or ""
    own = {fold(first + last), fold(last + first), fold(billing.get("name") or "")}
    own |= {fold(invoice.get("billing_name") or "") for invoice in about["invoices"]}
    return fold(name) in own


def _called(rows: Sequence[dict[str, Any]], named: Mapping[str, Any]) -> dict[str, Any] | None:
    """The invoice or credit note of that number."""
    return next((row for row in rows if row["number"] == named["number"]), None)


def _add(row: dict[str, Any] | None, **words: Any) -> None:
    if row is not None:
        row.update({name: word for name, word in words.items() if word is not None})
