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
from uuid import UUID, uuid4, uuid5

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
from commands.ledger.report_difference import ReportDifference, difference_of
from commands.payments.capture_balance import CaptureBalance, payment_of
from processors.runtime.payments import intents
from processors.runtime.payments.answers import (
    TAKEN,
    Movement,
    Order,
    ProviderRefusedError,
    ProviderTroubleError,
)
from processors.runtime.payments.intents import Intent, Intents, LeaseLostError
from processors.runtime.payments.paypal import PayPal
from processors.runtime.payments.steps import (
    Ours,
    Says,
    Step,
    next_refund_step,
    next_step,
    said_of_payment,
    said_of_refund,
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
        lease_seconds: float = intents.LEASE_SECONDS,
    ) -> None:
        self._pool = pool
        self._intents = Intents(pool, lease_seconds)
        self._provider = provider
        self._dispatcher = dispatcher
        self._public_url = public_url

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
        intent = self._intents.claim(id_)
        if intent is None:
            return
        try:
            self._tell_if_stuck(intent)
            if intent.kind == "refund":
                self._give_back(intent)
            else:
                self._take(intent)
        except LeaseLostError:
            log.info("intent %s is in other hands", id_)
        except ProviderTroubleError as trouble:
            self._later(intent, str(trouble))
        except ProviderRefusedError as refused:
            self._later(intent, refused.code)
        except StreamClashError:
            self._later(intent, "stream_clash")
        except _DATABASE_AWAY:
            raise
        except Exception as error:  # one that can't be carried on must not hold up the others
            log.error("intent %s failed: %s", id_, type(error).__name__)
            self._later(intent, type(error).__name__)

    def _later(self, intent: Intent, error: str) -> None:
        try:
            self._intents.later(intent, pause_after(intent.attempts), error)
        except LeaseLostError:
            log.info("intent %s is in other hands", intent.id)

    # -- payments ---------------------------------------------------------------------------------------

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
        self._intents.opened(intent, order.id, order.approve_url)
        self._intents.later(intent, _FIRST_PAUSE)

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
                self._intents.rests(intent)
            case _:
                self._intents.later(intent, pause_after(intent.attempts), word)

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
        if intent.state in ("wanted", "open") and self._intents.is_superseded(intent):
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
            if not self._intents.asked(intent, self._dispatcher.clock()):
                self._intents.later(intent, _FIRST_PAUSE, "another_under_way")
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
            self._intents.later(intent, pause_after(intent.attempts), order.status)

    def _not_captured(self, intent: Intent, code: str) -> None:
        """Refused: an earlier request may have been carried out all the same, so ask before it ends."""
        if code in _DECLINED:
            self._intents.open_again(intent, code)
            self._intents.later(intent, pause_after(intent.attempts), code)
            return
        says, order, _ = self._inquire(intent)
        if says is Says.TAKEN:
            assert order is not None
            self._keep(intent, order)
            self._count(intent)
        elif code in _TAKEN_BEFORE or next_step("asked", says, Ours.UNWANTED) is not Step.END:
            self._intents.later(intent, pause_after(intent.attempts), code)
        else:
            self._end(intent, code)

    def _keep(self, intent: Intent, order: Order) -> None:
        """What was taken is kept before it is counted."""
        ours = [c for c in order.captures if c.status in TAKEN and c.amount is not None]
        for other in (c for c in order.captures if c.status in TAKEN and c not in ours):
            self._differs(DifferenceKind.OTHER_ORDER, other, intent)
        self._intents.moved(intent, [(c, payment_of(c.id)) for c in ours])
        for other in (c for c in ours if c.amount != intent.amount):
            self._differs(DifferenceKind.OTHER_AMOUNT, other, intent)

    def _count(self, intent: Intent) -> None:
        """Say to the log what was taken; under the same ids however often, so that it counts once."""
        assert intent.client is not None
        for capture in self._intents.captures(intent):
            if capture.counted:
                continue
            command: CapturePayment | CaptureBalance
            if intent.attempt is None:
                command = CaptureBalance(
                    client=intent.client,
                    invoice=intent.invoice,
                    payment=capture.payment,
                    amount=capture.amount,
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
            self._intents.counted(capture.capture, self._dispatcher.clock())
        self._intents.done(intent, self._dispatcher.clock())

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
        self._intents.ended(intent, outcome, self._dispatcher.clock())
        if self._intents.is_superseded(intent):
            return
        if intent.attempt is not None and intent.client is not None:
            wish = ReleaseBasket(client=intent.client, attempt=intent.attempt)
            self._dispatcher.dispatch(wish, SYSTEM, intents.release_of(intent.id))

    # -- refunds ----------------------------------------------------------------------------------------

    def _give_back(self, intent: Intent) -> None:
        """Approved by accounting, it leaves once: what was asked before is looked for first (FAC-4)."""
        assert intent.payment is not None
        found = self._intents.capture_of(intent.payment)
        if found is None:
            self._not_made(intent, "no_capture")
            return
        capture, order_id = found
        says, refund = self._look_for(intent, order_id)
        step = next_refund_step(intent.state, says)
        if step is Step.ASK:
            if intent.state == "wanted":
                self._intents.asked(intent, self._dispatcher.clock())
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
            self._intents.done(intent, self._dispatcher.clock())
        elif step is not Step.END:
            self._intents.later(intent, pause_after(intent.attempts), says.value)
        elif says is Says.OTHER and refund is not None:
            self._differs(DifferenceKind.OTHER_AMOUNT, refund, intent)
            self._intents.ended(intent, "other_amount", self._dispatcher.clock())
        else:
            self._not_made(intent, says.value if refund is None else refund.status)

    def _not_made(self, intent: Intent, code: str) -> None:
        self._differs(DifferenceKind.REFUND_NOT_MADE, Movement(intent.id.hex, code, None, None), intent)
        self._intents.ended(intent, code, self._dispatcher.clock())

    def _tell_if_stuck(self, intent: Intent) -> None:
        """Asked for long ago and still not settled: a to-do, while the inquiry goes on."""
        since = intent.made_at if intent.kind == "refund" else intent.asked_at
        over = intent.state in ("done", "ended")
        if not over and since is not None and self._dispatcher.clock() - since > STUCK:
            movement = Movement(intent.id.hex, intent.state, None, None)
            self._differs(DifferenceKind.UNSETTLED, movement, intent)

    def _differs(self, kind: DifferenceKind, found: Movement, intent: Intent) -> None:
        """To-do of accounting, one per thing found."""
        report = ReportDifference(
            difference=difference_of(kind, found.id),
            kind=kind,
            reference=found.id,
            provider=found.amount,
            booked=intent.amount,
            invoice=intent.invoice,
        )
        self._dispatcher.dispatch(report, SYSTEM, uuid4())


_DECLINED = frozenset({"INSTRUMENT_DECLINED", "PAYER_ACTION_REQUIRED", "ORDER_NOT_APPROVED"})
_TAKEN_BEFORE = frozenset({"ORDER_ALREADY_CAPTURED", "ORDER_COMPLETED_OR_VOIDED"})
_FIRST_PAUSE, _LONGEST_PAUSE = 2.0, 120.0


def pause_after(attempts: int) -> float:
    """Seconds to the next look: 2, then twice as long each time, 2 minutes at the most (T17: 15 min)."""
    return min(_LONGEST_PAUSE, _FIRST_PAUSE * 2.0 ** min(attempts - 1, 10))


def _movement(order: Order) -> Movement:
    return Movement(order.id, order.status, order.amount, None)


def _declined(intent: Intent) -> str | None:
    """That a card was declined is remembered until the payer's time is over."""
    return intent.error if intent.error in _DECLINED else None
