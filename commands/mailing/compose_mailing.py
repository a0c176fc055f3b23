"""Write to an audience, or to participants of a workshop; what was reviewed is what leaves (COM-6, COM-7)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Annotated, ClassVar, Self
from uuid import UUID

from pydantic import AwareDatetime, Field, TypeAdapter, model_validator

from aggregates.audience.conditions import Group, Leaf, Query
from aggregates.audience.policies import a_joint_announcement, known_query, narrow_enough
from aggregates.audience.state import SAVED_QUERY
from aggregates.catalogue.policies import known_activity, known_venue
from aggregates.catalogue.settings import Category
from aggregates.catalogue.state import ACTIVITY, SETTINGS, SETTINGS_ID, VENUE
from aggregates.kernel import Role, Value
from aggregates.mailing import decisions as decided
from aggregates.mailing.allowance.decisions import take_share
from aggregates.mailing.allowance.state import ALLOWANCE, allowance_id
from aggregates.mailing.decisions import Announcing, Draft, announce, compose_for_audience, compose_for_roster
from aggregates.mailing.events import (
    AudienceMailingComposed,
    MailingFact,
    Picture,
    RosterMailingComposed,
    Series,
)
from aggregates.mailing.policies import LARGEST_AUDIENCE, written_by_staff
from aggregates.mailing.state import (
    ANNOUNCEMENTS,
    MAILING,
    Announcements,
    Mailing,
    announcements_id,
    another_part_of,
)
from aggregates.staff.policies import known_staff
from aggregates.staff.state import STAFF
from aggregates.workshop.policies import checked_seats, is_closed, planned
from aggregates.workshop.state import WORKSHOP, Workshop
from commands.access import Scope, anyone
from commands.message import Act, Command, Name, Text
from schema.store import Change, Loaded

_MOST = 10_000
"""Registrations that one request may name."""
_TREE: TypeAdapter[Group | Leaf] = TypeAdapter(Query)


class Announced(Value):
    """One workshop of the series announced, which tells organiser and city, and the series' name (COM-9)."""

    workshop: UUID
    name: Name | None = None


class Audience(Value):
    """Whom a query finds, written out or saved, less those whom the sender leaves out.

    `reviewed` is what `GET /api/audiences` answered with the list that was looked at. `joint` names the
    organisers of a joint announcement of a complementary workshop to a country: it goes out in parts of 300,
    and an organiser's is looked at by who approves it (REQ-2).
    """

    query: Query | None = None
    saved: UUID | None = None
    reviewed: Annotated[str, Field(max_length=64)] | None = None
    left_out: tuple[UUID, ...] = Field(default=(), max_length=LARGEST_AUDIENCE)
    announces: Announced | None = None
    pressure_reason: Text | None = None
    joint: tuple[UUID, ...] = Field(default=(), max_length=20)
    part: int = Field(default=1, ge=1, le=1_000)

    @model_validator(mode="after")
    def _one_query(self) -> Self:
        if (self.query is None) is (self.saved is None):
            raise ValueError("either a query or a saved one")
        if self.joint and self.announces is None:
            raise ValueError("a joint announcement announces a workshop")
        if self.part > 1 and not self.joint:
            raise ValueError("only a joint announcement goes out in parts")
        return self


class Roster(Value):
    """The participants checked on a workshop's list, and why they must be written to."""

    workshop: UUID
    registrations: tuple[UUID, ...] = Field(max_length=_MOST)
    reason: Text | None = None


class ComposeMailing(Command):
    """Write to an audience or to a roster; an organiser's mail to a roster waits for approval.

    It leaves at once, or not before `leaves_at`; it must fit in the author's 500 in 24 hours then.
    Refused: author_not_staff, unknown_placeholder, words_in_capitals, nobody_to_write_to,
    too_many_mails, no_such_file, not_an_image; to an audience no_such_query, unknown_town, ambiguous_town,
    audience_too_broad, audience_too_large, audience_changed, pressure_to_confirm, no_joint_announcement,
    no_such_staff, staff_has_left; to a roster not_on_roster, roster_mail_needs_reason,
    no_image_to_roster, roster_mail_after_closing; where a workshop is named no_such_workshop,
    workshop_cancelled. Makes `mailing`.
    """

    ALLOWED: ClassVar[Mapping[Role, Scope]] = anyone(Role.OFFICE, Role.ADMIN) | {
        Role.ORGANISER: Scope.OWN_WORKSHOPS
    }
    RULES: ClassVar[tuple[str, ...]] = ("COM-6", "COM-5", "COM-7", "COM-8", "COM-9", "REQ-2", "REQ-4")

    subject: Name
    text: Text
    attachments: tuple[UUID, ...] = Field(default=(), max_length=20)
    image: Picture | None = None
    leaves_at: AwareDatetime | None = None
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
    draft = Draft(
        mailing.id,
        act.who.user,
        command.subject,
        command.text,
        command.attachments,
        command.image,
        command.leaves_at,
    )
    if command.audience is not None:
        changes = _to_audience(command.audience, mailing, draft, act)
    else:
        assert command.roster is not None
        changes = _to_roster(command.roster, mailing, draft, act)
    act.need_files(command.attachments, command.image)
    return changes


def _within_limits(draft: Draft, facts: Sequence[MailingFact], act: Act) -> Change:
    """The author's share for these recipients (COM-8). Raises TooManyMails."""
    allowance = act.load(ALLOWANCE.at(allowance_id(draft.author)))
    mails = sum(
        len(f.recipients) for f in facts if isinstance(f, AudienceMailingComposed | RosterMailingComposed)
    )
    at = max(act.now, draft.leaves_at or act.now)
    return Change(allowance, take_share(allowance.state, draft.mailing, mails, at=at) if mails else [])


def _to_audience(audience: Audience, mailing: Loaded[Mailing], draft: Draft, act: Act) -> list[Change]:
    announced = audience.announces
    (author, *others), (settings,), workshops, queries = act.load_groups(
        [STAFF.at(user) for user in (draft.author, *audience.joint)],
        [SETTINGS.at(SETTINGS_ID)],
        [] if announced is None else [WORKSHOP.at(announced.workshop)],
        [] if audience.saved is None else [SAVED_QUERY.at(audience.saved)],
    )
    written_by_staff(author.state)
    for organiser in others:
        known_staff(organiser.state)
    tree = audience.query or _TREE.validate_json(known_query(queries[0].state).conditions)
    announcing, changes = None, []
    if announced is not None:
        series, category, before = _series(announced, workshops[0], act)
        known = before.state
        if audience.part > 1 and another_part_of(known, series, now=act.now):
            known = Announcements()  # one announcement, counted and warned about with its first part
        else:
            changes.append(Change(before, announce(known, mailing.id, series, now=act.now)))
        announcing = Announcing(series, known, audience.pressure_reason)
        if audience.joint:
            a_joint_announcement(tree, category)
    if act.who.role is Role.ORGANISER and not audience.joint:
        narrow_enough(tree)
    zone = settings.state.zone
    facts = compose_for_audience(
        mailing.state,
        draft,
        decided.Audience(
            conditions=tree.model_dump_json(),
            found=act.find(tree, zone=zone, most=LARGEST_AUDIENCE, part=audience.part),
            left_out=audience.left_out,
            reviewed=audience.reviewed,
            joint=audience.joint,
            needs_approval=bool(audience.joint) and act.who.role is Role.ORGANISER,
        ),
        announcing=announcing,
        capitals_allowed=settings.state.capitals_allowed,
        now=act.now,
        zone=zone,
    )
    return [Change(mailing, facts), _within_limits(draft, facts, act), *changes]


def _series(
    announced: Announced, workshop: Loaded[Workshop], act: Act
) -> tuple[Series, Category, Loaded[Announcements]]:
    """Organiser and city are the workshop's, so that no other word takes the pressure off (COM-9)."""
    date_ = planned(workshop.state)
    organiser = date_.plan.organiser
    (before,), (activity,), venues = act.load_groups(
        [ANNOUNCEMENTS.at(announcements_id(organiser))],
        [ACTIVITY.at(date_.activity)],
        [] if date_.venue is None else [VENUE.at(date_.venue)],
    )
    city = known_venue(venues[0].state).city if venues else None
    series = Series(organiser=organiser, city=city, name=announced.name, workshop=workshop.id)
    return series, known_activity(activity.state).category, before


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
    return [Change(mailing, facts), _within_limits(draft, facts, act)]
