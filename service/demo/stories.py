"""Puts the hand-written files of named clients on the agenda of the demo school."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import date, datetime, time, timedelta
from functools import partial
from zoneinfo import ZoneInfo

from aggregates.catalogue.settings import SchoolSettings
from aggregates.client.events import Language
from aggregates.invoice.policies import currency_of
from aggregates.kernel import Money
from service.demo.acts import Act, CreateDossier, DecideCase, Register, RemoveDossier, RestoreDossier
from service.demo.book import Place
from service.demo.dates import start_of
from service.demo.rosters import Roster
from service.demo.school import Step, Story
from service.demo.season import Season


class Told:
    """One story; its registrations are known by the names they have in it."""

    def __init__(self, story: Story, season: Season, rosters: Mapping[str, Roster]) -> None:
        self._story = story
        self._season = season
        self._rosters = rosters
        self._registrations: dict[str, str] = {}
        self._client = f"client/{story.key}"

    def schedule(self, today: date, zone: str) -> None:
        """Put the dossier and every step on the agenda."""
        self._season.add(_on(today, self._story.created, 0, zone), self._create)
        for n, step in enumerate(self._story.steps, start=1):
            self._season.add(_on(today, step.days, n, zone), partial(self._do, step))

    def _create(self, at: datetime) -> Iterator[Act]:
        story = self._story
        yield CreateDossier(
            at=at,
            by="staff/office",
            client=self._client,
            last_name=story.last_name,
            first_name=story.first_name,
            form_of_address=story.form_of_address,
            email=story.email,
            telephone=story.telephone,
            street=story.street,
            postal_code=story.postal_code,
            city=story.city,
            country=story.country,
            language=Language.FR,
            account=story.account,
        )

    def _do(self, step: Step, at: datetime) -> Iterator[Act]:
        by = f"staff/{step.by}" if step.by else self._client
        match step.act:
            case "register":
                yield self._register(step, at, by)
            case "choose":
                assert step.workshop is not None
                yield self._season.choose(at, by, self._place(step), self._seat(step.workshop))
            case "defer":
                yield self._season.defer(at, by, self._place(step))
            case "cancel":
                yield self._season.cancel(at, by, self._place(step), step.note)
            case "decide":
                none = Money.zero(currency_of(self._story.country, SchoolSettings()))
                key = self._registrations[step.registration]
                yield DecideCase(at=at, by=by, client=self._client, registration=key, fee=none)
            case "remove":
                yield RemoveDossier(at=at, by=by, client=self._client)
            case "restore":
                yield self._restore(at, by)

    def _register(self, step: Step, at: datetime, by: str) -> Register:
        if step.workshop is None:
            activity, workshop = f"activity/{step.activity}", None
        else:
            workshop = self._seat(step.workshop)
            activity = self._rosters[workshop].workshop.activity
        act = self._season.register(at, by, self._client, activity, workshop)
        self._registrations[step.registration] = act.registration
        return act

    def _restore(self, at: datetime, by: str) -> Act:
        story = self._story
        return RestoreDossier(
            at=at,
            by=by,
            client=self._client,
            form_of_address=story.form_of_address,
            email=story.email,
            telephone=story.telephone,
            street=story.street,
            city=story.city,
            country=story.country,
        )

    def _seat(self, workshop: str) -> str:
        """The workshop's key; the seat counts as one of those that it sells."""
        key = f"workshop/{workshop}"
        self._rosters[key].ahead += 1
        return key

    def _place(self, step: Step) -> Place:
        return self._season.book.place(self._registrations[step.registration])


def _on(today: date, days: int, nth: int, zone: str) -> datetime:
    """Some time of that day, the same for every plan."""
    hour = time(9 + nth * 5 % 9, nth * 17 % 60, nth * 29 % 60)
    moment = datetime.combine(today + timedelta(days=days), hour, ZoneInfo(zone))
    return moment.astimezone(start_of(today, zone).tzinfo)
