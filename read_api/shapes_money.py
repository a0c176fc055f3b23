"""What the answers about money look like, for the OpenAPI file."""

from __future__ import annotations

from datetime import date, datetime
from typing import Literal
from uuid import UUID

from pydantic import Field

from read_api.shapes import ID, Amount, Answer, PageOf, Shape, like

_AT = "2026-11-24T15:04:05.678901Z"
Currency = Literal["CAD", "EUR"]
Method = Literal["card", "cheque", "cash", "transfer", "credit", "taken_over"]


class Person(Shape):
    """A client in short."""

    id: UUID = like(ID)
    last_name: str = like("D'Arcy-Lévesque")
    first_name: str = like("Éloïse")


class ListedInvoice(Shape):
    """An invoice with what is owed on it (FAC-2)."""

    id: UUID = like(ID)
    number: str = like("CA-2026-0412", "Empty for credit that came without an invoice (FAC-1).")
    series: str = like("CA", "Empty for an invoice of another system (IMP-1).")
    issued_on: date = like("2026-11-24")
    at: datetime = like(_AT)
    client: Person
    supplement_of: UUID | None = like(None, "The first invoice, when this one adds to it (FAC-9).")
    total: Amount = Field(description="Sum of the lines as issued.")
    balance: Amount = Field(description="What is owed, by deposited money; below 0 the client's credit.")
    balance_noted: Amount = Field(description="As if all that is noted were deposited.")
    state: Literal["open", "settled", "credit"] = like("open")
    open_cases: int = like(0, "Cancelled lines that accounting have not decided.")
    void: bool = like(False, "All of it was registered by mistake (INS-10).")


class PriceReason(Shape):
    """One rule applied to a line (CAT-3)."""

    code: str = like("retake")
    label: str = like("reprise")
    after: Amount
    evidence: str | None = like(None, "An id or an instant.")


class CreditNote(Shape):
    """What was taken off a line."""

    number: str = like("CA-N-2026-0007")
    issued_on: date = like("2026-11-24")
    amount: Amount


class LineCase(Shape):
    """The cancellation of a line (INS-8)."""

    id: UUID = like(ID)
    opened_at: datetime = like(_AT)
    basis: str = like("late", "Why a fee is proposed, or none (INS-9).")
    label: str = like("moins d’un mois avant le début")
    workshop: UUID | None = like(ID, "The date that the terms looked at.")
    proposed: Amount
    kept: Amount | None = Field(description="The fee decided; null while the case is open.")
    decided_at: datetime | None = like(None)


class InvoiceLine(Shape):
    """A line with all that came after it."""

    id: UUID = like(ID)
    registration: UUID | None = like(ID, "null: a done activity of a phase (INS-2), or a balance (IMP-1).")
    activity: str | None = like("Écoute de soi", "null: a balance taken over, which says no more (IMP-1).")
    activity_id: UUID | None = like(ID)
    starts: datetime | None = like(_AT, "Start of the date it was sold with.")
    done_on: date | None = like(None)
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

    id: UUID = like(ID)
    method: Method = like("cheque")
    status: Literal["noted", "deposited", "bounced", "withdrawn"] = like("noted")
    label: str = like("noté, à déposer")
    amount: Amount
    held: Amount = Field(description="What still lies on this invoice, on lines or as credit.")
    at: datetime = like(_AT)
    registration: UUID | None = like(None, "Given on the roster for this registration.")
    cheque: UUID | None = like(None, "Common to all that one cheque pays.")
    holder: UUID | None = like(None, "Who holds the cheque.")
    credit_from: UUID | None = like(None, "Invoice that the credit came from.")


class Refund(Shape):
    """Money given back, or to be (FAC-4)."""

    id: UUID = like(ID)
    payment: UUID = like(ID)
    method: Method = like("card")
    status: Literal["proposed", "made", "withdrawn"] = like("made")
    label: str = like("fait")
    amount: Amount
    at: datetime = like(_AT)
    by: UUID | None = like(None, "Who proposed it, where a second person decides.")


class InvoiceInShort(Shape):
    """One of the invoices that belong together."""

    id: UUID = like(ID)
    number: str = like("CA-2026-0412")
    supplement_of: UUID | None = like(None)
    balance: Amount


class Together(Shape):
    """An invoice and its supplements as one balance (FAC-9)."""

    balance: Amount
    invoices: list[InvoiceInShort]


class Invoice(ListedInvoice):
    """One invoice with all that came after it."""

    billing_name: str = like("Éloïse D'Arcy-Lévesque")
    lines: list[InvoiceLine]
    payments: list[Payment]
    refunds: list[Refund]
    together: Together


class OneInvoice(Answer):
    """One invoice."""

    invoice: Invoice


class Aged(Shape):
    """What is owed in one currency, in minor units, by days since the invoice's day (FAC-8)."""

    currency: Currency = like("CAD")
    total: int = like(37500)
    days_0_30: int = like(37500)
    days_31_60: int = like(0)
    days_61_90: int = like(0)
    days_over_90: int = like(0)


class Debtor(Person):
    """Who owes what."""

    sort: str = like("darcylevesque eloise", "What the list is ordered by.")
    owed: list[Aged]


class Balances(PageOf[Debtor]):
    """Who owes what, and what all owe together."""

    totals: list[Aged]


class UnusedDeposit(Shape):
    """Money paid for a place that is not used (FAC-8)."""

    registration: UUID = like(ID)
    why: Literal["to_schedule", "open_case"] = like("to_schedule")
    since: datetime = like(_AT)
    client: Person
    activity: str | None = like("Écoute de soi")
    activity_id: UUID = like(ID)
    invoice: UUID = like(ID)
    number: str | None = like("CA-2026-0412")
    paid: Amount


class NotedPayment(Shape):
    """A payment to deposit."""

    id: UUID = like(ID)
    method: Method = like("cheque")
    cheque: UUID | None = like(ID)
    registration: UUID | None = like(ID)
    invoice: UUID = like(ID)
    number: str = like("CA-2026-0412")
    client: Person
    amount: Amount
    at: datetime = like(_AT)
    commented: bool = like(True, "Somebody explained it.")
    holder_id: UUID | None = like(ID)
    holder: str | None = like("Monique Tremblay")


class NotedInShort(Shape):
    """Payments to deposit of one method, holder and currency."""

    method: Method = like("cheque")
    holder_id: UUID | None = like(ID)
    holder: str | None = like("Monique Tremblay")
    count: int = like(12)
    amount: Amount
    oldest: datetime = like(_AT)


class ToDeposit(PageOf[NotedPayment]):
    """Payments to deposit."""

    in_short: list[NotedInShort]


class Cheque(Shape):
    """A cheque, or its part on one invoice."""

    id: UUID = like(ID)
    cheque: UUID | None = like(ID)
    invoice: UUID = like(ID)
    number: str = like("CA-2026-0412")
    client: Person
    amount: Amount
    at: datetime = like(_AT)


class HeldCheques(Shape):
    """Cheques that a staff user holds (FAC-10)."""

    holder_id: UUID = like(ID)
    holder: str | None = like("Monique Tremblay")
    oldest: datetime = like(_AT)
    cheques: list[Cheque]
    last_ended: datetime | None = like(_AT, "End of the holder's last workshop.")
    next_starts: datetime | None = like(None, "Start of the holder's next workshop.")
    send_now: bool = like(True)


class Cheques(Answer):
    """All cheques held; always whole."""

    items: list[HeldCheques]


class CancellationCase(Shape):
    """A cancellation that accounting decide, or decided (FAC-4)."""

    id: UUID = like(ID)
    line: UUID = like(ID)
    invoice: UUID = like(ID)
    number: str = like("CA-2026-0412")
    client: Person
    registration: UUID | None = like(ID)
    activity: str = like("Écoute de soi")
    opened_at: datetime = like(_AT)
    basis: str = like("late", "Why the fee is proposed, or none (INS-9).")
    label: str = like("moins d’un mois avant le début")
    percent: int | None = like(None, "Of the price, for a share.")
    workshop: UUID | None = like(ID, "The date that the terms looked at.")
    workshop_starts: datetime | None = like(_AT)
    workshop_zone: str | None = like("America/Toronto")
    price: Amount
    paid: Amount = Field(description="What lies in the case, noted money too.")
    proposed: Amount
    kept: Amount | None
    credit_note: str | None = like(None)
    decided_at: datetime | None = like(None)


class Responsible(Shape):
    """Who is to do it: the holder of a responsibility, a role, or one staff user."""

    responsibility: str | None = like("cancellation_cases")
    roles: list[str] = like(["accounting"])
    user: UUID | None = like(None)
    name: str | None = like(None)


class ToDo(Shape):
    """Something that waits for somebody."""

    kind: str = like("decide_case")
    label: str = like("annulation à décider")
    id: UUID = like(
        ID, "The case, workshop, payment, holder, registration, enrolment, dossier, mailing or refund."
    )
    since: datetime | None = like(_AT)
    due: datetime | None = like(None, "Start or end of the workshop; of a phase letter, the Monday after.")
    client: Person | None
    workshop: UUID | None = like(ID)
    workshop_starts: datetime | None = like(_AT)
    registration: UUID | None = like(ID)
    invoice: UUID | None = like(ID)
    activity_id: UUID | None = like(ID)
    activity: str | None = like("Écoute de soi")
    missing: dict[str, int] = like({"attendance": 2}, "What is missing for closing, and how much of it.")
    responsible: Responsible


class ToDos(PageOf[ToDo]):
    """What waits, by kind, longest first; `next` is set when one kind was asked for alone."""

    more: list[str] = like([], "Kinds of which there are more than `limit`.")
