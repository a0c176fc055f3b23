"""Set the school's settings anew, as a whole."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Annotated, ClassVar
from uuid import UUID

from pydantic import AfterValidator, Field

from aggregates.catalogue.decisions import change_settings
from aggregates.catalogue.settings import SaleTerms, SchoolSettings
from aggregates.catalogue.state import SETTINGS, SETTINGS_ID
from aggregates.kernel import Currency, Role
from aggregates.staff.policies import known_staff
from aggregates.staff.state import STAFF
from commands.access import RESPONSIBLE, Scope, anyone
from commands.message import Act, Command
from commands.seen_version import merged
from schema.store import Change

_MOST = 10_000_000
"""Minor units."""
_LINK = re.compile(r"https?://[^\s<>\"']+")


def _usable(settings: SchoolSettings) -> SchoolSettings:
    """Whole terms; amounts, hours and shares in bounds, a series for every currency, links that lead on."""
    settings = settings.with_whole_terms()
    in_bounds = all(_in_bounds(t) for by_currency in settings.terms.values() for t in by_currency.values())
    in_bounds &= all(0 <= limit <= _MOST for limit in settings.refund_limit.values())
    in_bounds &= 1 <= settings.hold_minutes <= 24 * 60 and 1 <= settings.offer_hours <= 24 * 60
    in_bounds &= 1 <= settings.proof_hours <= 24 * 60 and 0 <= settings.cheque_months <= 24
    in_bounds &= 0 <= settings.done_within_years <= 20
    in_bounds &= 1 <= settings.mail_text_months <= settings.mail_months <= 600
    in_bounds &= all(1 <= hours <= 24 * 366 for hours in settings.link_hours.values())
    links = (settings.privacy_policy.link, settings.help_video, settings.newsletter)
    in_bounds &= bool(settings.privacy_policy.version)
    roles = {holder for holder in settings.responsibilities.values() if isinstance(holder, Role)}
    in_bounds &= roles <= set(RESPONSIBLE)
    in_bounds &= all(_LINK.fullmatch(link) for link in (*settings.terms_links.values(), *filter(None, links)))
    if not in_bounds or set(settings.series) != set(Currency) or not all(settings.series.values()):
        raise ValueError("out of bounds")
    return settings


def _in_bounds(terms: SaleTerms) -> bool:
    shares = (terms.retake_percent, terms.absence_percent)
    return (
        0 <= terms.deposit <= _MOST
        and 0 <= terms.full_payment_hours <= 24 * 366
        and all(0 <= share <= 100 for share in shares)
        and 0 <= terms.late_months <= 24
    )


class ChangeSettings(Command):
    """Overwrite what differs from the settings seen at `seen_version`; terms half given are completed.

    Refused: changed_meanwhile, unknown_zone; no_such_staff, staff_has_left where a responsibility is given
    to somebody who is not there.
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
    for staff in act.load_all([STAFF.at(user) for user in sorted(_users(wanted) - _users(settings.state))]):
        known_staff(staff.state)
    return [Change(settings, change_settings(settings.state, wanted))]


def _users(settings: SchoolSettings) -> set[UUID]:
    """Staff users who are given a responsibility by name."""
    return {holder for holder in settings.responsibilities.values() if isinstance(holder, UUID)}
