"""The dry run: handlers decide as they would, on what is there and what earlier lines would have claimed."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from aggregates.kernel import Stream
from commands.access import SYSTEM
from commands.claims import difference
from commands.dispatch import fingerprint
from commands.message import Act, Command
from schema.store import Loaded
from service.bootstrap import WriteSide


@dataclass(frozen=True)
class Rehearsal:
    """Carries commands out without appending anything; only hashes stay in memory."""

    side: WriteSide
    _claimed: dict[tuple[str, bytes], UUID] = field(default_factory=dict)
    _carried_out: dict[UUID, bytes] = field(default_factory=dict)

    def done(self, command_id: UUID) -> bytes | None:
        """The fingerprint of the command that an earlier line was."""
        return self._carried_out.get(command_id)

    def dispatch(self, command: Command, command_id: UUID) -> None:
        """Raises Refused."""
        act = Act(command_id, SYSTEM, self.side.clock(), self)
        changes = self.side.dispatcher.handlers[type(command)](command, act)
        take, _ = difference(changes, self.side.store.vault)
        self._claimed.update({(claim.kind, claim.value): claim.owner for claim in take})
        self._carried_out[command_id] = fingerprint(command, self.side.store.vault)

    def load(self, streams: Sequence[Stream[Any]]) -> list[Loaded[Any]]:
        return self.side.store.load(streams)

    def claim_owner(self, kind: str, value: str) -> UUID | None:
        hashed = self.side.store.vault.keyed_hash(kind, value)
        return self._claimed.get((kind, hashed)) or self.side.store.log.claim_owner(kind, hashed)

    def next_number(self, series: str, year: int) -> int:  # none is drawn
        return 0

    def keyed_hash(self, purpose: str, value: str) -> str:
        return self.side.store.vault.keyed_hash(purpose, value).hex()
