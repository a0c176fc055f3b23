"""What staff sell a client in one act, decided but for its payment: registrations and quotes share it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from aggregates.client.state import Client
from aggregates.invoice.pricing import full_payment_given
from aggregates.invoice.state import Invoice
from aggregates.kernel import Fact
from commands.paying import FirstPayment
from commands.paying_at_once import noted_at_once
from commands.selling import Sale, Sold
from schema.store import Change, Loaded


@dataclass(frozen=True)
class Purchase:
    """Places with their prices, what they do to the client's file, and their seats."""

    sale: Sale
    client: Loaded[Client]
    invoice: Loaded[Invoice]
    sold: Sequence[Sold]
    facts: Sequence[Fact]
    seats: Sequence[Change]

    def invoiced(
        self,
        payment: FirstPayment | None,
        *,
        waive_reason: str | None,
        outside_phase_reason: str | None = None,
    ) -> list[Change]:
        """The whole act; draws the invoice's number (FAC-1).

        Raises FullPaymentNeeded (INS-4), OtherCurrency, RosterCapExceeded.
        """
        paid = None if payment is None else payment.amount
        full_payment_given([s.quote for s in self.sold], paid=paid, waived=waive_reason is not None)
        exceptions = [
            exception
            for s in self.sold
            for exception in self.sale.gone_past(
                s, waive_reason=waive_reason, outside_phase_reason=outside_phase_reason
            )
        ]
        bill = noted_at_once(payment, self.sale.act, self.sale.invoice(self.invoice, self.sold), self.sold)
        return [Change(self.client, [*self.facts, *exceptions]), *self.seats, bill]
