"""Give credit of an invoice back, at once or, above the limit, once a second person agrees (FAC-4)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar
from uuid import UUID

from pydantic import Field

from aggregates.catalogue.state import SETTINGS, SETTINGS_ID
from aggregates.invoice.policies import known_invoice
from aggregates.invoice.refunds.decisions import refund
from aggregates.invoice.state import INVOICE
from aggregates.kernel import Role
from commands.access import Scope, anyone
from commands.crediting import RefundOf, givings, needs_second
from commands.message import Act, Command
from schema.store import Change


class RefundCredit(Command):
    """Give credit back, out of named payments; all of it above the limit waits for `approve-refund`.

    Refused: no_such_invoice, no_such_payment, other_currency, payment_not_deposited, not_a_card_payment,
    refund_too_high. Makes `refund-1` and so on.
    """

    ALLOWED: ClassVar[Mapping[Role, Scope]] = anyone(Role.ACCOUNTING)
    RULES: ClassVar[tuple[str, ...]] = ("FAC-4",)

    invoice: UUID
    refunds: tuple[RefundOf, ...] = Field(min_length=1, max_length=50)


def handle(command: RefundCredit, act: Act) -> list[Change]:
    invoice, settings = act.load(INVOICE.at(command.invoice), SETTINGS.at(SETTINGS_ID))
    issued = known_invoice(invoice.state)
    assert act.who.user is not None
    refunded = refund(
        issued,
        givings(act, command.refunds),
        by=act.who.user,
        needs_second=needs_second(settings.state, issued, command.refunds),
    )
    return [Change(invoice, refunded)]
