"""« Phase terminée »: send the letter by hand, once per client and phase (ATT-2)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar
from uuid import UUID

from aggregates.client.phases.decisions import send_phase_letter
from aggregates.client.state import CLIENT
from aggregates.kernel import Role
from commands.access import Scope, anyone
from commands.message import Act, Command
from schema.store import Change


class SendPhaseLetter(Command):
    """The letter of a finished phase 1 or 2; `resend` sends it again, traced.

    Refused: no_such_dossier, dossier_not_active, no_such_enrolment, phase_not_finished, letter_already_sent.
    """

    ALLOWED: ClassVar[Mapping[Role, Scope]] = anyone(Role.OFFICE)
    RULES: ClassVar[tuple[str, ...]] = ("ATT-2",)

    client: UUID
    enrolment: UUID
    resend: bool = False


def handle(command: SendPhaseLetter, act: Act) -> list[Change]:
    client = act.load(CLIENT.at(command.client))
    sent = send_phase_letter(client.state, command.enrolment, resend=command.resend, now=act.now)
    return [Change(client, sent)]
