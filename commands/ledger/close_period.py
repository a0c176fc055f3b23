"""Close the books up to a day: what is posted there never changes again (FAC-6)."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Annotated, ClassVar

from pydantic import Field

from aggregates.catalogue.state import SETTINGS, SETTINGS_ID
from aggregates.kernel import Role
from aggregates.ledger.decisions import close_period
from aggregates.ledger.state import LEDGER, LEDGER_ID
from commands.access import Scope, anyone
from commands.message import Act, Command
from schema.store import Change


class ClosePeriod(Command):
    """Close every day up to `through` for good; what comes later is posted after it.

    Refused: period_not_over.
    """

    ALLOWED: ClassVar[Mapping[Role, Scope]] = anyone(Role.ACCOUNTING)
    RULES: ClassVar[tuple[str, ...]] = ("FAC-6",)

    through: Annotated[date, Field(ge=date(2000, 1, 1))]


def handle(command: ClosePeriod, act: Act) -> list[Change]:
    books, settings = act.load(LEDGER.at(LEDGER_ID), SETTINGS.at(SETTINGS_ID))
    school = settings.state
    closed = close_period(books.state, command.through, today=school.day_of(act.now), zone=school.zone)
    return [Change(books, closed)]
