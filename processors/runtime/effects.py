"""What a processor may ask for, under a key that is the same at every replay."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Literal
from uuid import UUID, uuid5

from aggregates.kernel import Fact, Money, Scope
from commands.message import Command
from schema.envelope import Recorded

Recipient = Literal["client", "organiser", "staff", "account"]
"""`staff`: who tries a wording or a draft, with that client's data; `account`: staff, about their account."""
Params = Mapping[str, UUID | datetime | str | bool | Sequence[UUID | None] | None]


@dataclass(frozen=True)
class Mail:
    """One e-mail: its template, to whom, about which client.

    `purpose` tells two mails of one processor and cause apart. Params are ids and instants, nothing personal;
    the rest is read when sending.
    """

    purpose: str
    template: str
    recipient: Recipient
    client: UUID
    params: Params


@dataclass(frozen=True)
class Again:
    """An e-mail asked for before, to be written anew as things stand: the row of the first one, and whose
    it is."""

    purpose: str
    mail: UUID
    client: UUID


@dataclass(frozen=True)
class Timer:
    """A moment of the school's clock at which the processor looks at the event's stream again.

    The moment of the event itself is at once, when all that happened with it can be looked at together.
    """

    purpose: str
    due: datetime


@dataclass(frozen=True)
class Do:
    """A command that the portal carries out by itself, once, as Role.SYSTEM.

    It may come late or again after others: it names what it serves and does nothing where that no longer
    holds. Its fields are ids, numbers and instants, nothing personal. `purpose` as that of a mail.
    """

    purpose: str
    command: Command


@dataclass(frozen=True)
class CardRefund:
    """Money of a card that goes back through the payment provider, once per refund (FAC-4)."""

    refund: UUID
    invoice: UUID
    payment: UUID
    amount: Money


@dataclass(frozen=True)
class Forget:
    """A person's keys were destroyed: every store forgets what it holds of them (DOS-11)."""

    id: UUID
    """Of the event, or made of it for each dossier that had become part of the person's (DOS-5)."""
    person: UUID
    scopes: tuple[Scope, ...]
    topic: str
    marked: bool
    """The address went on the suppression list (DOS-10)."""
    position: int
    at: datetime


@dataclass(frozen=True)
class Due:
    """A timer whose moment has come."""

    purpose: str
    stream: UUID
    due: datetime


Effect = Mail | Do | Again | Timer | CardRefund | Forget
React = Callable[[Recorded], Sequence[Effect]]
Fire = Callable[[Due, Sequence[Recorded]], Sequence[Mail | Do]]
"""What follows when a timer is due, from all that happened in its stream."""


@dataclass(frozen=True)
class Processor:
    """A process manager: what follows from an event, or from a timer. Pure: no clock, no I/O."""

    name: str
    react: React
    fire: Fire | None = None
    timed_by: frozenset[type[Fact]] = frozenset()
    """Facts that set timers: of those in the log when the processor is new, it sets them too."""

    def key(self, cause: Recorded, effect: Mail | Do | Again) -> UUID:
        """The row's id: one effect per cause, processor and purpose (COM-3)."""
        return uuid5(cause.id, f"{self.name}/{effect.purpose}")


@dataclass(frozen=True)
class Asked:
    """An effect under its key, with the event shown as its cause."""

    key: UUID
    cause: Recorded
    effect: Mail | Do | Again
