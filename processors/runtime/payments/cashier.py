"""Carries each intent on, one look at a time: ask the provider, take the money, count it once (FAC-3).

    wanted → open → asked → moved → done        a payment: the payer approves while it is open
    wanted → asked → done                       a refund
    any of the first three → ended              nothing was paid

Whatever the provider was asked may have happened: `asked` is left by inquiry alone.
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

log = logging.getLogger(__name__)
APPROVAL = timedelta(hours=3)
"""How long a payer may take, by the school's clock; the provider forgets the order then."""
DECLINED_FOR = timedelta(minutes=30)
"""How long a declined card is tried again, should the payer have chosen another one."""
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
        if intent.state == "moved":
            self._count(intent)
        elif intent.state == "wanted":
            self._open(intent)
        else:
            self._follow(intent)

    def _open(self, intent: Intent) -> None:
        if self._is_older(intent, APPROVAL) or not self._wanted(intent):
            self._end(intent, "not_asked_any_more")
            return
        back = f"{self._public_url}/payer/retour/{intent.id}"
        try:
            order = self._provider.create_order(intent.id, intent.amount, back, _DESCRIBED)
        except ProviderRefusedError as refused:
            self._end(intent, refused.code)
            return
        if self._is_ours(intent, order):
            self._intents.opened(intent, order.id, order.approve_url)
            self._intents.later(intent, _FIRST_PAUSE)

    def _follow(self, intent: Intent) -> None:
        """Ask what became of the order; the payer's word, and what was taken, stand there alone."""
        assert intent.order_id is not None
        try:
            order = self._provider.order(intent.order_id)
        except ProviderRefusedError as refused:
            if not refused.unknown:
                raise
            self._end(intent, refused.code)
            return
        if self._settled(intent, order) or not self._is_ours(intent, order):
            return
        if order.status == "APPROVED" and intent.error in _DECLINED and self._is_older(intent, DECLINED_FOR):
            self._end(intent, "declined")
        elif order.status == "APPROVED":
            self._capture(intent, order.id)
        elif order.status == "VOIDED":
            self._end(intent, "voided")
        elif intent.state == "open" and self._is_older(intent, APPROVAL):
            self._end(intent, "not_approved")
        else:
            self._intents.later(intent, pause_after(intent.attempts))

    def _capture(self, intent: Intent, order_id: str) -> None:
        if intent.state != "asked":
            if not self._intents.asked(intent):
                self._intents.later(intent, _FIRST_PAUSE, "another_under_way")
                return
            if not self._wanted(intent):
                self._end(intent, "not_asked_any_more")
                return
        try:
            order = self._provider.capture(intent.id, order_id)
        except ProviderRefusedError as refused:
            if refused.code in _DECLINED:
                self._intents.open_again(intent, refused.code)
            raise
        if not self._settled(intent, order):
            self._intents.later(intent, pause_after(intent.attempts), order.status)

    def _settled(self, intent: Intent, order: Order) -> bool:
        """Whether the order says what became of the money; what was taken is kept and counted."""
        taken = [c for c in order.captures if c.status in TAKEN]
        ours = [c for c in taken if order.ours == intent.id.hex and c.amount is not None]
        for other in (c for c in taken if c not in ours):
            self._differs(DifferenceKind.OTHER_ORDER, other, intent)
        if ours:
            self._intents.moved(intent, [(c, payment_of(c.id)) for c in ours])
            for other in (c for c in ours if c.amount != intent.amount):
                self._differs(DifferenceKind.OTHER_AMOUNT, other, intent)
            self._count(intent)
        elif any(c.status == "PENDING" for c in order.captures):
            self._intents.later(intent, pause_after(intent.attempts), "pending")
        elif order.captures and order.status == "COMPLETED":
            self._end(intent, "declined")
        else:
            return False
        return True

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

    def _wanted(self, intent: Intent) -> bool:
        wish = partial(
            payable.still_wanted, invoice=intent.invoice, attempt=intent.attempt, amount=intent.amount
        )
        return self._dispatcher.consider(wish, SYSTEM, _SYSTEM)

    def _is_ours(self, intent: Intent, order: Order) -> bool:
        """Whether the order is the one asked for; a provider may answer a known id with other data."""
        if order.ours == intent.id.hex and order.amount == intent.amount:
            return True
        self._differs(
            DifferenceKind.OTHER_ORDER, Movement(order.id, order.status, order.amount, None), intent
        )
        self._end(intent, "other_order")
        return False

    def _end(self, intent: Intent, outcome: str) -> None:
        """Nothing will be paid: seats that were held for it are free (FAC-1)."""
        self._intents.ended(intent, outcome, self._dispatcher.clock())
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
        try:
            before = [r for r in self._provider.order(order_id).refunds if r.ours == intent.id.hex]
            if not before and intent.state == "wanted":
                self._intents.asked(intent)
            refund = before[0] if before else self._provider.refund(intent.id, capture, intent.amount)
        except ProviderRefusedError as refused:
            self._not_made(intent, refused.code)
        else:
            self._given(intent, refund)

    def _given(self, intent: Intent, refund: Movement) -> None:
        if refund.status in ("FAILED", "CANCELLED"):
            self._not_made(intent, refund.status)
        elif refund.ours != intent.id.hex or refund.amount != intent.amount:
            self._differs(DifferenceKind.OTHER_AMOUNT, refund, intent)
            self._intents.ended(intent, "other_amount", self._dispatcher.clock())
        elif refund.status == "COMPLETED":
            self._intents.done(intent, self._dispatcher.clock())
        else:
            self._intents.later(intent, pause_after(intent.attempts), refund.status)

    def _not_made(self, intent: Intent, code: str) -> None:
        self._differs(DifferenceKind.REFUND_NOT_MADE, Movement(intent.id.hex, code, None, None), intent)
        self._intents.ended(intent, code, self._dispatcher.clock())

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
_FIRST_PAUSE, _LONGEST_PAUSE = 2.0, 120.0


def pause_after(attempts: int) -> float:
    """Seconds to the next look: 2, then twice as long each time, 2 minutes at the most (T17: 15 min)."""
    return min(_LONGEST_PAUSE, _FIRST_PAUSE * 2.0 ** min(attempts - 1, 10))
