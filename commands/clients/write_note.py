"""Write one of the three staff notes, which clients never see (DOS-13)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar, Self
from uuid import UUID

from pydantic import Field, model_validator

from aggregates.client.events import NoteKind
from aggregates.client.marks.decisions import write_note
from aggregates.client.policies import active
from aggregates.client.refusals import NoSuchDossier
from aggregates.client.state import CLIENT, Client, Dossier
from aggregates.kernel import Role
from aggregates.workshop.own import Own
from aggregates.workshop.policies import planned
from aggregates.workshop.refusals import NoSuchWorkshop
from aggregates.workshop.state import WORKSHOP, Workshop
from commands.access import Scope, anyone
from commands.message import Act, Command, Text
from commands.seen_version import merged
from schema.store import Change

_WRITERS: Mapping[NoteKind, tuple[Role, ...]] = {
    NoteKind.ACCOUNTING: (Role.ACCOUNTING, Role.OFFICE),
    NoteKind.TRAINER: (Role.TRAINER, Role.ORGANISER, Role.OFFICE),
    NoteKind.GENERAL: (Role.ORGANISER, Role.OFFICE, Role.ACCOUNTING),
}


class WriteNote(Command):
    """Overwrite the note seen at `seen_version`, without `text` empty it.

    The accounting note is the red flag: accounting and office write it, and it may stop online
    registration. Trainers write the trainer note of who has a seat in their `workshop`, organisers and
    office of anybody.

    Refused: no_such_dossier, no_such_workshop, dossier_not_active, changed_meanwhile.
    """

    ALLOWED: ClassVar[Mapping[Role, Scope]] = anyone(Role.ORGANISER, Role.OFFICE, Role.ACCOUNTING) | {
        Role.TRAINER: Scope.OWN_WORKSHOPS
    }
    RULES: ClassVar[tuple[str, ...]] = ("DOS-13", "COM-11")

    client: UUID
    kind: NoteKind
    seen_version: int = Field(ge=1)
    text: Text | None
    no_online_registration: bool = False
    workshop: UUID | None = None

    @model_validator(mode="after")
    def _option_of_the_red_flag(self) -> Self:
        if self.no_online_registration and (self.kind is not NoteKind.ACCOUNTING or self.text is None):
            raise ValueError("an option of the red flag")
        return self


def handle(command: WriteNote, act: Act) -> list[Change]:
    dates = [] if command.workshop is None else [WORKSHOP.at(command.workshop)]
    (client,), workshops = act.load_groups([CLIENT.at(command.client)], dates)
    writers = _WRITERS[command.kind]
    if act.who.role is Role.TRAINER or act.who.roles & set(writers) == {Role.TRAINER}:
        _stands_on_own_roster(client.id, [w.state for w in workshops], act.who.own)
    active(client.state)
    act.need(*writers)
    wanted = {"text": command.text, "no_online_registration": command.no_online_registration}
    seen, current = (_note(s, command.kind) for s in (client.as_of(command.seen_version), client.state))
    return [Change(client, write_note(client.state, command.kind, **merged(seen, current, wanted)))]


def _note(client: Client, kind: NoteKind) -> dict[str, Any]:
    note = client.notes.get(kind) if isinstance(client, Dossier) else None
    if note is None:
        return {"text": None, "no_online_registration": False}
    return {"text": note.text, "no_online_registration": note.no_online_registration}


def _stands_on_own_roster(client: UUID, workshops: list[Workshop], own: Own) -> None:
    """Others are to a trainer as unknown ones."""
    for date in map(planned, workshops):
        if not own.holds(date.plan.people, date.region):
            raise NoSuchWorkshop
        if any(seat.client == client for seat in date.seats.values()):
            return
    raise NoSuchDossier
