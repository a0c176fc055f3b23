"""Accounting decide a cancellation: fee, refund, credit to another invoice, or nothing (FAC-4)."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from typing import ClassVar
from uuid import UUID

from pydantic import Field

from aggregates.catalogue.state import SETTINGS, SETTINGS_ID
from aggregates.client.state import CLIENT
from aggregates.invoice.decisions import Verdict, decide_case
from aggregates.invoice.policies import credited_by, known_case
from aggregates.invoice.state import INVOICE, Issued
from aggregates.kernel import Role, Value
from commands.access import Scope, anyone
from commands.crediting import RefundOf, credit_note_number, credit_received, givings, needs_second
from commands.message import Act, Command
from commands.paying import Amount, AmountOrNone, Invoices
from schema.store import Change


class CreditTo(Value):
    """Credit for another invoice of the same client and currency."""

    invoice: UUID
    amount: Amount


class DecideCase(Command):
    """Keep a fee, give money back, move some to another invoice; the rest is credit on this one.

    For what is not kept of the price a credit note is issued. Refunds that come to more than the limit
    wait for `approve-refund`.

    Refused: no_such_dossier, no_such_invoice, no_such_case, case_decided, fee_too_high, more_than_paid,
    other_currency, no_such_payment, payment_not_deposited, not_a_card_payment, refund_too_high,
    other_client, same_invoice, credit_too_low. Makes `refund-1` and so on; `credit`.
    """

    ALLOWED: ClassVar[Mapping[Role, Scope]] = anyone(Role.ACCOUNTING)
    RULES: ClassVar[tuple[str, ...]] = ("FAC-4", "FAC-1", "INS-8", "INS-9")

    client: UUID
    invoice: UUID
    case: UUID
    fee: AmountOrNone
    refunds: tuple[RefundOf, ...] = Field(default=(), max_length=50)
    credit: CreditTo | None = None


def handle(command: DecideCase, act: Act) -> list[Change]:
    wanted = [command.invoice] if command.credit is None else [command.invoice, command.credit.invoice]
    clients, loaded, settings = act.load_groups(
        [CLIENT.at(command.client)],
        [INVOICE.at(id_) for id_ in dict.fromkeys(wanted)],
        [SETTINGS.at(SETTINGS_ID)],
    )
    invoices, school = Invoices.of(loaded), settings[0].state
    state = invoices.state_of(command.invoice, clients[0])
    verdict = _verdict(command, act)
    assert act.who.user is not None
    decide = partial(
        decide_case,
        case_id=command.case,
        verdict=verdict,
        number=credit_note_number(act, school, state) if _needs_note(command, state) else None,
        today=school.day_of(act.now),
        by=act.who.user,
        needs_second=needs_second(school, state, command.refunds),
    )
    invoices.take(command.invoice, decide)
    if command.credit is not None and verdict.credit_payment is not None:
        target, amount = command.credit.invoice, command.credit.amount
        credit_received(invoices, clients[0], command.invoice, target, verdict.credit_payment, amount)
    return invoices.changes


def _verdict(command: DecideCase, act: Act) -> Verdict:
    refunds = givings(act, command.refunds)
    if command.credit is None:
        return Verdict(command.fee, refunds)
    credit = command.credit
    return Verdict(command.fee, refunds, credit.amount, credit.invoice, act.new("credit"))


def _needs_note(command: DecideCase, invoice: Issued) -> bool:
    """Something is credited. Raises NoSuchCase, OtherCurrency, FeeTooHigh."""
    case = known_case(invoice, command.case)
    return case.is_open and credited_by(invoice, case, command.fee).minor > 0
