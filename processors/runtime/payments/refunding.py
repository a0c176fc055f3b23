"""Gives money back to the card it came from, once, as accounting approved it (FAC-4)."""

from __future__ import annotations

from functools import partial

from aggregates.ledger.events import DifferenceKind
from commands.dispatch import Dispatcher
from processors.runtime.payments.answers import Movement, ProviderRefusedError, ProviderTroubleError
from processors.runtime.payments.differing import differs
from processors.runtime.payments.held import HeldIntents, pause_after
from processors.runtime.payments.intents import Intent
from processors.runtime.payments.paypal import PayPal
from processors.runtime.payments.steps import Says, Step, next_refund_step, said_of_refund


class Refunder:
    """What the cashier does about refunds."""

    def __init__(self, held: HeldIntents, provider: PayPal, dispatcher: Dispatcher) -> None:
        self._held = held
        self._provider = provider
        self._dispatcher = dispatcher
        self._differs = partial(differs, dispatcher)

    def give_back(self, intent: Intent) -> None:
        """Approved by accounting, it leaves once: what was asked before is looked for first (FAC-4).

        Raises LeaseLostError and ProviderTroubleError.
        """
        assert intent.payment is not None
        found = self._held.capture_of(intent.payment)
        if found is None:
            self._not_made(intent, "no_capture")
            return
        capture, order_id = found
        says, refund = self._look_for(intent, order_id)
        step = next_refund_step(intent.state, says)
        if step is Step.ASK:
            if intent.state == "wanted":
                self._held.asked(intent, self._dispatcher.clock())
            try:
                refund = self._provider.refund(intent.id, capture, intent.amount)
                says = said_of_refund(intent.id, intent.amount, refund)
            except ProviderRefusedError as refused:
                says, refund = self._look_for(intent, order_id)
                if says is Says.WAITING:
                    self._not_made(intent, refused.code)
                    return
            step = next_refund_step("asked", says)
        self._settle_refund(intent, step, says, refund)

    def _look_for(self, intent: Intent, order_id: str) -> tuple[Says, Movement | None]:
        """What the provider says of the refund."""
        try:
            order = self._provider.order(order_id)
        except ProviderTroubleError:
            return Says.NOTHING, None
        except ProviderRefusedError as refused:
            return Says.UNKNOWN if refused.unknown else Says.NOTHING, None
        found = next((r for r in order.refunds if r.ours == intent.id.hex), None)
        return said_of_refund(intent.id, intent.amount, found), found

    def _settle_refund(self, intent: Intent, step: Step, says: Says, refund: Movement | None) -> None:
        if step is Step.COUNT:
            self._held.done(intent, self._dispatcher.clock())
        elif step is not Step.END:
            self._held.later(intent, pause_after(intent.attempts), says.value)
        elif says is Says.OTHER and refund is not None:
            self._differs(DifferenceKind.OTHER_AMOUNT, refund, intent)
            self._held.ended(intent, "other_amount", self._dispatcher.clock())
        else:
            self._not_made(intent, says.value if refund is None else refund.status)

    def _not_made(self, intent: Intent, code: str) -> None:
        self._differs(DifferenceKind.REFUND_NOT_MADE, Movement(intent.id.hex, code, None, None), intent)
        self._held.ended(intent, code, self._dispatcher.clock())
