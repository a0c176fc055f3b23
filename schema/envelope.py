"""What is stored around a fact: who, when, on whose behalf and why."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from uuid import UUID, uuid5

import orjson

from aggregates.kernel import Fact, Role


@dataclass(frozen=True)
class Envelope:
    """Who did it (`user`, `role`), as whom, when (UTC), by which command, caused by which event."""

    user: UUID | None
    role: Role
    at: datetime
    command: UUID
    behalf: UUID | None = None
    cause: UUID | None = None
    visible: bool = True

    def to_bytes(self, *, visible: bool) -> bytes:
        """Canonical JSON; `visible`: the client may read the fact in the own history."""
        return orjson.dumps(
            {
                "user": self.user,
                "role": self.role.value,
                "at": self.at,
                "command": self.command,
                "behalf": self.behalf,
                "cause": self.cause,
                "visible": visible,
            },
            option=orjson.OPT_UTC_Z,
        )

    @classmethod
    def from_bytes(cls, stored: bytes) -> Envelope:
        """Read back what to_bytes wrote."""
        raw = orjson.loads(stored)
        return cls(
            user=_uuid(raw["user"]),
            role=Role(raw["role"]),
            at=datetime.fromisoformat(raw["at"]),
            command=UUID(raw["command"]),
            behalf=_uuid(raw["behalf"]),
            cause=_uuid(raw["cause"]),
            visible=raw["visible"],
        )


def moment_of(stored: bytes) -> datetime:
    """When it was, of what to_bytes wrote: a tenth of the work of reading it all."""
    return datetime.fromisoformat(orjson.loads(stored)["at"])


def _uuid(text: str | None) -> UUID | None:
    return None if text is None else UUID(text)


@dataclass(frozen=True)
class Recorded:
    """A fact at its place in the log; the only thing that is stored."""

    originator_id: UUID
    originator_version: int
    position: int
    """0 until stored."""
    envelope_bytes: bytes
    fact: Fact

    @cached_property
    def envelope(self) -> Envelope:
        return Envelope.from_bytes(self.envelope_bytes)

    @cached_property
    def id(self) -> UUID:
        """The event's own id: keys of effects are made from it."""
        return uuid5(self.originator_id, str(self.originator_version))
