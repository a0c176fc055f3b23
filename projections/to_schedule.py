"""Inscrits sans date: who has a registration À PLANIFIER, for which activity, since when (INS-1, INS-7)."""

from __future__ import annotations

from typing import cast
from uuid import UUID

from aggregates.client.events import (
    DossierCreated,
    DossierDeactivated,
    DossierErased,
    DossierRestored,
    ProfileChanged,
)
from aggregates.client.merging.events import DossierMerged
from aggregates.client.phases.events import PlaceReopened
from aggregates.client.registrations.events import (
    DateChosen,
    Registered,
    RegistrationCancelled,
    RegistrationDeferred,
    RegistrationRestored,
)
from aggregates.kernel import sorting_key
from projections.model import Model, Rows, Table, shown
from projections.query import Reads, Row, instant, value
from schema.envelope import Recorded

MODEL = Model(
    "to_schedule",
    2,
    (
        Table(
            "registration",
            {
                "registration": "uuid",
                "client": "uuid",
                "activity": "uuid",
                "student": "boolean",
                "retake": "boolean",
                "waiting": "boolean",
                "since": "timestamptz",
                "given_up": "uuid",
            },
            indexes=("(since, registration) where waiting", "(activity, since) where waiting"),
        ),
        Table(
            "person",
            {
                "client": "uuid",
                "last_name": "text",
                "first_name": "text",
                "sort": "text",
                "city": "text",
                "country": "text",
                "has_email": "boolean",
            },
        ),
    ),
)


@MODEL.on(DossierCreated)
def created(e: Recorded, fact: DossierCreated, rows: Rows) -> None:
    rows.put(
        "person",
        client=e.originator_id,
        last_name=shown(fact.last_name),
        first_name=shown(fact.first_name),
        sort=sorting_key(fact.last_name, fact.first_name),
        city=shown(fact.city),
        country=shown(fact.country),
        has_email=bool(shown(fact.email)),
    )


@MODEL.on(DossierRestored)
def restored(e: Recorded, fact: DossierRestored, rows: Rows) -> None:
    rows.patch(
        "person",
        (e.originator_id,),
        city=shown(fact.city),
        country=shown(fact.country),
        has_email=bool(shown(fact.email)),
    )


@MODEL.on(ProfileChanged)
def profile_changed(e: Recorded, fact: ProfileChanged, rows: Rows) -> None:
    rows.patch(
        "person",
        (e.originator_id,),
        last_name=shown(fact.last_name),
        first_name=shown(fact.first_name),
        sort=sorting_key(fact.last_name, fact.first_name),
        city=shown(fact.city),
        country=shown(fact.country),
        has_email=bool(shown(fact.email)),
    )


@MODEL.on(DossierDeactivated)
def deactivated(e: Recorded, _fact: DossierDeactivated, rows: Rows) -> None:
    rows.patch("person", (e.originator_id,), city=None, country=None, has_email=False)


@MODEL.on(DossierMerged)
def merged(e: Recorded, fact: DossierMerged, rows: Rows) -> None:
    for registration in fact.registrations:
        rows.patch("registration", (registration,), client=fact.into)
    rows.delete("person", (e.originator_id,))


@MODEL.on(DossierErased)
def erased(e: Recorded, _fact: DossierErased, rows: Rows) -> None:
    rows.delete("person", (e.originator_id,))


@MODEL.on(Registered)
def registered(e: Recorded, fact: Registered, rows: Rows) -> None:
    rows.put(
        "registration",
        registration=fact.registration,
        client=e.originator_id,
        activity=fact.activity,
        student=fact.phase is not None,
        retake=fact.retake,
        waiting=fact.workshop is None,
        since=e.envelope.at,
        given_up=None,
    )


@MODEL.on(RegistrationDeferred)
def deferred(e: Recorded, fact: RegistrationDeferred, rows: Rows) -> None:
    rows.patch(
        "registration", (fact.registration,), waiting=True, since=e.envelope.at, given_up=fact.workshop
    )


@MODEL.on(DateChosen)
def date_chosen(_e: Recorded, fact: DateChosen, rows: Rows) -> None:
    rows.patch("registration", (fact.registration,), waiting=False)


@MODEL.on(RegistrationRestored)
def date_restored(_e: Recorded, fact: RegistrationRestored, rows: Rows) -> None:
    rows.patch("registration", (fact.registration,), waiting=False)


@MODEL.on(PlaceReopened)
def place_reopened(e: Recorded, fact: PlaceReopened, rows: Rows) -> None:
    rows.patch("registration", (fact.registration,), waiting=True, since=e.envelope.at)


@MODEL.on(RegistrationCancelled)
def cancelled(_e: Recorded, fact: RegistrationCancelled, rows: Rows) -> None:
    rows.patch("registration", (fact.registration,), waiting=False)


_FROM = """
    from read.to_schedule_registration r
    left join read.to_schedule_person p on p.client = r.client
    where r.waiting and (%(activity)s::uuid is null or r.activity = %(activity)s)
      and (%(country)s = '' or p.country = %(country)s)"""


async def waiting(
    connection: Reads,
    *,
    activity: UUID | None = None,
    country: str = "",
    after: tuple[str, UUID] | None = None,
    limit: int = 50,
) -> list[Row]:
    """Who waits for a date, longest first."""
    query = f"""
        select coalesce(json_agg(row_to_json(q)), '[]')::text from (
            select r.registration, r.client, coalesce(p.last_name, '[effacé]') as last_name,
                coalesce(p.first_name, '') as first_name, p.city, p.country, a.name as activity,
                r.activity as activity_id, r.student, r.retake,
                coalesce(p.has_email, false) as has_email, {instant("r.since")} as since,
                case when w.workshop is null then null else json_build_object('id', w.workshop,
                    'starts', {instant("w.starts")}, 'ends', {instant("w.ends")}, 'zone', w.zone) end
                    as given_up
            from (select r.*, p.last_name, p.first_name, p.city, p.country, p.has_email {_FROM}
                  and (%(at)s::timestamptz is null or (r.since, r.registration) > (%(at)s, %(id)s))
                  order by r.since, r.registration limit %(limit)s) r
            left join read.to_schedule_person p on p.client = r.client
            left join read.catalogue_activity a on a.activity = r.activity
            left join read.workshop_dates_workshop w on w.workshop = r.given_up
            order by r.since, r.registration) q"""
    params = {
        "activity": activity,
        "country": country,
        "at": after[0] if after else None,
        "id": after[1] if after else None,
        "limit": limit,
    }
    return cast("list[Row]", await value(connection, query, params))


async def count(connection: Reads, *, activity: UUID | None = None, country: str = "") -> int:
    """How many wait."""
    params = {"activity": activity, "country": country}
    return cast("int", await value(connection, f"select count(*)::text {_FROM}", params))
