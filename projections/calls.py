"""Whom to call about a workshop, what they want, and who came back when it was restored (ATE-4, ATE-5)."""

from __future__ import annotations

from typing import Any, cast
from uuid import UUID

from aggregates.workshop.closing.events import AbsenceSettled, CallNoted
from aggregates.workshop.events import WorkshopCancelled, WorkshopRestored
from projections.model import Model, Rows, Table
from projections.query import MASKED, Reads, Row, instant, value
from schema.envelope import Recorded

MODEL = Model(
    "calls",
    3,
    (
        Table("workshop", {"workshop": "uuid", "reason": "text"}),
        Table(
            "person",
            {
                "workshop": "uuid",
                "registration": "uuid",
                "why": "text",
                "called": "boolean",
                "outcome": "text",
                "at": "timestamptz",
                "by_user": "uuid",
            },
            keys=2,
            indexes=("(workshop) where why = 'absent' and called is not true",),
        ),
    ),
)
_NOT_CALLED: dict[str, Any] = {"called": None, "outcome": None, "at": None, "by_user": None}


@MODEL.on(WorkshopCancelled)
def cancelled(e: Recorded, fact: WorkshopCancelled, rows: Rows) -> None:
    rows.put("workshop", workshop=e.originator_id, reason=fact.reason)
    rows.delete_of("person", e.originator_id)
    for registration in fact.registrations:
        rows.put(
            "person", workshop=e.originator_id, registration=registration, why="cancelled", **_NOT_CALLED
        )


@MODEL.on(WorkshopRestored)
def restored(e: Recorded, fact: WorkshopRestored, rows: Rows) -> None:
    """What was said on the telephone stays; what became of each is why they stand here now."""
    rows.delete("workshop", (e.originator_id,))
    groups = {"back": fact.back, "moved_on": fact.moved_on, "no_seat": fact.no_seat}
    for group, registrations in groups.items():
        for registration in registrations:
            rows.patch("person", (e.originator_id, registration), why=group)


@MODEL.on(AbsenceSettled)
def absent(e: Recorded, fact: AbsenceSettled, rows: Rows) -> None:
    rows.put("person", workshop=e.originator_id, registration=fact.registration, why="absent", **_NOT_CALLED)


@MODEL.on(CallNoted)
def noted(e: Recorded, fact: CallNoted, rows: Rows) -> None:
    rows.patch(
        "person",
        (e.originator_id, fact.registration),
        called=fact.called,
        outcome=None if fact.outcome is None else fact.outcome.value,
        at=e.envelope.at,
        by_user=e.envelope.user,
    )


async def calls(connection: Reads, workshop: UUID, *, see_contact: bool) -> list[Row]:
    """By name: why they stand here (`cancelled`, `absent`, or a group of the restoring), and where they are.

    `date` is another date that the registration has meanwhile.
    """
    telephone = "c.telephone" if see_contact else f"case when c.telephone is not null then '{MASKED}' end"
    query = f"""
        select coalesce(json_agg(json_build_object(
            'registration', p.registration, 'client', r.client,
            'last_name', coalesce(c.last_name, '[effacé]'), 'first_name', coalesce(c.first_name, ''),
            'telephone', {telephone}, 'has_email', coalesce(c.has_email or c.has_relative, false),
            'why', p.why, 'called', p.called, 'outcome', p.outcome, 'at', {instant("p.at")},
            'by', s.name, 'state', r.state, 'invoice', r.invoice,
            'date', case when w.workshop <> p.workshop then json_build_object('id', w.workshop,
                'starts', {instant("w.starts")}, 'ends', {instant("w.ends")}, 'zone', w.zone) end)
            order by c.sort collate "C", p.registration), '[]')::text
        from read.calls_person p
        join read.roster_registration r on r.registration = p.registration
        left join read.roster_person c on c.client = r.client
        left join read.workshop_dates_workshop w on w.workshop = r.workshop
        left join read.catalogue_staff s on s.staff = p.by_user
        where p.workshop = %s"""
    return cast("list[Row]", await value(connection, query, (workshop,)))


async def why_cancelled(connection: Reads, workshop: UUID) -> str | None:
    """What was typed when it was cancelled, for who is asked on the telephone; none while it stands."""
    query = "select to_json(reason)::text from read.calls_workshop where workshop = %s"
    return cast("str | None", await value(connection, query, (workshop,)))
