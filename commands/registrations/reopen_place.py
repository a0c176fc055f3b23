"""A student's lost place is À PLANIFIER again on the old invoice line (INS-14)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar
from uuid import UUID

from aggregates.catalogue.settings import Responsibility
from aggregates.catalogue.state import SETTINGS, SETTINGS_ID
from aggregates.client.phases.decisions import reopen_place
from aggregates.client.policies import active
from aggregates.client.registrations.policies import known_registration
from aggregates.client.state import CLIENT
from aggregates.invoice.decisions import reopen_line
from aggregates.invoice.state import INVOICE
from aggregates.kernel import Role
from commands.access import RESPONSIBLE, Scope
from commands.message import Act, Command
from schema.store import Change


class ReopenPlace(Command):
    """Reopen the place of one activity of the student's phase, without a new invoice.

    By whose responsibility missing places are.

    Refused: no_such_dossier, dossier_not_active, no_such_enrolment, place_not_missing, no_line_to_reopen,
    case_decided.
    """

    ALLOWED: ClassVar[Mapping[Role, Scope]] = RESPONSIBLE
    RULES: ClassVar[tuple[str, ...]] = ("INS-14",)

    client: UUID
    enrolment: UUID
    activity: UUID


def handle(command: ReopenPlace, act: Act) -> list[Change]:
    client, settings = act.load(CLIENT.at(command.client), SETTINGS.at(SETTINGS_ID))
    act.need_responsibility(settings.state, Responsibility.MISSING_PLACES)
    (reopened,) = reopen_place(client.state, command.enrolment, command.activity)
    sale = known_registration(active(client.state).places, reopened.registration).sale
    invoices = act.load_all([INVOICE.at(i) for i in sale.invoices])
    return [
        Change(client, [reopened]),
        *(
            Change(invoice, reopen_line(invoice.state, line))
            for invoice, line in zip(invoices, sale.lines, strict=True)
        ),
    ]
