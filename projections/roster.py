"""The list of participants of a workshop: one row per seat, with what the organiser needs (LIS-1)."""

from __future__ import annotations

from typing import cast
from uuid import UUID

import orjson

from aggregates.client.events import (
    DossierCreated,
    DossierDeactivated,
    DossierErased,
    DossierRestored,
    ProfileChanged,
)
from aggregates.client.phases.events import PlaceReopened
from aggregates.client.registrations.events import (
    DateChosen,
    FollowedUndone,
    Registered,
    RegistrationCancelled,
    RegistrationDeferred,
    RegistrationFollowed,
    RegistrationRestored,
)
from aggregates.kernel import sorting_key
from projections.balances import BALANCE_OF_REGISTRATION
from projections.model import Model, Rows, Table, shown
from projections.query import MASKED, Reads, Row, instant, money, raw
from schema.envelope import Recorded

MODEL = Model(
    "roster",
    3,
    (
        Table(
            "registration",
            {
                "registration": "uuid",
                "client": "uuid",
                "workshop": "uuid",
                "state": "text",
                "student": "boolean",
                "retake": "boolean",
                "price": "bigint",
                "currency": "text",
                "invoice": "uuid",
            },
            indexes=("(workshop) where workshop is not null",),
        ),
        Table(
            "person",
            {
                "client": "uuid",
                "last_name": "text",
                "first_name": "text",
                "sort": "text",
                "telephone": "text",
                "has_email": "boolean",
            },
        ),
        Table("given_up", {"registration": "uuid", "position": "bigint", "workshop": "uuid"}, keys=2),
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
        telephone=shown(fact.telephone),
        has_email=bool(shown(fact.email)),
    )


@MODEL.on(DossierRestored)
def restored(e: Recorded, fact: DossierRestored, rows: Rows) -> None:
    rows.patch(
        "person", (e.originator_id,), telephone=shown(fact.telephone), has_email=bool(shown(fact.email))
    )


@MODEL.on(ProfileChanged)
def profile_changed(e: Recorded, fact: ProfileChanged, rows: Rows) -> None:
    rows.patch(
        "person",
        (e.originator_id,),
        last_name=shown(fact.last_name),
        first_name=shown(fact.first_name),
        sort=sorting_key(fact.last_name, fact.first_name),
        telephone=shown(fact.telephone),
        has_email=bool(shown(fact.email)),
    )


@MODEL.on(DossierDeactivated)
def deactivated(e: Recorded, _fact: DossierDeactivated, rows: Rows) -> None:
    rows.patch("person", (e.originator_id,), telephone=None, has_email=False)


@MODEL.on(DossierErased)
def erased(e: Recorded, _fact: DossierErased, rows: Rows) -> None:
    rows.delete("person", (e.originator_id,))


@MODEL.on(Registered)
def registered(e: Recorded, fact: Registered, rows: Rows) -> None:
    rows.put(
        "registration",
        registration=fact.registration,
        client=e.originator_id,
        workshop=fact.workshop,
        state="to_schedule" if fact.workshop is None else "scheduled",
        student=fact.phase is not None,
        retake=fact.retake,
        price=fact.price.minor,
        currency=fact.price.currency.value,
        invoice=fact.invoice,
    )


def _trace(e: Recorded, registration: UUID, workshop: UUID, rows: Rows) -> None:
    rows.put("given_up", registration=registration, position=e.position, workshop=workshop)


@MODEL.on(DateChosen)
def date_chosen(e: Recorded, fact: DateChosen, rows: Rows) -> None:
    if fact.given_up is not None:
        _trace(e, fact.registration, fact.given_up, rows)
    rows.patch("registration", (fact.registration,), workshop=fact.workshop, state="scheduled")


@MODEL.on(RegistrationDeferred)
def deferred(e: Recorded, fact: RegistrationDeferred, rows: Rows) -> None:
    _trace(e, fact.registration, fact.workshop, rows)
    rows.patch("registration", (fact.registration,), workshop=None, state="to_schedule")


@MODEL.on(RegistrationRestored)
def date_restored(_e: Recorded, fact: RegistrationRestored, rows: Rows) -> None:
    rows.patch("registration", (fact.registration,), workshop=fact.workshop, state="scheduled")


@MODEL.on(PlaceReopened)
def place_reopened(_e: Recorded, fact: PlaceReopened, rows: Rows) -> None:
    rows.patch("registration", (fact.registration,), state="to_schedule")


@MODEL.on(RegistrationCancelled)
def cancelled(_e: Recorded, fact: RegistrationCancelled, rows: Rows) -> None:
    rows.patch("registration", (fact.registration,), workshop=None, state="cancelled")


@MODEL.on(RegistrationFollowed)
def followed(_e: Recorded, fact: RegistrationFollowed, rows: Rows) -> None:
    rows.patch("registration", (fact.registration,), state="followed")


@MODEL.on(FollowedUndone)
def followed_undone(_e: Recorded, fact: FollowedUndone, rows: Rows) -> None:
    rows.patch("registration", (fact.registration,), state="scheduled")


_ROWS = f"""
    select coalesce(json_agg(json_build_object(
        'registration', r.registration, 'client', r.client, 'last_name', coalesce(p.last_name, '[effacé]'),
        'first_name', coalesce(p.first_name, ''), 'state', r.state, 'student', r.student,
        'retake', r.retake, 'has_email', coalesce(p.has_email, false), 'telephone', {{telephone}},
        'given_up', (
            select coalesce(json_agg({instant("w.starts")} order by g.position), '[]')
            from read.roster_given_up g join read.workshop_dates_workshop w on w.workshop = g.workshop
            where g.registration = r.registration),
        'price', {{price}}, 'balance', {{balance}}, 'invoice', {{invoice}})
        order by p.sort collate "C", r.registration), '[]')::text
    from (
        select registration from read.roster_registration where workshop = %(workshop)s
        union select s.registration from read.workshop_dates_seat s
        join read.workshop_dates_workshop w on w.workshop = s.workshop and w.cancelled
        where s.workshop = %(workshop)s) listed
    join read.roster_registration r on r.registration = listed.registration
    left join read.roster_person p on p.client = r.client"""
_PRICE = money("r.price", "r.currency")
_BALANCE = money(BALANCE_OF_REGISTRATION, "r.currency")
WITH_MONEY = _ROWS.format(price=_PRICE, balance=_BALANCE, invoice="r.invoice", telephone="p.telephone")
WITHOUT_MONEY = _ROWS.format(price="null", balance="null", invoice="null", telephone="p.telephone")
MASKED_CONTACT = _ROWS.format(
    price=_PRICE,
    balance=_BALANCE,
    invoice="r.invoice",
    telephone=f"case when p.telephone is not null then '{MASKED}' end",
)


async def participants_json(
    connection: Reads, workshop: UUID, *, see_money: bool, see_contact: bool = True
) -> bytes:
    """The rows of one roster by name, as JSON; noted money counts in the balance (FAC-2).

    Of a cancelled workshop those who were on it, wherever they are now (ATE-4).
    """
    query = MASKED_CONTACT if not see_contact else WITH_MONEY if see_money else WITHOUT_MONEY
    found = await raw(connection, query, {"workshop": workshop})
    assert found is not None
    return found


async def participants(
    connection: Reads, workshop: UUID, *, see_money: bool, see_contact: bool = True
) -> list[Row]:
    """The rows of one roster by name."""
    found = await participants_json(connection, workshop, see_money=see_money, see_contact=see_contact)
    return cast("list[Row]", orjson.loads(found))
