"""Students of a phase with what is done and missing, and workshops followed elsewhere (ATE-8, ATT-2)."""

from __future__ import annotations

from typing import cast
from uuid import UUID

from aggregates.client.merging.events import DossierMerged
from aggregates.client.phases.events import Enrolled, PhaseLetterSent
from aggregates.client.registrations.events import FollowedAbroad, FollowedBeforePortal, Registered
from projections.model import Model, Rows, Table
from projections.query import Reads, Row, instant, value
from projections.students import STILL_STUDENT
from schema.envelope import Recorded

MODEL = Model(
    "phases",
    2,
    (
        Table(
            "student",
            {
                "enrolment": "uuid",
                "client": "uuid",
                "phase": "uuid",
                "number": "integer",
                "activities": "jsonb",
                "invoice": "uuid",
                "at": "timestamptz",
                "letter_sent": "timestamptz",
            },
            indexes=("(client)", "(enrolment) where letter_sent is null"),
        ),
        Table("place", {"registration": "uuid", "enrolment": "uuid"}, indexes=("(enrolment)",)),
        Table(
            "elsewhere",
            {
                "registration": "uuid",
                "client": "uuid",
                "activity": "uuid",
                "first_day": "date",
                "last_day": "date",
                "country": "text",
            },
            indexes=("(client, activity)",),
        ),
    ),
)


@MODEL.on(Enrolled)
def enrolled(e: Recorded, fact: Enrolled, rows: Rows) -> None:
    rows.put(
        "student",
        enrolment=fact.enrolment,
        client=e.originator_id,
        phase=fact.phase,
        number=fact.number,
        activities=fact.activities,
        invoice=fact.invoice,
        at=e.envelope.at,
        letter_sent=None,
    )


@MODEL.on(DossierMerged)
def merged(e: Recorded, fact: DossierMerged, rows: Rows) -> None:
    for table in ("student", "elsewhere"):
        rows.hand_over(table, e.originator_id, fact.into)


@MODEL.on(Registered)
def registered(_e: Recorded, fact: Registered, rows: Rows) -> None:
    """A place of the phase; without one that is open or followed, nobody is its student any more."""
    if fact.enrolment is not None:
        rows.put("place", registration=fact.registration, enrolment=fact.enrolment)


@MODEL.on(PhaseLetterSent)
def letter_sent(e: Recorded, fact: PhaseLetterSent, rows: Rows) -> None:
    rows.patch("student", (fact.enrolment,), letter_sent=e.envelope.at)


@MODEL.on(FollowedAbroad)
def followed_abroad(e: Recorded, fact: FollowedAbroad, rows: Rows) -> None:
    rows.put(
        "elsewhere",
        registration=fact.registration,
        client=e.originator_id,
        activity=fact.activity,
        first_day=fact.first_day,
        last_day=fact.last_day,
        country=fact.country,
    )


@MODEL.on(FollowedBeforePortal)
def followed_before_portal(e: Recorded, fact: FollowedBeforePortal, rows: Rows) -> None:
    """In which country the other system did not say."""
    rows.put(
        "elsewhere",
        registration=fact.registration,
        client=e.originator_id,
        activity=fact.activity,
        first_day=fact.last_day,
        last_day=fact.last_day,
        country=None,
    )


async def elsewhere(connection: Reads, client: UUID) -> list[Row]:
    """Workshops followed abroad, or before the portal, latest first: SUIVI without invoice (ATE-8)."""
    query = """
        select coalesce(json_agg(row_to_json(q)), '[]')::text from (
            select e.registration as id, a.name as activity, e.activity as activity_id, e.first_day,
                e.last_day, e.country
            from read.phases_elsewhere e left join read.catalogue_activity a on a.activity = e.activity
            where e.client = %s order by e.last_day desc, e.registration) q"""
    return cast("list[Row]", await value(connection, query, (client,)))


_PLACE = f"""
    left join lateral (
        select x.* from (
            select d.registration, d.state, {instant("w.starts")} as starts, w.zone,
                case when d.state = 'followed' then (w.ends at time zone w.zone)::date end as followed_on
            from read.dossier_registration d
            left join read.workshop_dates_workshop w on w.workshop = d.workshop
            where d.client = t.client and d.activity = y.id::uuid and d.state <> 'cancelled'
            union all
            select e.registration, 'followed', null, null, e.last_day from read.phases_elsewhere e
            where e.client = t.client and e.activity = y.id::uuid) x
        order by array_position(array['followed', 'scheduled', 'to_schedule'], x.state), x.followed_on,
            x.registration limit 1) x on true"""
_PLACES = f"""(
    select json_agg(json_build_object('activity_id', y.id, 'activity', a.name,
        'state', coalesce(x.state, 'missing'), 'registration', x.registration, 'starts', x.starts,
        'zone', x.zone, 'followed_on', x.followed_on) order by y.n)
    from jsonb_array_elements_text(t.activities) with ordinality y(id, n)
    left join read.catalogue_activity a on a.activity = y.id::uuid {_PLACE})"""


async def phases(connection: Reads, client: UUID) -> list[Row]:
    """The phases a client is a student of, each activity with what became of it, newest first.

    What was followed on whatever invoice, or elsewhere, counts; `missing` is neither followed nor registered.
    """
    query = f"""
        select coalesce(json_agg(row_to_json(q)), '[]')::text from (
            select t.enrolment, t.phase, t.number, f.name, t.invoice, {instant("t.at")} as at,
                {instant("t.letter_sent")} as letter_sent, {_PLACES} as places
            from read.phases_student t left join read.catalogue_phase f on f.phase = t.phase
            where t.client = %s and {STILL_STUDENT} order by t.at desc, t.enrolment) q"""
    return cast("list[Row]", await value(connection, query, (client,)))
