"""The ledger: what each fact about money posts, in double entry; replayed it comes to the same cent (FAC-6).

docs/decisions/0030 has the table of facts and postings, 0036 what closing a period means for them.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from uuid import UUID
from zoneinfo import ZoneInfo

from aggregates.catalogue.events import SettingsChanged
from aggregates.client.registrations.events import (
    Earned,
    FollowedUndone,
    PriceRaised,
    RegistrationFollowed,
)
from aggregates.invoice.accounts import Account, Posting
from aggregates.invoice.basket.events import CreditOpened
from aggregates.invoice.events import (
    CaseDecided,
    InvoiceIssued,
    InvoiceTakenOver,
    LineCancelled,
    LineCredited,
    LineReopened,
)
from aggregates.invoice.payments.events import (
    CreditMoved,
    Move,
    PaymentBounced,
    PaymentCorrected,
    PaymentDeposited,
    PaymentMethod,
    PaymentReceived,
    PaymentSplit,
    PaymentWithdrawn,
    RefundApproved,
    RefundMade,
)
from aggregates.kernel import Money
from aggregates.ledger.events import PeriodClosed
from projections.model import Model, Rows, Table
from schema.envelope import Recorded

SCHOOL = "school"
_POSTED = (
    "greatest(r.at, (select c.ends from {place}.closing c where c.position < r.position"
    " order by c.position desc limit 1))"
)
"""The instant of an entry: its event's, but never within a period that was closed before it."""
MODEL = Model(
    "ledger",
    3,
    (
        Table(
            "closing",
            {
                "position": "bigint",
                "through": "date",
                "ends": "timestamptz",
                "at": "timestamptz",
                "by_user": "uuid",
            },
        ),
        Table("invoice", {"invoice": "uuid", "client": "uuid", "number": "text"}, indexes=("(client)",)),
        Table(
            "entry",
            {
                "position": "bigint",
                "n": "integer",
                "at": "timestamptz",
                "month": "date",
                "kind": "text",
                "account": "text",
                "currency": "text",
                "debit": "bigint",
                "credit": "bigint",
                "invoice": "uuid",
                "line": "uuid",
                "payment": "uuid",
                "occurred_at": "timestamptz",
            },
            keys=2,
            indexes=("(at, position, n)", "(account, at, position, n)", "(invoice)"),
            computed={"at": _POSTED, "month": f"date_trunc('month', {_POSTED} at time zone 'UTC')::date"},
        ),
        Table(
            "total",
            {
                "month": "date",
                "account": "text",
                "currency": "text",
                "debit": "bigint",
                "credit": "bigint",
                "upto": "bigint",
            },
            keys=3,
            sums_of="entry",
        ),
        Table("without_amount", {"position": "bigint", "topic": "text", "at": "timestamptz"}),
        Table("school", {"id": "text", "zone": "text"}),
    ),
)

_IN_HAND = {
    PaymentMethod.CHEQUE: Account.CHEQUES,
    PaymentMethod.CASH: Account.CASH,
    PaymentMethod.TRANSFER: Account.TRANSFERS,
    PaymentMethod.CARD: Account.CARD_CLEARING,
    PaymentMethod.CREDIT: Account.BETWEEN_INVOICES,
    PaymentMethod.TAKEN_OVER: Account.OPENING,
}
_GIVEN_FROM = {PaymentMethod.CARD: Account.CARD_CLEARING, PaymentMethod.CASH: Account.CASH}
"""Accounts that refunds are taken from; all others leave by the bank."""


class _Voucher:
    """The postings of one event: each amount once to the debit, once to the credit."""

    def __init__(self, e: Recorded, rows: Rows, kind: Posting, payment: UUID | None = None) -> None:
        self._e, self._rows, self._kind, self._payment = e, rows, kind, payment
        self._n = 0

    def post(
        self,
        debit: Account,
        credit: Account,
        amount: Money,
        *,
        invoice: UUID | None = None,
        line: UUID | None = None,
        payment: UUID | None = None,
    ) -> None:
        """Post an amount; nothing is posted of nothing."""
        if not amount.minor:
            return
        for account, taken, given in ((debit, amount.minor, 0), (credit, 0, amount.minor)):
            self._rows.put(
                "entry",
                position=self._e.position,
                n=self._n,
                at=self._e.envelope.at,
                month=self._e.envelope.at.astimezone(UTC).date().replace(day=1),
                kind=self._kind.value,
                account=account.value,
                currency=amount.currency.value,
                debit=taken,
                credit=given,
                invoice=invoice or self._e.originator_id,
                line=line,
                payment=payment or self._payment,
                occurred_at=self._e.envelope.at,
            )
            self._n += 1

    def no_amount(self) -> None:
        """The fact was stored before it said how much it is about: the trial balance names it."""
        e = self._e
        self._rows.put("without_amount", position=e.position, topic=e.fact.TOPIC, at=e.envelope.at)


@MODEL.on(SettingsChanged)
def settings_changed(_e: Recorded, fact: SettingsChanged, rows: Rows) -> None:
    rows.put("school", id=SCHOOL, zone=fact.settings.zone)


@MODEL.on(PeriodClosed)
def closed(e: Recorded, fact: PeriodClosed, rows: Rows) -> None:
    after = fact.through + timedelta(days=1)
    first_open = datetime(after.year, after.month, after.day, tzinfo=ZoneInfo(fact.zone))
    rows.put(
        "closing",
        position=e.position,
        through=fact.through,
        ends=first_open.astimezone(UTC),
        at=e.envelope.at,
        by_user=e.envelope.user,
    )


@MODEL.on(InvoiceIssued)
def issued(e: Recorded, fact: InvoiceIssued, rows: Rows) -> None:
    rows.put("invoice", invoice=e.originator_id, client=fact.person, number=fact.number)
    voucher = _Voucher(e, rows, Posting.SALE)
    for line in fact.lines:
        voucher.post(Account.RECEIVABLES, Account.DEFERRED_REVENUE, line.price, line=line.id)


@MODEL.on(InvoiceTakenOver)
def taken_over(e: Recorded, fact: InvoiceTakenOver, rows: Rows) -> None:
    """What is still to be taught becomes revenue here; all else was revenue in the other system."""
    rows.put("invoice", invoice=e.originator_id, client=fact.person, number=fact.number)
    if fact.line is not None:
        taught = fact.line.registration is None
        against = Account.OPENING if taught else Account.DEFERRED_REVENUE
        voucher = _Voucher(e, rows, Posting.TAKE_OVER)
        voucher.post(Account.RECEIVABLES, against, fact.line.price, line=fact.line.id)


@MODEL.on(CreditOpened)
def credit_opened(e: Recorded, fact: CreditOpened, rows: Rows) -> None:
    rows.put("invoice", invoice=e.originator_id, client=fact.client, number="")


@MODEL.on(LineCancelled)
def cancelled(e: Recorded, fact: LineCancelled, rows: Rows) -> None:
    voucher = _Voucher(e, rows, Posting.CANCELLATION)
    if fact.due is None:
        voucher.no_amount()
    else:
        voucher.post(Account.CANCELLATIONS, Account.RECEIVABLES, fact.due, line=fact.line)


@MODEL.on(LineReopened)
def reopened(e: Recorded, fact: LineReopened, rows: Rows) -> None:
    voucher = _Voucher(e, rows, Posting.REOPENING)
    if fact.due is None:
        voucher.no_amount()
    else:
        voucher.post(Account.RECEIVABLES, Account.CANCELLATIONS, fact.due, line=fact.line)


@MODEL.on(CaseDecided)
def decided(e: Recorded, fact: CaseDecided, rows: Rows) -> None:
    """The sale is undone; what is kept of it is a fee, and owed."""
    voucher = _Voucher(e, rows, Posting.DECISION)
    if fact.credit_note is not None:
        amount = fact.credit_note.amount
        voucher.post(Account.DEFERRED_REVENUE, Account.CANCELLATIONS, amount, line=fact.line)
    if fact.credited is not None:
        voucher.post(Account.DEFERRED_REVENUE, Account.CREDIT_NOTES, fact.credited, line=fact.line)
    voucher.post(Account.RECEIVABLES, Account.CANCELLATIONS, fact.kept, line=fact.line)
    voucher.post(Account.DEFERRED_REVENUE, Account.FEES, fact.kept, line=fact.line)


@MODEL.on(LineCredited)
def credited(e: Recorded, fact: LineCredited, rows: Rows) -> None:
    off = Account.FEES if fact.of_fee else Account.CREDIT_NOTES
    _Voucher(e, rows, Posting.CREDIT_NOTE).post(
        off, Account.RECEIVABLES, fact.credit_note.amount, line=fact.line
    )


@MODEL.on(RegistrationFollowed)
def followed(e: Recorded, fact: RegistrationFollowed, rows: Rows) -> None:
    _taught(_Voucher(e, rows, Posting.TAUGHT), fact.earned, Account.DEFERRED_REVENUE, Account.REVENUE)


@MODEL.on(FollowedUndone)
def undone(e: Recorded, fact: FollowedUndone, rows: Rows) -> None:
    _taught(_Voucher(e, rows, Posting.NOT_TAUGHT), fact.earned, Account.REVENUE, Account.DEFERRED_REVENUE)


@MODEL.on(PriceRaised)
def raised(e: Recorded, fact: PriceRaised, rows: Rows) -> None:
    earned = (Earned(invoice=fact.invoice, line=fact.line, amount=fact.amount),) if fact.followed else ()
    _taught(_Voucher(e, rows, Posting.TAUGHT), earned, Account.DEFERRED_REVENUE, Account.REVENUE)


@MODEL.on(PaymentReceived)
def received(e: Recorded, fact: PaymentReceived, rows: Rows) -> None:
    lowered = Account.RECEIVABLES if fact.method.at_once else Account.NOTED
    kind = Posting.TAKE_OVER if fact.method is PaymentMethod.TAKEN_OVER else Posting.PAYMENT
    _Voucher(e, rows, kind, fact.payment).post(_IN_HAND[fact.method], lowered, fact.amount)


@MODEL.on(PaymentCorrected)
def corrected(e: Recorded, fact: PaymentCorrected, rows: Rows) -> None:
    voucher = _Voucher(e, rows, Posting.CORRECTION, fact.payment)
    if fact.was_amount is None or fact.was_method is None:
        voucher.no_amount()
        return
    voucher.post(Account.NOTED, _IN_HAND[fact.was_method], fact.was_amount)
    voucher.post(_IN_HAND[fact.method], Account.NOTED, fact.amount)


@MODEL.on(PaymentWithdrawn)
def withdrawn(e: Recorded, fact: PaymentWithdrawn, rows: Rows) -> None:
    _never_noted(_Voucher(e, rows, Posting.WITHDRAWAL, fact.payment), fact.method, fact.amount)


@MODEL.on(PaymentSplit)
def split(e: Recorded, fact: PaymentSplit, rows: Rows) -> None:
    voucher = _Voucher(e, rows, Posting.SPLIT, fact.payment)
    for move in fact.moves:
        _never_noted(voucher, fact.method, move.amount)


@MODEL.on(PaymentDeposited)
def deposited(e: Recorded, fact: PaymentDeposited, rows: Rows) -> None:
    voucher = _Voucher(e, rows, Posting.DEPOSIT, fact.payment)
    if fact.amount is None or fact.method is None:
        voucher.no_amount()
        return
    voucher.post(Account.BANK, _IN_HAND[fact.method], fact.amount)
    voucher.post(Account.NOTED, Account.RECEIVABLES, fact.amount)


@MODEL.on(PaymentBounced)
def bounced(e: Recorded, fact: PaymentBounced, rows: Rows) -> None:
    voucher = _Voucher(e, rows, Posting.BOUNCE, fact.payment)
    if fact.amount is None:
        voucher.no_amount()
    else:
        voucher.post(Account.RECEIVABLES, Account.BANK, fact.amount)


@MODEL.on(RefundMade)
def refunded(e: Recorded, fact: RefundMade, rows: Rows) -> None:
    _left(e, rows, Posting.REFUND, _GIVEN_FROM.get(fact.method, Account.REFUNDS), fact.moves)


@MODEL.on(RefundApproved)
def approved(e: Recorded, fact: RefundApproved, rows: Rows) -> None:
    _left(e, rows, Posting.REFUND, _GIVEN_FROM.get(fact.method, Account.REFUNDS), fact.moves)


@MODEL.on(CreditMoved)
def moved(e: Recorded, fact: CreditMoved, rows: Rows) -> None:
    _left(e, rows, Posting.CREDIT_MOVED, Account.BETWEEN_INVOICES, fact.moves)


def _taught(voucher: _Voucher, earned: Iterable[Earned] | None, debit: Account, credit: Account) -> None:
    if earned is None:
        voucher.no_amount()
        return
    for one in earned:
        voucher.post(debit, credit, one.amount, invoice=one.invoice, line=one.line)


def _never_noted(voucher: _Voucher, method: PaymentMethod | None, amount: Money | None) -> None:
    if method is None or amount is None:
        voucher.no_amount()
    else:
        voucher.post(Account.NOTED, _IN_HAND[method], amount)


def _left(e: Recorded, rows: Rows, kind: Posting, by: Account, moves: Iterable[Move]) -> None:
    """Credit that left the invoice."""
    voucher = _Voucher(e, rows, kind)
    for move in moves:
        voucher.post(Account.RECEIVABLES, by, move.amount, payment=move.payment)
