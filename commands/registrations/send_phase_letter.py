"""« Phase terminée »: send the letter by hand, once per client and phase (ATT-2)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar
from uuid import UUID

from aggregates.catalogue.settings import Responsibility
from aggregates.catalogue.state import SETTINGS, SETTINGS_ID
from aggregates.client.phases.decisions import send_phase_letter
from aggregates.client.state import CLIENT
from aggregates.kernel import Role
from commands.access import RESPONSIBLE, Scope
from commands.message import Act, Command
from schema.store import Change


class SendPhaseLetter(Command):
    """The letter of a finished phase 1 or 2; `resend` sends it again, traced.

    By whose responsibility phase letters are; others see that it is ready.

    Refused: no_such_dossier, dossier_not_active, no_such_enrolment, phase_not_finished, letter_already_sent.
    """

    ALLOWED: ClassVar[Mapping[Role, Scope]] = RESPONSIBLE
    RULES: ClassVar[tuple[str, ...]] = ("ATT-2",)

    client: UUID
    enrolment: UUID
    resend: bool = False


def handle(command: SendPhaseLetter, act: Act) -> list[Change]:
    client, settings = act.load(CLIENT.at(command.client), SETTINGS.at(SETTINGS_ID))
    act.need_responsibility(settings.state, Responsibility.PHASE_LETTERS)
    sent = send_phase_letter(client.state, command.enrolment, resend=command.resend, now=act.now)
    return [Change(client, sent)]
