"""The chart of accounts that facts about money are posted to, and what a posting is about (FAC-6)."""

from __future__ import annotations

from enum import StrEnum


class Account(StrEnum):
    """An account of the ledger; docs/decisions/0030 says what is posted where."""

    RECEIVABLES = "receivables"
    """What clients owe on issued invoices; in credit, what is theirs."""
    CANCELLATIONS = "cancellations"
    """Lines of cancelled registrations until accounting decide the case."""
    NOTED = "noted"
    """Payments noted and not yet deposited: till then they lower nobody's receivables (FAC-2)."""
    CHEQUES = "cheques"
    """Cheques to deposit."""
    CASH = "cash"
    """Cash received, to deposit."""
    TRANSFERS = "transfers"
    """Transfers announced, to be seen on the bank's statement."""
    BANK = "bank"
    CARD_CLEARING = "card_clearing"
    """Captured by the payment provider, or given back by it."""
    BETWEEN_INVOICES = "between_invoices"
    """Credit on its way from one invoice of a client to another."""
    REFUNDS = "refunds"
    """Given back by cheque or transfer, to be seen on the bank's statement."""
    DEFERRED_REVENUE = "deferred_revenue"
    """Sold, not yet taught."""
    REVENUE = "revenue"
    """Taught: the registration is SUIVI (INS-13)."""
    CREDIT_NOTES = "credit_notes"
    """Taken off by credit note (FAC-9)."""
    FEES = "fees"
    """Cancellation fees kept (FAC-4)."""
    OPENING = "opening"
    """What was taken over from the books of another system (IMP-1)."""


class Posting(StrEnum):
    """What happened, as an accountant calls it."""

    SALE = "sale"
    CANCELLATION = "cancellation"
    REOPENING = "reopening"
    DECISION = "decision"
    """Of a cancellation's case."""
    CREDIT_NOTE = "credit_note"
    TAUGHT = "taught"
    NOT_TAUGHT = "not_taught"
    PAYMENT = "payment"
    CORRECTION = "correction"
    WITHDRAWAL = "withdrawal"
    SPLIT = "split"
    DEPOSIT = "deposit"
    BOUNCE = "bounce"
    REFUND = "refund"
    CREDIT_MOVED = "credit_moved"
    TAKE_OVER = "take_over"
    """From another system (IMP-1)."""
