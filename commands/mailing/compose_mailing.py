"""Write to an audience, or to participants of a workshop; what was reviewed is what leaves (COM-6, COM-7)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar, Self
from uuid import UUID

from pydantic import Field, model_validator

from aggregates.catalogue.policies import known_venue
from aggregates.catalogue.state import SETTINGS, SETTINGS_ID, VENUE
from aggregates.kernel import Role, Value
from aggregates.mailing.decisions import Announcing, Draft, announce, compose_for_audience, compose_for_roster
from aggregates.mailing.events import Picture, Series
from aggregates.mailing.policies import written_by_staff
from aggregates.mailing.state import ANNOUNCEMENTS, MAILING, Announcements, Mailing, announcements_id
from aggregates.staff.state import STAFF
from aggregates.workshop.policies import checked_seats, is_closed, planned
from aggregates.workshop.state import WORKSHOP, Workshop
from commands.access import Scope, anyone
from commands.message import Act, Command, Name, Text
from schema.store import Change, Loaded

_MOST = 10_000
"""Persons and registrations that one request may name; COM-8 refuses far fewer, with its own answer."""


class Announced(Value):
    """One workshop of the series announced, which tells organiser and city, and the series' name (COM-9)."""

    workshop: UUID
    name: Name | None = None


class Audience(Value):
    """The persons that a query found, and those of them whom the sender leaves out."""

    found: tuple[UUID, ...] = Field(max_length=_MOST)
    left_out: tuple[UUID, ...] = Field(default=(), max_length=_MOST)
    announces: Announced | None = None
    pressure_reason: Text | None = None


class Roster(Value):
    """The participants checked on a workshop's list, and why they must be written to."""

    workshop: UUID
    registrations: tuple[UUID, ...] = Field(max_length=_MOST)
    reason: Text | None = None


class ComposeMailing(Command):
    """Write to an audience or to a roster; an organiser's mail to a roster waits for approval.

    Refused: author_not_staff, unknown_placeholder, words_in_capitals, nobody_to_write_to; to an
    audience audience_too_large, pressure_to_confirm; to a roster not_on_roster,
    roster_mail_needs_reason, no_image_to_roster, roster_mail_after_closing; where a workshop is named
    no_such_workshop, workshop_cancelled. Makes `mailing`.
    """

    ALLOWED: ClassVar[Mapping[Role, Scope]] = anyone(Role.OFFICE, Role.ADMIN) | {
        Role.ORGANISER: Scope.OWN_WORKSHOPS
    }
    RULES: ClassVar[tuple[str, ...]] = ("COM-6", "COM-5", "COM-7", "COM-8", "COM-9")

    subject: Name
    text: Text
    attachments: tuple[UUID, ...] = Field(default=(), max_length=20)
    image: Picture | None = None
    audience: Audience | None = None
    roster: Roster | None = None

    @model_validator(mode="after")
    def _one_kind_of_recipients(self) -> Self:
        if (self.audience is None) is (self.roster is None):
            raise ValueError("either an audience or a roster")
        return self


def handle(command: ComposeMailing, act: Act) -> list[Change]:
    assert act.who.user is not None
    mailing = act.fresh(MAILING, "mailing")
    draft = Draft(mailing.id, act.who.user, command.subject, command.text, command.attachments, command.image)
    if command.audience is not None:
        return _to_audience(command.audience, mailing, draft, act)
    assert command.roster is not None
    return _to_roster(command.roster, mailing, draft, act)


def _to_audience(audience: Audience, mailing: Loaded[Mailing], draft: Draft, act: Act) -> list[Change]:
    announced = audience.announces
    (author,), (settings,), workshops = act.load_groups(
        [STAFF.at(draft.author)],
        [SETTINGS.at(SETTINGS_ID)],
        [] if announced is None else [WORKSHOP.at(announced.workshop)],
    )
    written_by_staff(author.state)
    announcing, changes = None, []
    if announced is not None:
        series, before = _series(announced, workshops[0], act)
        announcing = Announcing(series, before.state, audience.pressure_reason)
        changes.append(Change(before, announce(before.state, mailing.id, series, now=act.now)))
    facts = compose_for_audience(
        mailing.state,
        draft,
        found=audience.found,
        left_out=audience.left_out,
        announcing=announcing,
        capitals_allowed=settings.state.capitals_allowed,
        now=act.now,
        zone=settings.state.zone,
    )
    return [Change(mailing, facts), *changes]


def _series(
    announced: Announced, workshop: Loaded[Workshop], act: Act
) -> tuple[Series, Loaded[Announcements]]:
    """Organiser and city are the workshop's, so that no other word takes the pressure off (COM-9)."""
    date_ = planned(workshop.state)
    organiser = date_.plan.organiser
    (before,), venues = act.load_groups(
        [ANNOUNCEMENTS.at(announcements_id(organiser))],
        [] if date_.venue is None else [VENUE.at(date_.venue)],
    )
    city = known_venue(venues[0].state).city if venues else None
    return Series(organiser=organiser, city=city, name=announced.name, workshop=workshop.id), before


def _to_roster(roster: Roster, mailing: Loaded[Mailing], draft: Draft, act: Act) -> list[Change]:
    workshop, settings, author = act.load(
        WORKSHOP.at(roster.workshop), SETTINGS.at(SETTINGS_ID), STAFF.at(draft.author)
    )
    written_by_staff(author.state)
    date_ = planned(workshop.state)
    facts = compose_for_roster(
        mailing.state,
        draft,
        workshop=workshop.id,
        seats=checked_seats(date_, roster.registrations),
        reason=roster.reason,
        needs_approval=act.who.role is Role.ORGANISER,
        closed=is_closed(date_),
        capitals_allowed=settings.state.capitals_allowed,
    )
    return [Change(mailing, facts)]
