"""How a workshop of the demo school fills and empties, who came, what became of those who didn't."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial

from service.demo.acts import Act, PlanWorkshop, TickPresent
from service.demo.book import Place
from service.demo.dates import between
from service.demo.school import VenueRow, WorkshopRow
from service.demo.season import Regular, Season

_SALES_CLOSE = timedelta(hours=49)
"""From 48 h before the start the whole price is paid in the same act (INS-4), and nobody pays in the demo."""
_ASKED = 300
"""So many clients are asked before a seat stays empty."""
_TICKED_AFTER = timedelta(minutes=35)
_NOTES = (
    "Empêchement familial ; a prévenu par téléphone.",
    "Annulé à sa demande.",
    "Ne peut plus se déplacer à cette date, ne souhaite pas d'autre date.",
    "Raison de santé.",
)
_ABSENT_NOTE = "Absence sans avis avant le début de l'atelier."


@dataclass
class Roster:
    """One workshop on the agenda. `to_sell`: seats still to come; `ahead`: those of them already taken."""

    season: Season
    workshop: PlanWorkshop
    row: WorkshopRow
    venue: VenueRow | None
    others: Mapping[str, Roster]
    until: datetime
    to_sell: int = 0
    ahead: int = 0

    def schedule(self) -> None:
        """Put sales, departures, attendance and follow-up on the agenda, up to `until`."""
        season, rng, plan = self.season, self.season.rng, self.workshop
        before = min(plan.starts - _SALES_CLOSE, self.until)
        leavers = rng.randint(self.row.taken // 12, self.row.taken // 6)
        self.to_sell = self.row.taken + leavers
        zone = plan.zone
        sales = sorted(between(rng, plan.at, before, zone) for _ in range(self.to_sell))
        for at in sales:
            season.add(at, self.sell)
        # Nobody leaves in the last sixth: until then less than the capacity is sold, leavers included.
        for n in sorted(rng.randrange(2, max(3, len(sales) * 5 // 6)) for _ in range(leavers)):
            season.add(sales[n] + (sales[n + 1] - sales[n]) / 2, self.leave)
        ticked = plan.starts + _TICKED_AFTER
        if self.row.attendance and ticked < self.until:
            season.add(ticked, self.tick)

    def sell(self, at: datetime) -> Iterator[Act]:
        """One more seat: somebody À PLANIFIER chooses this date, or a client registers."""
        self.to_sell -= 1
        if self.ahead:
            self.ahead -= 1
            return
        book, rng, plan = self.season.book, self.season.rng, self.workshop
        waiting = [p for p in book.to_schedule(plan.activity) if self._welcome(p)]
        newcomer = None if waiting and rng.random() < 0.5 else self._newcomer()
        if newcomer is not None:
            yield self.season.register(at, self._by(), newcomer.key, plan.activity, plan.workshop)
        elif waiting:
            yield self.season.choose(at, self._by(), rng.choice(waiting), plan.workshop)

    def leave(self, at: datetime) -> Iterator[Act]:
        """Somebody goes to another date, gives the date up, or cancels."""
        rng, plan = self.season.rng, self.workshop
        seats = [p for p in self.season.book.seats(plan.workshop) if p.client in self.season.regulars]
        if not seats:
            return
        place, wish = rng.choice(seats), rng.random()
        if wish < 0.35:
            yield self.season.cancel(at, self._by(), place, rng.choice(_NOTES))
            return
        elsewhere = [r for r in self.others.values() if r.takes_over(place, at)] if wish < 0.8 else []
        if elsewhere:
            target = rng.choice(elsewhere)
            target.ahead += 1
            yield self.season.choose(at, self._by(), place, target.workshop.workshop)
        else:
            yield self.season.defer(at, self._by(), place)

    def takes_over(self, place: Place, at: datetime) -> bool:
        """Whether somebody may come over from another date of the same activity."""
        plan = self.workshop
        return (
            plan.activity == place.activity
            and plan.workshop != place.workshop
            and plan.at <= at < plan.starts - timedelta(days=3)
            and self.ahead < self.to_sell
            and len(self.season.book.seats(plan.workshop)) < plan.capacity * 4 // 5
            and self._welcome(place)
        )

    def tick(self, at: datetime) -> Iterator[Act]:
        """Attendance on the first morning; the absent are called in the days after the last."""
        rng, plan, season = self.season.rng, self.workshop, self.season
        seats = season.book.seats(plan.workshop)
        absent = [p for p in seats if p.client in season.regulars and rng.random() < 0.07]
        present = [p for p in seats if p not in absent]
        for place in present:
            season.book.tick(place)
        if present:
            by = plan.trainers[0] if plan.trainers else plan.organiser
            yield TickPresent(
                at=at, by=by, workshop=plan.workshop, registrations=tuple(p.key for p in present)
            )
        for place in absent:
            called = between(rng, plan.ends, plan.ends + timedelta(days=4), plan.zone)
            if called < self.until:
                season.add(called, partial(self._call, place))

    def _call(self, place: Place, at: datetime) -> Iterator[Act]:
        """An absent client wants a later date, is cancelled, or can't be reached."""
        outcome = self.season.rng.random()
        if outcome < 0.65:
            yield self.season.defer(at, self._by(), place)
        elif outcome < 0.9:
            yield self.season.cancel(at, self._by(), place, _ABSENT_NOTE)

    def _newcomer(self) -> Regular | None:
        """A client who registers; None where nobody is found who may and wants to."""
        for _ in range(_ASKED):
            client = self.season.somebody()
            if client is not None and self.season.rng.random() < self._likely(client):
                return client
        return None

    def _likely(self, client: Regular) -> float:
        """How likely a client who is asked registers; 0 for who may not."""
        book, plan = self.season.book, self.workshop
        if not self._suits(client) or book.has_open(client.key, plan.activity):
            return 0
        retake = book.has_followed(client.key, plan.activity)
        if not book.room(plan, retake=retake) or not book.at_leisure(client.key, plan.starts, plan.ends):
            return 0
        near = self.venue is not None and self.venue.city == client.city
        return (1 if near else 0.25) / (1 + 0.15 * book.count(client.key))

    def _welcome(self, place: Place) -> bool:
        """Whether that registration may come here."""
        book, plan = self.season.book, self.workshop
        client = self.season.regulars.get(place.client)
        return (
            client is not None
            and self._suits(client)
            and book.room(plan, retake=place.retake)
            and book.at_leisure(client.key, plan.starts, plan.ends, giving_up=place.workshop)
        )

    def _suits(self, client: Regular) -> bool:
        """In person on the client's side of the ocean, unless the client travels; EN LIGNE for all."""
        return self.venue is None or client.travels or self.venue.region is client.region

    def _by(self) -> str:
        if self.season.rng.random() < 0.7:
            return self.workshop.organiser
        return self.season.desk(None if self.venue is None else self.venue.region)
