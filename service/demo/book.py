"""Who is registered for what at a moment of the demo plan; refuses what the portal would refuse."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from service.demo.acts import PlanWorkshop


@dataclass(eq=False)
class Place:
    """One registration; `workshop` None while À PLANIFIER."""

    key: str
    client: str
    activity: str
    retake: bool
    workshop: str | None = None
    followed: bool = False
    cancelled: bool = False

    @property
    def open(self) -> bool:
        """À PLANIFIER or INSCRIT."""
        return not (self.followed or self.cancelled)


class Book:
    """Registrations by client and seats by workshop; ValueError where a rule would be broken."""

    def __init__(self) -> None:
        self._workshops: dict[str, PlanWorkshop] = {}
        self._by_client: dict[str, list[Place]] = {}
        self._seats: dict[str, list[Place]] = {}
        self._by_key: dict[str, Place] = {}
        self._undated: dict[str, dict[str, Place]] = {}
        """By activity: those À PLANIFIER, longest waiting first."""

    def plan(self, workshop: PlanWorkshop) -> None:
        """Open the workshop for registrations."""
        self._workshops[workshop.workshop] = workshop
        self._seats[workshop.workshop] = []

    def planned(self, activity: str) -> Iterator[PlanWorkshop]:
        """Workshops of the activity planned so far."""
        return (w for w in self._workshops.values() if w.activity == activity)

    def place(self, registration: str) -> Place:
        """The registration under that key."""
        return self._by_key[registration]

    def seats(self, workshop: str) -> list[Place]:
        """Seats taken, in the order they were."""
        return list(self._seats[workshop])

    def to_schedule(self, activity: str) -> Iterator[Place]:
        """Registrations for the activity without a date."""
        return iter(self._undated.get(activity, {}).values())

    def has_open(self, client: str, activity: str) -> bool:
        """Whether the client has an active registration for it (INS-12)."""
        return any(p.open and p.activity == activity for p in self._by_client.get(client, ()))

    def has_followed(self, client: str, activity: str) -> bool:
        """Whether another one would be a retake (INS-3)."""
        return any(p.followed and p.activity == activity for p in self._by_client.get(client, ()))

    def knows(self, client: str, activity: str) -> bool:
        """Whether the client ever registered for it."""
        return any(p.activity == activity for p in self._by_client.get(client, ()))

    def count(self, client: str) -> int:
        """Registrations of the client, of whatever state."""
        return len(self._by_client.get(client, ()))

    def room(self, workshop: PlanWorkshop, *, retake: bool) -> bool:
        """Whether one more seat may be taken (ATE-2)."""
        seats = self._seats[workshop.workshop]
        limit = workshop.capacity if workshop.retake_limit is None else workshop.retake_limit
        return len(seats) < workshop.capacity and not (retake and sum(p.retake for p in seats) >= limit)

    def at_leisure(self, client: str, starts: datetime, ends: datetime, giving_up: str | None = None) -> bool:
        """Whether no other workshop keeps the client busy between the two."""
        dated = (self._workshops[p.workshop] for p in self._by_client.get(client, ()) if p.workshop)
        return not any(w.workshop != giving_up and w.starts < ends and starts < w.ends for w in dated)

    def register(self, key: str, client: str, activity: str, workshop: str | None) -> Place:
        """Add a registration and its seat."""
        if self.has_open(client, activity):
            raise ValueError(f"{client} is registered for {activity}")
        place = Place(key, client, activity, self.has_followed(client, activity))
        if workshop is not None:
            self._sit(place, workshop)
        else:
            self._wait(place)
        self._by_key[key] = place
        self._by_client.setdefault(client, []).append(place)
        return place

    def choose(self, place: Place, workshop: str) -> None:
        """Take the new seat, free the old one."""
        self._require_open(place)
        before = place.workshop
        self._sit(place, workshop)
        if before is not None:
            self._seats[before].remove(place)
        else:
            del self._undated[place.activity][place.key]

    def defer(self, place: Place) -> None:
        """Free the seat; À PLANIFIER again."""
        self._require_open(place)
        self._free(place)
        self._wait(place)

    def cancel(self, place: Place) -> None:
        """Free the seat for good."""
        self._require_open(place)
        self._undated.get(place.activity, {}).pop(place.key, None)
        self._free(place)
        place.cancelled = True

    def tick(self, place: Place) -> None:
        """Present: followed, the seat stays taken."""
        self._require_open(place)
        if place.workshop is None:
            raise ValueError(f"{place.key} has no date")
        place.followed = True

    def _sit(self, place: Place, workshop: str) -> None:
        target = self._workshops[workshop]
        if target.activity != place.activity:
            raise ValueError(f"{workshop} is of another activity than {place.key}")
        if not self.room(target, retake=place.retake):
            raise ValueError(f"{workshop} is full")
        self._seats[workshop].append(place)
        place.workshop = workshop

    def _wait(self, place: Place) -> None:
        self._undated.setdefault(place.activity, {})[place.key] = place

    def _free(self, place: Place) -> None:
        if place.workshop is not None:
            self._seats[place.workshop].remove(place)
            place.workshop = None

    def _require_open(self, place: Place) -> None:
        if not place.open:
            raise ValueError(f"{place.key} is over")
