"""What is taught, where, by whom, and the school's settings: the words behind ids on every page."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, cast
from uuid import UUID

from aggregates.catalogue.events import (
    ActivityAdded,
    ActivityChanged,
    ActivityDetails,
    ActivityResumed,
    ActivityRetired,
    DiscountAdded,
    DiscountChanged,
    DiscountDetails,
    DiscountRetired,
    PhaseAdded,
    PhaseChanged,
    PhaseDetails,
    SettingsChanged,
    VenueAdded,
    VenueChanged,
    VenueDetails,
)
from aggregates.catalogue.settings import SchoolSettings
from aggregates.kernel import Money, fold
from aggregates.staff.events import StaffAdded, StaffChanged, StaffLeft
from projections.model import Model, Rows, Table, shown
from projections.query import Reads, Row, value
from schema.envelope import Recorded

MODEL = Model(
    "catalogue",
    6,
    (
        Table(
            "activity",
            {
                "activity": "uuid",
                "name": "text",
                "category": "text",
                "days": "integer",
                "prices": "jsonb",
                "note": "text",
                "retake_price_with_card": "jsonb",
                "roster_cap_per_day": "jsonb",
                "retired": "boolean",
            },
        ),
        Table(
            "phase",
            {"phase": "uuid", "number": "integer", "name": "text", "activities": "jsonb", "prices": "jsonb"},
        ),
        Table(
            "venue",
            {
                "venue": "uuid",
                "name": "text",
                "city": "text",
                "country": "text",
                "region": "text",
                "zone": "text",
                "address": "text",
                "note": "text",
            },
        ),
        Table(
            "staff",
            {
                "staff": "uuid",
                "name": "text",
                "email": "text",
                "roles": "jsonb",
                "regions": "jsonb",
                "has_left": "boolean",
            },
        ),
        Table(
            "discount",
            {
                "discount": "uuid",
                "name": "text",
                "percent": "integer",
                "amounts": "jsonb",
                "proof_needed": "boolean",
                "chosen_by": "jsonb",
                "valid_from": "date",
                "valid_until": "date",
                "retired": "boolean",
            },
        ),
        Table("settings", {"settings": "uuid", "school": "jsonb"}),
    ),
)


@MODEL.on(ActivityAdded)
def activity_added(e: Recorded, fact: ActivityAdded, rows: Rows) -> None:
    rows.put("activity", activity=e.originator_id, retired=False, **_described(fact))


@MODEL.on(ActivityChanged)
def activity_changed(e: Recorded, fact: ActivityChanged, rows: Rows) -> None:
    rows.patch("activity", (e.originator_id,), **_described(fact))


def _described(fact: ActivityDetails) -> dict[str, Any]:
    return {
        "name": fact.name,
        "category": fact.category.value,
        "days": fact.days,
        "prices": _amounts(fact.prices),
        "note": fact.note,
        "retake_price_with_card": _amounts(fact.retake_price_with_card),
        "roster_cap_per_day": _amounts(fact.roster_cap_per_day),
    }


def _amounts(amounts: Sequence[Money]) -> list[Any]:
    return [amount.model_dump(mode="json") for amount in amounts]


@MODEL.on(ActivityRetired)
def activity_retired(e: Recorded, _fact: ActivityRetired, rows: Rows) -> None:
    rows.patch("activity", (e.originator_id,), retired=True)


@MODEL.on(ActivityResumed)
def activity_resumed(e: Recorded, _fact: ActivityResumed, rows: Rows) -> None:
    rows.patch("activity", (e.originator_id,), retired=False)


@MODEL.on(PhaseAdded)
def phase_added(e: Recorded, fact: PhaseAdded, rows: Rows) -> None:
    _put_phase(e.originator_id, fact, rows)


@MODEL.on(PhaseChanged)
def phase_changed(e: Recorded, fact: PhaseChanged, rows: Rows) -> None:
    _put_phase(e.originator_id, fact, rows)


def _put_phase(phase: UUID, fact: PhaseDetails, rows: Rows) -> None:
    rows.put(
        "phase",
        phase=phase,
        number=fact.number,
        name=fact.name,
        activities=fact.activities,
        prices=[price.model_dump(mode="json") for price in fact.prices],
    )


@MODEL.on(VenueAdded)
def venue_added(e: Recorded, fact: VenueAdded, rows: Rows) -> None:
    _put_venue(e.originator_id, fact, rows)


@MODEL.on(VenueChanged)
def venue_changed(e: Recorded, fact: VenueChanged, rows: Rows) -> None:
    _put_venue(e.originator_id, fact, rows)


def _put_venue(venue: UUID, fact: VenueDetails, rows: Rows) -> None:
    rows.put(
        "venue",
        venue=venue,
        name=fact.name,
        city=fact.city,
        country=fact.country,
        region=fact.region.value,
        zone=fact.zone,
        address=fact.address,
        note=fact.note,
    )


@MODEL.on(DiscountAdded)
def discount_added(e: Recorded, fact: DiscountAdded, rows: Rows) -> None:
    rows.put("discount", discount=e.originator_id, retired=False, **_terms(fact))


@MODEL.on(DiscountChanged)
def discount_changed(e: Recorded, fact: DiscountChanged, rows: Rows) -> None:
    rows.patch("discount", (e.originator_id,), **_terms(fact))


@MODEL.on(DiscountRetired)
def discount_retired(e: Recorded, _fact: DiscountRetired, rows: Rows) -> None:
    rows.patch("discount", (e.originator_id,), retired=True)


def _terms(fact: DiscountDetails) -> dict[str, Any]:
    return {
        "name": fact.name,
        "percent": fact.percent,
        "amounts": _amounts(fact.amounts),
        "proof_needed": fact.proof_needed,
        "chosen_by": [role.value for role in fact.chosen_by],
        "valid_from": fact.valid_from,
        "valid_until": fact.valid_until,
    }


@MODEL.on(StaffAdded)
def staff_added(e: Recorded, fact: StaffAdded, rows: Rows) -> None:
    rows.put(
        "staff",
        staff=e.originator_id,
        name=shown(fact.name),
        email=shown(fact.email),
        roles=[role.value for role in fact.roles],
        regions=[region.value for region in fact.regions],
        has_left=False,
    )


@MODEL.on(StaffChanged)
def staff_changed(e: Recorded, fact: StaffChanged, rows: Rows) -> None:
    rows.patch(
        "staff",
        (e.originator_id,),
        name=shown(fact.name),
        email=shown(fact.email),
        roles=[role.value for role in fact.roles],
        regions=[region.value for region in fact.regions],
    )


@MODEL.on(StaffLeft)
def staff_left(e: Recorded, _fact: StaffLeft, rows: Rows) -> None:
    """The name stays: it stands in rosters, plans and the trail."""
    rows.patch("staff", (e.originator_id,), email=None, has_left=True)


@MODEL.on(SettingsChanged)
def settings_changed(e: Recorded, fact: SettingsChanged, rows: Rows) -> None:
    rows.put("settings", settings=e.originator_id, school=fact.settings.model_dump(mode="json"))


async def staff_name(connection: Reads, user: UUID) -> str | None:
    """A staff user's name."""
    cursor = await connection.execute("select name from read.catalogue_staff where staff = %s", (user,))
    row = await cursor.fetchone()
    return None if row is None else cast("str | None", row[0])


async def staff_email(connection: Reads, user: UUID) -> str | None:
    """A staff user's e-mail."""
    cursor = await connection.execute("select email from read.catalogue_staff where staff = %s", (user,))
    row = await cursor.fetchone()
    return None if row is None else cast("str | None", row[0])


async def school(connection: Reads) -> SchoolSettings:
    """The settings in force."""
    found = await value(connection, "select school::text from read.catalogue_settings")
    return SchoolSettings() if found is None else SchoolSettings.model_validate(found)


async def activities(connection: Reads) -> list[Row]:
    """All activities by name, those no longer sold too."""
    query = """
        select activity as id, name, category, days, prices, note, retake_price_with_card, roster_cap_per_day,
               retired
        from read.catalogue_activity"""
    return _in_french_order(await _all(connection, query), "name")


async def venues(connection: Reads) -> list[Row]:
    """All venues by city and name."""
    query = "select venue as id, name, city, country, region, zone, address, note from read.catalogue_venue"
    return _in_french_order(await _all(connection, query), "city", "name")


async def phases(connection: Reads) -> list[Row]:
    """All phases by number."""
    query = """
        select phase as id, number, name, activities, prices
        from read.catalogue_phase order by number, phase"""
    return await _all(connection, query)


async def team(connection: Reads) -> list[Row]:
    """All staff users by name who have not left, with their addresses: for admins (STF-1)."""
    query = """
        select coalesce(json_agg(row_to_json(q)), '[]')::text from (
            select staff as id, name, coalesce(email, '') as email, roles, regions
            from read.catalogue_staff where not has_left order by name, staff) q"""
    return cast("list[Row]", await value(connection, query))


async def discounts(connection: Reads) -> list[Row]:
    """All discounts by name, those chosen no more too."""
    query = """
        select discount as id, name, percent, amounts, proof_needed, chosen_by, valid_from, valid_until,
               retired
        from read.catalogue_discount"""
    return _in_french_order(await _all(connection, query), "name")


async def staff(connection: Reads) -> list[Row]:
    """All staff users by name who have not left."""
    query = "select staff as id, name, roles, regions from read.catalogue_staff where not has_left"
    return _in_french_order(await _all(connection, query), "name")


def _in_french_order(rows: list[Row], *columns: str) -> list[Row]:
    return sorted(rows, key=lambda row: (*(fold(row[column] or "") for column in columns), row["id"]))


async def countries(connection: Reads) -> list[str]:
    """Country codes where the school has venues."""
    found = await _all(connection, "select distinct country as code from read.catalogue_venue order by code")
    return [row["code"] for row in found]


async def _all(connection: Reads, query: str) -> list[Row]:
    wrapped = (
        f"select coalesce(json_agg(row_to_json(q)), '[]')::text from ({query}) q"  # sql: a query of this file
    )
    return cast("list[Row]", await value(connection, wrapped))


async def names(connection: Reads, ids: list[UUID]) -> dict[UUID, str]:
    """What stands for these ids in a sentence: activities, venues, phases, discounts, staff."""
    query = """
        select activity, name from read.catalogue_activity where activity = any(%(ids)s)
        union all select venue, name from read.catalogue_venue where venue = any(%(ids)s)
        union all select phase, name from read.catalogue_phase where phase = any(%(ids)s)
        union all select discount, name from read.catalogue_discount where discount = any(%(ids)s)
        union all select staff, name from read.catalogue_staff where staff = any(%(ids)s)"""
    cursor = await connection.execute(query, {"ids": ids})
    found: list[tuple[Any, Any]] = await cursor.fetchall()
    return {id_: name for id_, name in found if name is not None}
