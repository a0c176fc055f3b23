"""Small predicates over prices and invoices, one per rule."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, date, datetime, timedelta
from uuid import UUID

from aggregates.catalogue.settings import SchoolSettings
from aggregates.catalogue.state import Activity, Discount
from aggregates.client.registrations.events import CancelReason
from aggregates.client.registrations.policies import GivenUp, deposit_lost
from aggregates.client.registrations.state import Sale, Scheduled, ToSchedule
from aggregates.invoice.events import Fee, FeeBasis, Line
from aggregates.invoice.payments.refusals import OtherCurrency
from aggregates.invoice.refusals import (
    CaseOpen,
    DiscountNotAllowed,
    DiscountNotValid,
    FeeTooHigh,
    FullPaymentNeeded,
    NoPriceInCurrency,
    NoSuchCase,
    NoSuchInvoice,
    NoSuchLine,
)
from aggregates.invoice.state import Case, Invoice, Issued
from aggregates.kernel import Currency, Money, Role, replace


def currency_of(country: str, school: SchoolSettings) -> Currency:
    """The currency follows the client's country, never the workshop's place (CAT-2)."""
    return school.currencies.get(country, school.default_currency)


def price_in(prices: Sequence[Money], currency: Currency) -> Money | None:
    """The price in that currency, if there is one (CAT-1)."""
    return next((price for price in prices if price.currency == currency), None)


def base_price(activity: Activity, currency: Currency) -> Money:
    """The activity's price in that currency (CAT-1). Raises NoPriceInCurrency."""
    price = price_in(activity.prices, currency)
    if price is None:
        raise NoPriceInCurrency(activity=activity.name, currency=currency)
    return price


def card_retake_price(activity: Activity, currency: Currency) -> Money:
    """What a card holder's retake costs: nothing, or the amount set for phase 3 (INS-3).

    Raises NoPriceInCurrency.
    """
    if not activity.retake_price_with_card:
        return Money.zero(currency)
    price = price_in(activity.retake_price_with_card, currency)
    if price is None:
        raise NoPriceInCurrency(activity=activity.name, currency=currency)
    return price


def phase_price(prices: Sequence[Money], activity: Activity, currency: Currency) -> Money:
    """The activity's price inside a phase, else its own (INS-2). Raises NoPriceInCurrency."""
    return price_in(prices, currency) or base_price(activity, currency)


def discounted(price: Money, discount: Discount) -> Money:
    """The price less the discount, rounded once, never below 0; one without an amount in that currency
    takes nothing off (CAT-3)."""
    if discount.percent is not None:
        return price.percent(100 - discount.percent)
    amount = price_in(discount.amounts, price.currency)
    return price if amount is None else max(Money.zero(price.currency), price - amount)


def spread(discount: Discount, prices: Sequence[Money]) -> list[Discount]:
    """The discount's amount shared out over these prices, to the cent, in proportion (CAT-3)."""
    currency = prices[0].currency
    amount = price_in(discount.amounts, currency) or Money.zero(currency)
    total, so_far, given = sum(price.minor for price in prices), 0, 0
    shares = []
    for price in prices:
        so_far += price.minor
        upto = amount.minor * so_far // total if total else 0
        shares.append(replace(discount, amounts=(Money(minor=upto - given, currency=currency),)))
        given = upto
    return shares


def may_choose(discount: Discount, roles: Sequence[Role], today: date) -> None:
    """Catalogue discounts only, by whom and when they may be chosen (CAT-1, CAT-4).

    Raises DiscountNotAllowed, DiscountNotValid.
    """
    if not set(roles) & set(discount.chosen_by):
        raise DiscountNotAllowed(discount=discount.name)
    too_early = discount.valid_from is not None and today < discount.valid_from
    if discount.retired or too_early or (discount.valid_until is not None and today > discount.valid_until):
        raise DiscountNotValid(discount=discount.name)


_FREE: Mapping[CancelReason, FeeBasis] = {
    CancelReason.TO_PHASE: FeeBasis.TO_PHASE,
    CancelReason.MISTAKE: FeeBasis.MISTAKE,
    CancelReason.MERGED: FeeBasis.MERGED,
}
"""Endings that never cost a fee, whatever the date."""


def cancellation_fee(
    registration: ToSchedule | Scheduled, date_: GivenUp | None, *, now: datetime, why: CancelReason
) -> Fee:
    """What the terms propose for a cancellation, and why; `date_` is the date it had (INS-9).

    A date given up within the month stays in mind, whatever date was chosen since, also when the school moves
    that one; a date that the school moved is given up for nothing (ATE-10).

    An absence is settled by its own policy (ATE-7).
    """
    if (free := _FREE.get(why)) is not None:
        return Fee(basis=free)
    sale = registration.sale
    current = registration.workshop if isinstance(registration, Scheduled) else None
    moved = current if isinstance(registration, Scheduled) and registration.moved else sale.left_after_move
    if current is not None and moved is None and date_ is not None and deposit_lost(sale.terms, date_, now):
        return Fee(basis=FeeBasis.LATE, workshop=current)
    if sale.deferred_by_school is not None:
        return Fee(basis=FeeBasis.BY_SCHOOL, workshop=sale.deferred_by_school)
    if sale.deposit_lost_with is not None:
        return Fee(basis=FeeBasis.LATE_DEFERRAL, workshop=sale.deposit_lost_with)
    if moved is not None:
        return Fee(basis=FeeBasis.BY_SCHOOL, workshop=moved)
    return Fee(basis=FeeBasis.NONE, workshop=current)


def known_invoice(invoice: Invoice) -> Issued:
    """The issued invoice. Raises NoSuchInvoice."""
    if not isinstance(invoice, Issued):
        raise NoSuchInvoice
    return invoice


def of_currency(invoice: Issued, amount: Money) -> None:
    """Money of one currency never settles another (CAT-2). Raises OtherCurrency."""
    if amount.currency != invoice.currency:
        raise OtherCurrency(currency=invoice.currency)


def proposed_fee(invoice: Issued, line: Line, fee: Fee | None) -> Money:
    """What the terms come to on this line, never above what it asks for (INS-9, ATE-7).

    Late: what was paid of its deposit, noted or deposited. Absent: a share of its price, or the deposit.
    """
    match None if fee is None else fee.basis:
        case FeeBasis.LATE | FeeBasis.LATE_DEFERRAL:
            amount = min(line.deposit, invoice.paid(line.id))
        case FeeBasis.ABSENT_SHARE if fee is not None and fee.percent is not None:
            amount = line.price.percent(fee.percent)
        case FeeBasis.ABSENT_DEPOSIT:
            amount = line.deposit
        case _:
            amount = Money.zero(invoice.currency)
    return min(amount, invoice.due(line))


def known_line(invoice: Issued, line: UUID) -> Line:
    """The line. Raises NoSuchLine."""
    found = next((known for known in invoice.lines if known.id == line), None)
    if found is None:
        raise NoSuchLine
    return found


def not_in_a_case(invoice: Issued, line: UUID) -> None:
    """Until a cancellation is decided, nothing more is paid on its line or taken off it (FAC-1).

    Raises CaseOpen.
    """
    case = invoice.case_of(line)
    if case is not None and case.is_open:
        raise CaseOpen(case=case.id)


def known_case(invoice: Issued, case: UUID) -> Case:
    """The case. Raises NoSuchCase."""
    try:
        return invoice.cases[case]
    except KeyError:
        raise NoSuchCase from None


def credited_by(invoice: Issued, case: Case, kept: Money) -> Money:
    """What the credit note of a decided case is about: the price less the fee (FAC-4).

    Raises OtherCurrency, FeeTooHigh.
    """
    of_currency(invoice, kept)
    price = invoice.price(known_line(invoice, case.line))
    if price < kept:
        raise FeeTooHigh(price=price)
    return price - kept


def money_open(invoice: Invoice) -> bool:
    """A balance, an open case, or a payment not yet deposited (DOS-8)."""
    if not isinstance(invoice, Issued):
        return False
    noted = any(payment.counts and not payment.deposited for payment in invoice.payments)
    return invoice.balance.minor != 0 or bool(invoice.undecided) or noted


def starts_soon(starts: datetime, now: datetime, hours: int) -> bool:
    """Starting in 48 h or less, the limit included, in elapsed time between instants (INS-4)."""
    # Two instants of one zone would be subtracted as its clocks show them.
    return starts.astimezone(UTC) - now.astimezone(UTC) <= timedelta(hours=hours)


def paid_before_a_near_date(sale: Sale, invoices: Iterable[Invoice], *, waived: bool) -> bool:
    """Before a date within 48 h is chosen the registration's lines are paid, noted money too, unless staff
    waive it (INS-4).

    Answers whether they are, so that a waiver is kept where it was needed. Raises FullPaymentNeeded.
    """
    due = paid = Money.zero(sale.price.currency)
    for invoice in map(known_invoice, invoices):
        for line in invoice.lines:
            if line.id in sale.lines:
                due, paid = due + invoice.due(line), paid + invoice.paid(line.id)
    if paid < due and not waived:
        raise FullPaymentNeeded(due=due, paid=paid)
    return paid >= due
