"""What staff sell a client in one act, decided but for its payment: registrations and quotes share it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta

from aggregates.client.phases.events import Enrolled
from aggregates.client.registrations.events import ExceptionGranted, Registered
from aggregates.client.state import Client
from aggregates.invoice.basket.decisions import sell_by_card
from aggregates.invoice.basket.events import BasketFinalised, CardSaleBegun
from aggregates.invoice.basket.policies import being_paid
from aggregates.invoice.basket.refusals import CardAwaited
from aggregates.invoice.pricing import full_payment_given
from aggregates.invoice.state import Invoice
from aggregates.kernel import Fact
from aggregates.workshop.waiting.decisions import hold_seat
from commands.paying import FirstPayment
from commands.paying_at_once import noted_at_once
from commands.selling import Sale, Sold
from commands.selling_baskets import card_sale_of
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
        exceptions = self._gone_past(waive_reason, outside_phase_reason)
        bill = noted_at_once(payment, self.sale.act, self.sale.invoice(self.invoice, self.sold), self.sold)
        return [Change(self.client, [*self.facts, *exceptions]), *self.seats, bill]

    def by_card(self, *, outside_phase_reason: str | None = None) -> list[Change]:
        """Nothing but the held seats and the frozen quote, until the card is paid (INS-4, FAC-1).

        What costs nothing is invoiced at once. What staff knowingly went past is kept now, by who did.
        Raises CardAwaited.
        """
        if not any(s.quote.price.minor for s in self.sold):
            return self.invoiced(None, waive_reason=None, outside_phase_reason=outside_phase_reason)
        self._no_other_awaited()
        act, school = self.sale.act, self.sale.school
        facts = sell_by_card(
            self.invoice.state,
            CardSaleBegun(
                person=self.client.id,
                outside_phase=outside_phase_reason is not None,
                verifies=act.verifies,
            ),
            attempt=act.new("attempt"),
            currency=self.sale.buyer.currency,
            lines=[s.line for s in self.sold],
            registrations=[fact for fact in self.facts if isinstance(fact, Registered)],
            students=[fact for fact in self.facts if isinstance(fact, Enrolled)],
            now=act.now,
            hold=timedelta(minutes=school.hold_minutes),
        )
        (frozen,) = (fact for fact in facts if isinstance(fact, BasketFinalised))
        past = self._gone_past(None, outside_phase_reason)
        return [Change(self.client, past), *self._holds(frozen), Change(self.invoice, facts)]

    def _no_other_awaited(self) -> None:
        """Two staff at once hold the seat once, and the card is asked for once."""
        known = card_sale_of(self.sale.act, self.client.id)
        if known is not None:
            awaited = being_paid(self.sale.act.load(known).state)
            raise CardAwaited(basket=known.id, until=awaited.quote.until)

    def _holds(self, frozen: BasketFinalised) -> list[Change]:
        return [
            Change(
                s.place.workshop,
                hold_seat(
                    s.place.workshop.state,
                    s.registered.registration,
                    client=self.client.id,
                    retake=s.registered.retake,
                    now=self.sale.act.now,
                    until=frozen.until,
                    by_staff=True,
                ),
            )
            for s in self.sold
            if s.registered is not None and s.place.workshop is not None
        ]

    def _gone_past(
        self, waive_reason: str | None, outside_phase_reason: str | None
    ) -> list[ExceptionGranted]:
        return [
            exception
            for s in self.sold
            for exception in self.sale.gone_past(
                s, waive_reason=waive_reason, outside_phase_reason=outside_phase_reason
            )
        ]
