"""The agenda of the demo school: what is to happen when, carried out in that order against one book."""

from __future__ import annotations

import heapq
from bisect import bisect
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from random import Random

from aggregates.catalogue.settings import Region
from aggregates.kernel import Role
from service.demo.acts import Act, Cancel, ChooseDate, Defer, Register
from service.demo.book import Book, Place
from service.demo.school import StaffRow

Happening = Callable[[datetime], Iterator[Act]]
"""Given the moment that has come, yields what is done then."""


@dataclass(frozen=True)
class Regular:
    """A client whom the plan may pick; `keen` says how readily."""

    key: str
    region: Region
    city: str
    travels: bool
    keen: float


class Season:
    """Book, agenda and clients of one plan. Every choice is drawn from `rng`, in the order of the agenda.

    `mark` sets its keys apart from those of other seasons.
    """

    def __init__(self, rng: Random, staff: Sequence[StaffRow], mark: str = "") -> None:
        self.rng = rng
        self.mark = mark
        self.book = Book()
        self.regulars: dict[str, Regular] = {}
        self._in_turn: list[Regular] = []
        self._keenness: list[float] = []
        """Summed up, in the same order."""
        self._staff = staff
        self._agenda: list[tuple[datetime, int, Happening]] = []
        self._entries = 0
        self._registrations = 0

    def welcome(self, regular: Regular) -> None:
        """From now on the client may be picked."""
        self.regulars[regular.key] = regular
        self._in_turn.append(regular)
        self._keenness.append(regular.keen + (self._keenness[-1] if self._keenness else 0))

    def somebody(self) -> Regular | None:
        """A client, by keenness; None before the first one."""
        if not self._in_turn:
            return None
        drawn = self.rng.random() * self._keenness[-1]
        return self._in_turn[min(bisect(self._keenness, drawn), len(self._in_turn) - 1)]

    def add(self, at: datetime, happening: Happening) -> None:
        """Put it on the agenda; at one instant things happen in the order they were added."""
        self._entries += 1
        heapq.heappush(self._agenda, (at, self._entries, happening))

    def acts(self) -> Iterator[Act]:
        """Everything on the agenda, and what that puts on it, in time order."""
        while self._agenda:
            at, _, happening = heapq.heappop(self._agenda)
            yield from happening(at)

    def desk(self, region: Region | None) -> str:
        """A staff user who registers clients of that region."""
        rows = [r for r in self._staff if Role.OFFICE in r.roles]
        rows += [r for r in self._staff if Role.ORGANISER in r.roles and region in (r.region, None)]
        return f"staff/{self.rng.choice(rows).key}"

    def register(self, at: datetime, by: str, client: str, activity: str, workshop: str | None) -> Register:
        """Write a new registration in the book."""
        self._registrations += 1
        key = f"registration/{self.mark}{self._registrations:05d}"
        self.book.register(key, client, activity, workshop)
        return Register(at=at, by=by, registration=key, client=client, activity=activity, workshop=workshop)

    def choose(self, at: datetime, by: str, place: Place, workshop: str) -> ChooseDate:
        """Give it that date in the book."""
        self.book.choose(place, workshop)
        return ChooseDate(at=at, by=by, client=place.client, registration=place.key, workshop=workshop)

    def defer(self, at: datetime, by: str, place: Place) -> Defer:
        """Take its date off in the book."""
        self.book.defer(place)
        return Defer(at=at, by=by, client=place.client, registration=place.key)

    def cancel(self, at: datetime, by: str, place: Place, note: str) -> Cancel:
        """Cancel it in the book."""
        self.book.cancel(place)
        return Cancel(at=at, by=by, client=place.client, registration=place.key, note=note)
