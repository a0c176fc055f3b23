"""An attestation of attendance for one followed workshop, at once (ATT-1)."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date, datetime, timedelta
from uuid import UUID
from zoneinfo import ZoneInfo

from aggregates.catalogue.settings import SchoolSettings
from processors.documents.press import Paper
from processors.documents.words import (
    clock,
    country,
    currency_of,
    listed,
    long_day,
    name_of,
    said,
    sheet,
    span,
)
from projections import catalogue, dossier, phases, workshop_dates
from projections.query import Reads, Row
from schema.wording import Language


async def attestation(connection: Reads, client: UUID, registration: UUID, now: datetime) -> Paper | None:
    """For a registration SUIVI of a workshop that is over, or one followed elsewhere; else None (INS-13)."""
    person = await dossier.identity(connection, client)
    if person is None or person["state"] == "erased":
        return None
    school = await catalogue.school(connection)
    language: Language = "en" if person["language"] == "en" else "fr"
    followed = await _here(connection, client, registration, now)
    if followed is not None:
        facts, activity = _facts(language, followed), followed["activity"]
    else:
        elsewhere = [e for e in await phases.elsewhere(connection, client) if e["id"] == str(registration)]
        if not elsewhere:
            return None
        facts, activity = _elsewhere(language, elsewhere[0]), elsewhere[0]["activity"]
    return _paper(language, school, person, activity, facts, now)


async def _here(connection: Reads, client: UUID, registration: UUID, now: datetime) -> Row | None:
    """The workshop, once it is over."""
    for row in await dossier.registrations(connection, client):
        if row["id"] == str(registration) and row["state"] == "followed" and row["workshop"] is not None:
            workshop = await workshop_dates.one(connection, UUID(row["workshop"]["id"]))
            over = workshop is not None and datetime.fromisoformat(workshop["ends"]) <= now
            return workshop if over else None
    return None


def _paper(
    language: Language,
    school: SchoolSettings,
    person: Row,
    activity: str,
    facts: Sequence[Sequence[str]],
    now: datetime,
) -> Paper:
    today = school.day_of(now)
    title = said(language, "attestation")
    form = person["form_of_address"]
    called = f"{said(language, form)} " if form in ("madam", "sir") else ""
    data = {
        **sheet(language, school, currency_of(school, person)),
        "title": title,
        "says": said(language, "attests", school=school.name),
        "name": f"{called}{name_of(person)}",
        "followed": said(language, "has_followed"),
        "activity": said(language, "quoted", text=activity),
        "facts": facts,
        "given": said(language, "given_on", day=long_day(language, today)),
        "signed": said(language, "signed_for", school=school.name),
    }
    return Paper("attestation", "attestation", today, data)


def _facts(language: Language, workshop: Row) -> list[list[str]]:
    sessions = [(_at(s["starts"]), _at(s["ends"])) for s in workshop["sessions"]]
    zone, venue = workshop["zone"], workshop["venue"]
    days = "\n".join(_session(language, starts, ends, zone) for starts, ends in sessions)
    where = (
        said(language, "online")
        if venue is None
        else ", ".join(filter(None, (venue["name"], venue["city"], country(language, venue["country"]))))
    )
    trainers = [name for name in workshop["trainers"] if name]
    found = [
        [said(language, "dates" if len(sessions) > 1 else "date"), days],
        [said(language, "duration"), _duration(language, sessions)],
        [said(language, "place"), where[0].upper() + where[1:]],
    ]
    return found + ([[said(language, "led_by"), listed(language, trainers)]] if trainers else [])


def _session(language: Language, starts: datetime, ends: datetime, zone: str) -> str:
    day = long_day(language, starts.astimezone(ZoneInfo(zone)).date(), weekday=True)
    return said(
        language, "session", day=day, starts=clock(language, starts, zone), ends=clock(language, ends, zone)
    )


def _duration(language: Language, sessions: Iterable[tuple[datetime, datetime]]) -> str:
    minutes = int(sum((ends - starts for starts, ends in sessions), timedelta()).total_seconds()) // 60
    hours, rest = divmod(minutes, 60)
    if not rest:
        return said(language, "hours" if hours > 1 else "hour", n=str(hours))
    return said(language, "hours_minutes", h=str(hours), m=f"{rest:02d}")


def _elsewhere(language: Language, row: Row) -> list[list[str]]:
    first, last = date.fromisoformat(row["first_day"]), date.fromisoformat(row["last_day"])
    found = [[said(language, "date"), span(language, first, last)]]
    if row["country"]:
        found.append([said(language, "place"), country(language, row["country"])])
    return found


def _at(iso: str) -> datetime:
    return datetime.fromisoformat(iso)
