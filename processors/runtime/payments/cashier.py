"""Carries each intent on, one look at a time: ask the provider, take the money, count it once (FAC-3).

What follows from what stands in `steps.py`. Whatever the provider was asked may have happened: `asked` is
left by inquiry alone.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable
from datetime import timedelta
from functools import partial
from typing import Any
from uuid import UUID, uuid5

import psycopg
from eventsourcing.persistence import OperationalError
from psycopg_pool import ConnectionPool, PoolTimeout

from aggregates.kernel import Role
from aggregates.ledger.events import DifferenceKind
from commands import payable
from commands.access import SYSTEM, anyone
from commands.baskets.capture_payment import CapturePayment
from commands.baskets.release_basket import ReleaseBasket
from commands.dispatch import Dispatcher, StreamClashError
from commands.payments.capture_balance import CaptureBalance, payment_of
from processors.runtime.payments import intents
from processors.runtime.payments.answers import (
    TAKEN,
    Movement,
    Order,
    ProviderRefusedError,
    ProviderTroubleError,
)
from processors.runtime.payments.differing import differs
from processors.runtime.payments.held import (
    FIRST_PAUSE,
    LEASE_SECONDS,
    HeldIntents,
    LeaseLostError,
    pause_after,
)
from processors.runtime.payments.intents import Intent
from processors.runtime.payments.paypal import PayPal
from processors.runtime.payments.refunding import Refunder
from processors.runtime.payments.steps import (
    Ours,
    Says,
    Step,
    next_step,
    said_of_payment,
    why,
)

log = logging.getLogger(__name__)
APPROVAL = timedelta(hours=3)
"""How long a payer may take, by the school's clock; the provider forgets the order then."""
DECLINED_FOR = timedelta(minutes=30)
"""How long a declined card is tried again, should the payer have chosen another one."""
IN_FLIGHT = timedelta(minutes=2)
"""A request that was asked for longer ago, by the school's clock, doesn't arrive any more."""
STUCK = timedelta(hours=1)
"""Who was asked to move money and doesn't say for so long what became of it: accounting look into it."""
_AT_ONCE = 20
_DESCRIBED = "Ateliers"
"""What payers read at the provider; it names nobody and no activity."""
_DATABASE_AWAY = (psycopg.OperationalError, OperationalError, PoolTimeout)
_SYSTEM = anyone(Role.SYSTEM)


class Cashier:
    """What a worker does about payments; any number of them may run."""

    def __init__(
        self,
        pool: ConnectionPool[Any],
        provider: PayPal,
        dispatcher: Dispatcher,
        *,
        public_url: str,
        lease_seconds: float = LEASE_SECONDS,
    ) -> None:
        self._pool = pool
        self._held = HeldIntents(pool, lease_seconds)
        self._provider = provider
        self._dispatcher = dispatcher
        self._public_url = public_url
        self._differs = partial(differs, dispatcher)
        self._refunder = Refunder(self._held, provider, dispatcher)

    def run(self, stop: threading.Event, wait: Callable[[float], None], beside: Callable[[], None]) -> None:
        """Look at what is due until stopped, and call `beside` in between; wakes after a second or a call."""
        while not stop.is_set():
            try:
                beside()
                if not self.turn():
                    wait(1.0)
            except Exception as error:  # the database is away, or an error of ours: payments must go on
                log.error("the cashier stumbled: %s", type(error).__name__)
                stop.wait(0.5)

    def turn(self) -> int:
        """Look once at what is due; answers how many intents that were."""
        with self._pool.connection() as connection:
            found = intents.due(connection, _AT_ONCE)
        for id_ in found:
            self.look(id_)
        return len(found)

    def look(self, id_: UUID) -> None:
        """Carry one intent on as far as it goes. Raises OperationalError while the database is away."""
        intent = self._held.claim(id_)
        if intent is None:
            return
        self._guarded(intent, self._refunder.give_back if intent.kind == "refund" else self._take)
        self._guarded(intent, self._tell_if_stuck)

    def _guarded(self, intent: Intent, act: Callable[[Intent], None]) -> None:
        try:
            act(intent)
        except LeaseLostError:
            log.info("intent %s is in other hands", intent.id)
        except ProviderTroubleError as trouble:
            self._later(intent, str(trouble))
        except ProviderRefusedError as refused:
            self._later(intent, refused.code)
        except StreamClashError:
            self._later(intent, "stream_clash")
        except _DATABASE_AWAY:
            raise
        except Exception as error:  # one that can't be carried on must not hold up the others
            log.error("intent %s failed: %s", intent.id, type(error).__name__)
            self._later(intent, type(error).__name__)

    def _later(self, intent: Intent, error: str) -> None:
        try:
            self._held.later(intent, pause_after(intent.attempts), error)
        except LeaseLostError:
            log.info("intent %s is in other hands", intent.id)

    def _tell_if_stuck(self, intent: Intent) -> None:
        """Asked for long ago and not settled by this look either: a to-do, while the inquiry goes on."""
        since = intent.made_at if intent.kind == "refund" else intent.asked_at
        if since is None or self._dispatcher.clock() - since <= STUCK:
            return
        with self._pool.connection() as connection:
            found = intents.find(connection, intent.id)
        if found is not None and not found.is_settled:
            movement = Movement(intent.id.hex, found.state, None, None)
            self._differs(DifferenceKind.UNSETTLED, movement, intent)

    def _take(self, intent: Intent) -> None:
        if intent.state == "wanted":
            self._open(intent)
        elif intent.state == "moved":
            self._count(intent)
        else:
            self._follow(intent)

    def _open(self, intent: Intent) -> None:
        ours = self._want(intent, Says.WAITING)
        if ours is Ours.WANTED and not self._is_asked_for(intent):
            ours = Ours.UNWANTED
        if next_step(intent.state, Says.WAITING, ours) is not Step.OPEN:
            self._end(intent, why(Says.WAITING, ours))
            return
        back = f"{self._public_url}/payer/retour/{intent.id}"
        try:
            order = self._provider.create_order(intent.id, intent.amount, back, _DESCRIBED)
        except ProviderRefusedError as refused:
            self._end(intent, refused.code)
            return
        if said_of_payment(intent.id, intent.amount, order) is Says.OTHER:
            self._differs(DifferenceKind.OTHER_ORDER, _movement(order), intent)
            self._end(intent, "other_order")
            return
        self._held.opened(intent, order.id, order.approve_url)
        self._held.later(intent, FIRST_PAUSE)

    def _follow(self, intent: Intent) -> None:
        """Ask what became of the order; the payer's word, and what was taken, stand there alone."""
        says, order, word = self._inquire(intent)
        ours = self._want(intent, says)
        match next_step(intent.state, says, ours):
            case Step.COUNT:
                assert order is not None
                self._keep(intent, order)
                self._count(intent)
            case Step.ASK:
                self._capture(intent)
            case Step.END:
                self._end(intent, why(says, ours))
            case Step.REST:
                self._held.rests(intent)
            case _:
                self._held.later(intent, pause_after(intent.attempts), word)

    def _inquire(self, intent: Intent) -> tuple[Says, Order | None, str | None]:
        """What the provider says, with the order, and a word to remember about it."""
        assert intent.order_id is not None
        try:
            order = self._provider.order(intent.order_id)
        except ProviderTroubleError as trouble:
            return Says.NOTHING, None, _declined(intent) or str(trouble)
        except ProviderRefusedError as refused:
            return Says.UNKNOWN if refused.unknown else Says.NOTHING, None, refused.code
        says = said_of_payment(intent.id, intent.amount, order)
        if says is Says.OTHER:
            taken = [c for c in order.captures if c.status in TAKEN]
            for other in taken or [_movement(order)]:
                self._differs(DifferenceKind.OTHER_ORDER, other, intent)
        return says, order, "pending" if says is Says.PENDING else _declined(intent)

    def _want(self, intent: Intent, says: Says) -> Ours:
        """What we want of it; the books are only asked where money would be taken."""
        if intent.state in ("wanted", "open") and self._held.is_superseded(intent):
            return Ours.SUPERSEDED
        if intent.state == "asked" and says is Says.APPROVED and not self._is_asked_for(intent):
            return Ours.IN_FLIGHT if self._is_in_flight(intent) else Ours.UNWANTED
        if intent.error in _DECLINED and self._is_older(intent, DECLINED_FOR):
            return Ours.DECLINED
        return Ours.OVER if self._is_older(intent, APPROVAL) else Ours.WANTED

    def _capture(self, intent: Intent) -> None:
        """Take the money. First the invoice is ours alone, then the books are asked: none is paid twice."""
        assert intent.order_id is not None
        if intent.state != "asked":
            if not self._held.asked(intent, self._dispatcher.clock()):
                self._held.later(intent, FIRST_PAUSE, "another_under_way")
                return
            if not self._is_asked_for(intent):
                self._end(intent, why(Says.APPROVED, Ours.UNWANTED))
                return
        try:
            order = self._provider.capture(intent.id, intent.order_id)
        except ProviderRefusedError as refused:
            self._not_captured(intent, refused.code)
            return
        says = said_of_payment(intent.id, intent.amount, order)
        if says is Says.TAKEN:
            self._keep(intent, order)
            self._count(intent)
        else:
            self._held.later(intent, pause_after(intent.attempts), order.status)

    def _not_captured(self, intent: Intent, code: str) -> None:
        """Refused: an earlier request may have been carried out all the same, so ask before it ends."""
        if code in _DECLINED:
            self._held.open_again(intent, code)
            self._held.later(intent, pause_after(intent.attempts), code)
            return
        says, order, _ = self._inquire(intent)
        if says is Says.TAKEN:
            assert order is not None
            self._keep(intent, order)
            self._count(intent)
        elif code in _TAKEN_BEFORE or next_step("asked", says, Ours.UNWANTED) is not Step.END:
            self._held.later(intent, pause_after(intent.attempts), code)
        else:
            self._end(intent, code)

    def _keep(self, intent: Intent, order: Order) -> None:
        """What was taken is kept before it is counted."""
        ours = [c for c in order.captures if c.status in TAKEN and c.amount is not None]
        for other in (c for c in order.captures if c.status in TAKEN and c not in ours):
            self._differs(DifferenceKind.OTHER_ORDER, other, intent)
        self._held.moved(intent, [(c, payment_of(c.id)) for c in ours])
        for other in (c for c in ours if c.amount != intent.amount):
            self._differs(DifferenceKind.OTHER_AMOUNT, other, intent)

    def _count(self, intent: Intent) -> None:
        """Say to the log what was taken; under the same ids however often, so that it counts once."""
        assert intent.client is not None
        for capture in self._held.captures(intent):
            if capture.counted:
                continue
            command: CapturePayment | CaptureBalance
            if intent.attempt is None:
                command = CaptureBalance(
                    client=intent.client,
                    invoice=intent.invoice,
                    payment=capture.payment,
                    amount=capture.amount,
                    registration=intent.registration,
                )
            else:
                command = CapturePayment(
                    client=intent.client,
                    basket=intent.invoice,
                    attempt=intent.attempt,
                    payment=capture.payment,
                    amount=capture.amount,
                )
            self._dispatcher.dispatch(command, SYSTEM, uuid5(capture.payment, "count"))
            self._held.counted(capture.capture, self._dispatcher.clock())
        self._held.done(intent, self._dispatcher.clock())

    def _is_older(self, intent: Intent, than: timedelta) -> bool:
        return self._dispatcher.clock() - intent.made_at > than

    def _is_in_flight(self, intent: Intent) -> bool:
        return intent.asked_at is not None and self._dispatcher.clock() - intent.asked_at <= IN_FLIGHT

    def _is_asked_for(self, intent: Intent) -> bool:
        wish = partial(
            payable.still_wanted, invoice=intent.invoice, attempt=intent.attempt, amount=intent.amount
        )
        return self._dispatcher.consider(wish, SYSTEM, _SYSTEM)

    def _end(self, intent: Intent, outcome: str) -> None:
        """Nothing will be paid: seats held for it are free, unless another payment wants them (FAC-1)."""
        self._held.ended(intent, outcome, self._dispatcher.clock())
        if self._held.is_superseded(intent):
            return
        if intent.attempt is not None and intent.client is not None:
            wish = ReleaseBasket(client=intent.client, attempt=intent.attempt)
            self._dispatcher.dispatch(wish, SYSTEM, intents.release_of(intent.id))


_DECLINED = frozenset({"INSTRUMENT_DECLINED", "PAYER_ACTION_REQUIRED", "ORDER_NOT_APPROVED"})
_TAKEN_BEFORE = frozenset({"ORDER_ALREADY_CAPTURED", "ORDER_COMPLETED_OR_VOIDED"})


def _movement(order: Order) -> Movement:
    return Movement(order.id, order.status, order.amount, None)


def _declined(intent: Intent) -> str | None:
    """That a card was declined is remembered until the payer's time is over."""
    return intent.error if intent.error in _DECLINED else None
