"""« Reçus d’impôt »: those of a closed workshop go by e-mail, in one go (FAC-7, ATE-7)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar
from uuid import UUID

from aggregates.catalogue.settings import Responsibility
from aggregates.catalogue.state import SETTINGS, SETTINGS_ID
from aggregates.kernel import Currency, Role
from aggregates.workshop.closing.decisions import send_tax_receipts
from aggregates.workshop.policies import planned
from aggregates.workshop.state import WORKSHOP
from commands.access import RESPONSIBLE, Scope
from commands.closing import deposited_for
from commands.message import Act, Command
from schema.store import Change


class SendTaxReceipts(Command):
    """Send a receipt to each who followed the workshop, over what was deposited for it by now.

    By whose responsibility tax receipts are. Sent again, it sends those alone whose amount is another one
    since. Refused: no_such_workshop, workshop_cancelled, workshop_not_closed, no_tax_receipts.
    """

    ALLOWED: ClassVar[Mapping[Role, Scope]] = RESPONSIBLE
    RULES: ClassVar[tuple[str, ...]] = ("FAC-7", "ATE-7", "COM-3")

    workshop: UUID


def handle(command: SendTaxReceipts, act: Act) -> list[Change]:
    workshop, settings = act.load(WORKSHOP.at(command.workshop), SETTINGS.at(SETTINGS_ID))
    act.need_responsibility(settings.state, Responsibility.TAX_RECEIPTS)
    paid = deposited_for(act, planned(workshop.state), Currency.CAD)
    return [Change(workshop, send_tax_receipts(workshop.state, paid))]
