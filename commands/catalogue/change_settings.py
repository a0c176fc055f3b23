"""Set the school's settings anew, as a whole."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, ClassVar

from pydantic import AfterValidator, Field

from aggregates.catalogue.decisions import change_settings
from aggregates.catalogue.settings import SchoolSettings
from aggregates.catalogue.state import SETTINGS, SETTINGS_ID
from aggregates.kernel import Currency, Role
from commands.access import Scope, anyone
from commands.message import Act, Command
from commands.seen_version import merged
from schema.store import Change

_MOST = 10_000_000
"""Minor units."""


def _usable(settings: SchoolSettings) -> SchoolSettings:
    """Amounts, hours and shares in bounds, a series for every currency."""
    amounts = (settings.deposit_per_activity, settings.etre_bien_deposit_per_day)
    in_bounds = all(0 <= amount <= _MOST for amount in amounts)
    in_bounds &= 0 <= settings.full_payment_hours <= 24 * 366 and 0 <= settings.retake_percent <= 100
    if not in_bounds or set(settings.series) != set(Currency) or not all(settings.series.values()):
        raise ValueError("out of bounds")
    return settings


class ChangeSettings(Command):
    """Overwrite what differs from the settings seen at `seen_version`.

    Refused: changed_meanwhile, unknown_zone.
    """

    ALLOWED: ClassVar[Mapping[Role, Scope]] = anyone(Role.ADMIN)
    RULES: ClassVar[tuple[str, ...]] = ("INS-5", "CAT-2")

    seen_version: int = Field(ge=0)
    settings: Annotated[SchoolSettings, AfterValidator(_usable)]


def handle(command: ChangeSettings, act: Act) -> list[Change]:
    settings = act.load(SETTINGS.at(SETTINGS_ID))
    wanted = SchoolSettings(
        **merged(
            settings.as_of(command.seen_version).model_dump(),
            settings.state.model_dump(),
            command.settings.model_dump(),
        )
    )
    return [Change(settings, change_settings(settings.state, wanted))]
