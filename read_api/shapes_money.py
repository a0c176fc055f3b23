"""What the answers about money look like, for the OpenAPI file."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any, Literal
from uuid import UUID

from pydantic import Field

from read_api.shapes import Amount, Answer, PageOf, Shape

_ID = "4f0c7a52-6f0e-4f5e-9d5e-0a7c3f1c2b3d"
_AT = "2026-11-24T15:04:05.678901Z"
Currency = Literal["CAD", "EUR"]
Method = Literal["card", "cheque", "cash", "transfer", "credit"]


def _like(example: Any, description: str | None = None) -> Any:
    return Field(examples=[example], description=description)


class Person(Shape):
    """A client in short."""

    id: UUID = _like(_ID)
    last_name: str = _like("D'Arcy-Lévesque")
    first_name: str = _like("Éloïse")


class ListedInvoice(Shape):
    """An invoice with what is owed on it (FAC-2)."""

    id: UUID = _like(_ID)
    number: str = _like("CA-2026-0412", "Empty for credit that came without an invoice (FAC-1).")
    series: str = _like("CA")
    issued_on: date = _like("2026-11-24")
    at: datetime = _like(_AT)
    client: Person
    supplement_of: UUID | None = _like(None, "The first invoice, when this one adds to it (FAC-9).")
    total: Amount = Field(description="Sum of the lines as issued.")
    balance: Amount = Field(description="What is owed, by deposited money; below 0 the client's credit.")
    balance_noted: Amount = Field(description="As if all that is noted were deposited.")
    state: Literal["open", "settled", "credit"] = _like("open")
    open_cases: int = _like(0, "Cancelled lines that accounting have not decided.")
    void: bool = _like(False, "All of it was registered by mistake (INS-10).")


class PriceReason(Shape):
    """One rule applied to a line (CAT-3)."""

    code: str = _like("retake")
    label: str = _like("reprise")
    after: Amount
    evidence: str | None = _like(None, "An id or an instant.")


class CreditNote(Shape):
    """What was taken off a line."""

    number: str = _like("CA-N-2026-0007")
    issued_on: date = _like("2026-11-24")
    amount: Amount


class LineCase(Shape):
    """The cancellation of a line (INS-8)."""

    id: UUID = _like(_ID)
    opened_at: datetime = _like(_AT)
    basis: str = _like("late", "Why a fee is proposed, or none (INS-9).")
    label: str = _like("moins d’un mois avant le début")
    workshop: UUID | None = _like(_ID, "The date that the terms looked at.")
    proposed: Amount
    kept: Amount | None = Field(description="The fee decided; null while the case is open.")
    decided_at: datetime | None = _like(None)


class InvoiceLine(Shape):
    """A line with all that came after it."""

    id: UUID = _like(_ID)
    registration: UUID | None = _like(_ID, "null: an activity of a phase that counts as done (INS-2).")
    activity: str = _like("Écoute de soi")
    activity_id: UUID = _like(_ID)
    starts: datetime | None = _like(_AT, "Start of the date it was sold with.")
    done_on: date | None = _like(None)
    price: Amount
    deposit: Amount
    reasons: list[PriceReason]
    due: Amount = Field(description="What it asks for: nothing while its case is open.")
    paid: Amount = Field(description="What lies on it, noted money too.")
    balance: Amount = Field(description="Owed on it, noted money counted; 0 while its case is open.")
    credit_notes: list[CreditNote]
    case: LineCase | None


class Payment(Shape):
    """A payment on the invoice (FAC-2)."""

    id: UUID = _like(_ID)
    method: Method = _like("cheque")
    status: Literal["noted", "deposited", "bounced", "withdrawn"] = _like("noted")
    label: str = _like("noté, à déposer")
    amount: Amount
    held: Amount = Field(description="What still lies on this invoice, on lines or as credit.")
    at: datetime = _like(_AT)
    registration: UUID | None = _like(None, "Given on the roster for this registration.")
    cheque: UUID | None = _like(None, "Common to all that one cheque pays.")
    holder: UUID | None = _like(None, "Who holds the cheque.")
    credit_from: UUID | None = _like(None, "Invoice that the credit came from.")


class Refund(Shape):
    """Money given back, or to be (FAC-4)."""

    id: UUID = _like(_ID)
    payment: UUID = _like(_ID)
    method: Method = _like("card")
    status: Literal["proposed", "made", "withdrawn"] = _like("made")
    label: str = _like("fait")
    amount: Amount
    at: datetime = _like(_AT)
    by: UUID | None = _like(None, "Who proposed it, where a second person decides.")


class InvoiceInShort(Shape):
    """One of the invoices that belong together."""

    id: UUID = _like(_ID)
    number: str = _like("CA-2026-0412")
    supplement_of: UUID | None = _like(None)
    balance: Amount


class Together(Shape):
    """An invoice and its supplements as one balance (FAC-9)."""

    balance: Amount
    invoices: list[InvoiceInShort]


class Invoice(ListedInvoice):
    """One invoice with all that came after it."""

    billing_name: str = _like("Éloïse D'Arcy-Lévesque")
    lines: list[InvoiceLine]
    payments: list[Payment]
    refunds: list[Refund]
    together: Together


class OneInvoice(Answer):
    """One invoice."""

    invoice: Invoice


class Aged(Shape):
    """What is owed in one currency, in minor units, by days since the invoice's day (FAC-8)."""

    currency: Currency = _like("CAD")
    total: int = _like(37500)
    days_0_30: int = _like(37500)
    days_31_60: int = _like(0)
    days_61_90: int = _like(0)
    days_over_90: int = _like(0)


class Debtor(Person):
    """Who owes what."""

    sort: str = _like("darcylevesque eloise", "What the list is ordered by.")
    owed: list[Aged]


class Balances(PageOf[Debtor]):
    """Who owes what, and what all owe together."""

    totals: list[Aged]


class UnusedDeposit(Shape):
    """Money paid for a place that is not used (FAC-8)."""

    registration: UUID = _like(_ID)
    why: Literal["to_schedule", "open_case"] = _like("to_schedule")
    since: datetime = _like(_AT)
    client: Person
    activity: str | None = _like("Écoute de soi")
    activity_id: UUID = _like(_ID)
    invoice: UUID = _like(_ID)
    number: str | None = _like("CA-2026-0412")
    paid: Amount


class NotedPayment(Shape):
    """A payment to deposit."""

    id: UUID = _like(_ID)
    method: Method = _like("cheque")
    cheque: UUID | None = _like(_ID)
    registration: UUID | None = _like(_ID)
    invoice: UUID = _like(_ID)
    number: str = _like("CA-2026-0412")
    client: Person
    amount: Amount
    at: datetime = _like(_AT)
    commented: bool = _like(True, "Somebody explained it.")
    holder_id: UUID | None = _like(_ID)
    holder: str | None = _like("Monique Tremblay")


class NotedInShort(Shape):
    """Payments to deposit of one method, holder and currency."""

    method: Method = _like("cheque")
    holder_id: UUID | None = _like(_ID)
    holder: str | None = _like("Monique Tremblay")
    count: int = _like(12)
    amount: Amount
    oldest: datetime = _like(_AT)


class ToDeposit(PageOf[NotedPayment]):
    """Payments to deposit."""

    in_short: list[NotedInShort]


class Cheque(Shape):
    """A cheque, or its part on one invoice."""

    id: UUID = _like(_ID)
    cheque: UUID | None = _like(_ID)
    invoice: UUID = _like(_ID)
    number: str = _like("CA-2026-0412")
    client: Person
    amount: Amount
    at: datetime = _like(_AT)


class HeldCheques(Shape):
    """Cheques that a staff user holds (FAC-10)."""

    holder_id: UUID = _like(_ID)
    holder: str | None = _like("Monique Tremblay")
    oldest: datetime = _like(_AT)
    cheques: list[Cheque]
    last_ended: datetime | None = _like(_AT, "End of the holder's last workshop.")
    next_starts: datetime | None = _like(None, "Start of the holder's next workshop.")
    send_now: bool = _like(True)


class Cheques(Answer):
    """All cheques held; always whole."""

    items: list[HeldCheques]


class CancellationCase(Shape):
    """A cancellation that accounting decide, or decided (FAC-4)."""

    id: UUID = _like(_ID)
    line: UUID = _like(_ID)
    invoice: UUID = _like(_ID)
    number: str = _like("CA-2026-0412")
    client: Person
    registration: UUID | None = _like(_ID)
    activity: str = _like("Écoute de soi")
    opened_at: datetime = _like(_AT)
    basis: str = _like("late", "Why the fee is proposed, or none (INS-9).")
    label: str = _like("moins d’un mois avant le début")
    percent: int | None = _like(None, "Of the price, for a share.")
    workshop: UUID | None = _like(_ID, "The date that the terms looked at.")
    workshop_starts: datetime | None = _like(_AT)
    workshop_zone: str | None = _like("America/Toronto")
    price: Amount
    paid: Amount = Field(description="What lies in the case, noted money too.")
    proposed: Amount
    kept: Amount | None
    credit_note: str | None = _like(None)
    decided_at: datetime | None = _like(None)


class Responsible(Shape):
    """Who is to do it: the holder of a responsibility, a role, or one staff user."""

    responsibility: str | None = _like("cancellation_cases")
    roles: list[str] = _like(["accounting"])
    user: UUID | None = _like(None)
    name: str | None = _like(None)


class ToDo(Shape):
    """Something that waits for somebody."""

    kind: str = _like("decide_case")
    label: str = _like("annulation à décider")
    id: UUID = _like(_ID, "The case, workshop, payment, holder, registration, enrolment, dossier or refund.")
    since: datetime | None = _like(_AT)
    due: datetime | None = _like(None, "Start or end of the workshop.")
    client: Person | None
    workshop: UUID | None = _like(_ID)
    workshop_starts: datetime | None = _like(_AT)
    registration: UUID | None = _like(_ID)
    invoice: UUID | None = _like(_ID)
    activity_id: UUID | None = _like(_ID)
    activity: str | None = _like("Écoute de soi")
    missing: dict[str, int] = _like({"attendance": 2}, "What is missing for closing, and how much of it.")
    responsible: Responsible


class ToDos(Answer):
    """What waits, by kind, longest first."""

    items: list[ToDo]
    more: list[str] = _like([], "Kinds of which there are more than `limit`.")
