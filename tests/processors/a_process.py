"""The clock or a worker in a process of its own: -m tests.processors.a_process ROLE DATABASE BROKER MAILS."""

from __future__ import annotations

import sys
import threading

from processors.runtime.delivery import Delivery
from processors.runtime.following import Runtime
from processors.runtime.mail_server import MailServer
from processors.runtime.queue import DeliveryQueue
from processors.runtime.reads import ReadLoop
from service.bootstrap import write_side
from service.wakeup import Alarm
from tests.processors.post import WITHOUT_ACCOUNTS
from tests.support.write_side import VAULT

LEASE_SECONDS = 4.0
SWEEP_SECONDS = 1.0


def main(role: str, database: str, broker: str, mails: str) -> None:
    """Run until killed, with shorter pauses than the service's."""
    for_ever = threading.Event()
    with (
        write_side(database, VAULT, lambda: None, settable_clock=False) as side,
        ReadLoop(database, 2) as reads,
    ):
        delivery = Delivery(
            reads,
            side.pool,
            side.store,
            MailServer(mails, "ecole@example.com"),
            public_url="https://portail.example.com",
            clock=side.clock,
            lease_seconds=LEASE_SECONDS,
        )
        queue = DeliveryQueue(broker, delivery.deliver)
        if role == "work":
            queue.worker(2).start()
            for_ever.wait()
        Runtime(
            database,
            side.store,
            WITHOUT_ACCOUNTS,
            dispatcher=side.dispatcher,
            enqueue=queue.enqueue,
            room=queue.room,
            clock=side.clock,
            wait=Alarm(broker).wait,
            sweep_seconds=SWEEP_SECONDS,
        ).run(for_ever)


if __name__ == "__main__":
    main(*sys.argv[1:])
