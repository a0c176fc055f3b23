"""What a processor may ask for, under a key that is the same at every replay."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal
from uuid import UUID, uuid5

from schema.envelope import Recorded

Recipient = Literal["client", "organiser"]


@dataclass(frozen=True)
class Mail:
    """One e-mail: its template, to whom, about which client; params are ids, the rest is read when sending.

    `purpose` tells two mails of one processor and cause apart.
    """

    purpose: str
    template: str
    recipient: Recipient
    client: UUID
    params: Mapping[str, UUID | None]


React = Callable[[Recorded], Sequence[Mail]]


@dataclass(frozen=True)
class Processor:
    """A process manager: what follows from an event. Pure: no clock, no I/O."""

    name: str
    react: React

    def key(self, cause: Recorded, mail: Mail) -> UUID:
        """The outbox id: one effect per cause, processor and purpose (COM-3)."""
        return uuid5(cause.id, f"{self.name}/{mail.purpose}")
