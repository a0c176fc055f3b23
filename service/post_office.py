"""Builds what sends mails: the queue of single ones, and the rounds of mailings."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING
from uuid import UUID

from commands.access import SYSTEM
from commands.dispatch import Dispatcher
from commands.message import Command
from processors.runtime.bounces import Bounces
from processors.runtime.delivery import Delivery
from processors.runtime.links import Links
from processors.runtime.mail_server import MailServer
from processors.runtime.mailing_round import Rounds
from processors.runtime.queue import DeliveryQueue
from processors.runtime.reads import ReadLoop
from processors.runtime.return_path import ReturnPaths
from schema.clock import machine_tick, no_tick
from schema.database_roles import DatabaseRole
from service.bootstrap import WORK_THREADS, WriteSide

if TYPE_CHECKING:
    from service.settings import Settings


@dataclass(frozen=True)
class PostOffice:
    """What it takes to send mails."""

    queue: DeliveryQueue
    rounds: Rounds
    deliver: Callable[[UUID], None]
    """Sends one row of the outbox without the broker."""


@contextmanager
def post_office(settings: Settings, side: WriteSide) -> Iterator[PostOffice]:
    """The queue with what its workers do, used by the clock to send and by workers to receive."""
    paths = return_paths(settings, side)
    server = MailServer(settings.mail_server, settings.mail_from, paths)
    with ReadLoop(settings.database_as(DatabaseRole.QUERIES), WORK_THREADS) as reads:
        delivery = Delivery(
            reads,
            side.pool,
            side.store,
            server,
            public_url=settings.public_url,
            clock=side.clock,
            pays=bool(settings.paypal_url),
        )
        rounds = Rounds(
            reads,
            side.pool,
            side.store,
            server,
            end=partial(as_system, side.dispatcher),
            links=Links(side.store.vault, settings.public_url),
            clock=side.clock,
            ticks=no_tick if settings.test_clock else machine_tick,
        )
        queue = DeliveryQueue(settings.redis_url, delivery.deliver)
        try:
            yield PostOffice(queue, rounds, delivery.deliver)
        finally:
            queue.close()


def return_paths(settings: Settings, side: WriteSide) -> ReturnPaths | None:
    """Where mails come back; None: to their sender, as no mailbox is set for it."""
    return ReturnPaths(settings.bounce_address, side.store.vault) if settings.bounce_address else None


def bounces(settings: Settings, side: WriteSide) -> Bounces:
    """What takes in mails that came back."""
    return Bounces(
        side.pool,
        side.store,
        return_paths=return_paths(settings, side),
        sender=settings.mail_from,
        clock=side.clock,
    )


def as_system(dispatcher: Dispatcher, command: Command, id_: UUID) -> None:
    """A command that the portal itself gives."""
    dispatcher.dispatch(command, SYSTEM, id_)
