"""What the ledger's answers look like, for the OpenAPI file."""

from __future__ import annotations

from datetime import date, datetime
from uuid import UUID

from aggregates.invoice.accounts import Account, Posting
from read_api.shapes import ID, Amount, Answer, PageOf, Shape, like


class AccountBalance(Shape):
    """One account in one currency over the period; above 0 is debit."""

    account: Account = like("receivables")
    label: str = like("Clients")
    currency: str = like("CAD", "ISO 4217; balances of two currencies never mix.")
    opening: Amount
    debit: Amount
    credit: Amount
    closing: Amount


class ClosedPeriod(Shape):
    """Nothing is posted there any more; what comes late is posted on the first day after it."""

    first: date | None = like("2026-01-01", "Empty: from the beginning.")
    last: date = like("2026-10-31")
    at: datetime = like("2026-11-24T15:04:05.678901Z", "When it was closed.")
    by_id: UUID = like(ID)
    by: str = like("Hélène Roy")


class TrialBalance(Answer):
    """Debits and credits per account and currency; the closings of a currency sum up to 0 (FAC-6)."""

    first: date = like("2026-11-01", "In the school's zone.")
    last: date = like("2026-11-30")
    accounts: list[AccountBalance]
    without_amount: int = like(0, "Events of older releases that the figures lack.")
    closed: list[ClosedPeriod]


class JournalEntry(Shape):
    """One side of what an event posted."""

    position: str = like("3145728", "The event.")
    n: int = like(0, "Place among the event's entries.")
    at: datetime = like("2026-11-24T15:04:05.678901Z", "When it is posted.")
    day: date = like("2026-11-24", "Day of posting, in the school's zone.")
    happened: date = like("2026-11-24", "Day of the event; earlier where its period was closed by then.")
    kind: Posting = like("sale")
    text: str = like("Vente")
    account: Account = like("receivables")
    label: str = like("Clients")
    debit: Amount
    credit: Amount
    invoice: UUID = like(ID)
    number: str | None = like("CA-2026-0412", "Empty: a credit without invoice.")
    client: UUID | None = like(ID)
    line: UUID | None = like(ID)
    payment: UUID | None = like(None)


class Journal(PageOf[JournalEntry]):
    """A page of the journal, and which of its days are closed."""

    closed: list[ClosedPeriod]
