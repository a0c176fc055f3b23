"""Random histories and then a removal: its outcome is the one a plain reading of DOS-8 expects (T15).

The expectation is made from the list of what was done, by adding up prices; it asks nothing of the portal.
"""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest

from aggregates.client.events import Language
from aggregates.client.state import CLIENT, Dossier
from aggregates.kernel import Currency, Money, Refused, Role
from commands.clients.add_interest import AddInterest
from commands.clients.change_profile import ChangeProfile
from commands.clients.remove_dossier import RemoveDossier
from commands.clients.write_note import WriteNote
from commands.payments.decide_case import DecideCase
from commands.registrations.cancel_registration import CancelRegistration
from commands.workshops.join_waiting_list import JoinWaitingList
from commands.workshops.tick_attendance import TickAttendance
from schema.labels import label
from tests.support.lanes import figures
from tests.support.write_side import ACCOUNTING, School, Sold, principal, school_on

PRICES = {"dear": 37_500, "cheap": 12_000, "free": 0}
MOST = 8
ACTS = ("wish", "move", "place", "place", "pay", "deposit", "cancel", "decide", "follow")
ERASED, DEACTIVATED, MONEY, OPEN = "erased", "deactivated", "balance_not_zero", "registrations_open"
OUTCOMES = (ERASED, DEACTIVATED, MONEY, OPEN)


@dataclass
class Place:
    """One registration as an accountant's notebook would have it."""

    price: int
    currency: str
    on_a_date: bool = False
    state: str = "open"
    noted: int = 0
    deposited: int = 0
    case: str = "none"

    @property
    def balance(self) -> int:
        owed = 0 if self.case == "decided" else self.price
        return owed - self.deposited


@dataclass
class Notebook:
    """What was done for one client, in order, and what it comes to."""

    places: list[Place] = field(default_factory=list)
    acts: list[tuple[str, Any]] = field(default_factory=list)
    currency: str = "CAD"

    def expected(self) -> str:
        """DOS-8, read plainly and in its order."""
        if any(p.balance or p.noted or p.case == "undecided" for p in self.places):
            return MONEY
        if any(p.state == "open" for p in self.places):
            return OPEN
        return DEACTIVATED if self.places else ERASED

    def draw(self, chance: random.Random) -> None:
        """A history of up to eight acts; a history that ends tidily is as likely as one that doesn't."""
        for _ in range(chance.choice((0, 1, 2, 4, MOST))):
            self._some_act(chance)
        if chance.random() < 0.6:
            self._tidy(chance, keep_open=chance.random() < 0.4)

    def _some_act(self, chance: random.Random) -> None:
        name = chance.choice(ACTS)
        if name == "wish":
            self.acts.append(("wish", chance.choice(("interest", "note", "waiting list"))))
        elif name == "move":
            self.currency = "EUR" if self.currency == "CAD" else "CAD"
            self.acts.append(("move", self.currency))
        elif name == "place":
            kind, dated = chance.choice(tuple(PRICES)), chance.random() < 0.4
            self.places.append(Place(PRICES[kind], self.currency, on_a_date=dated))
            self.acts.append(("place", (kind, dated)))
        elif self.places:
            self._on_place(name, chance.randrange(len(self.places)))

    def _on_place(self, name: str, n: int) -> None:
        place = self.places[n]
        if name == "pay" and place.state != "cancelled" and place.price and not place.noted + place.deposited:
            place.noted = place.price
        elif name == "deposit" and place.noted:
            place.noted, place.deposited = 0, place.deposited + place.noted
        elif name == "cancel" and place.state == "open" and not place.noted:
            place.state, place.case = "cancelled", "undecided"
        elif name == "decide" and place.case == "undecided":
            place.case = "decided"
        elif name == "follow" and place.state == "open" and place.on_a_date:
            place.state = "followed"
        else:
            return
        self.acts.append((name, n))

    def _tidy(self, chance: random.Random, *, keep_open: bool) -> None:
        for n, place in enumerate(self.places):
            if place.state == "open" and not keep_open:
                unpaid = not place.noted + place.deposited
                self._on_place("cancel" if unpaid and chance.random() < 0.5 else "follow", n)
                if place.state == "open" and unpaid:
                    self._on_place("cancel", n)
            for name in ("decide", "pay", "deposit") if place.case == "none" else ("decide", "deposit"):
                self._on_place(name, n)


@dataclass
class Stage:
    """A school in which notebooks are acted out."""

    school: School
    activities: Mapping[str, Sequence[UUID]]
    """By price, one for each place a history may have: nobody has two open places for one."""
    past: Mapping[UUID, UUID]
    full: UUID

    @classmethod
    def of(cls, school: School) -> Stage:
        activities = {
            kind: [
                school.activity(f"{kind} {n}", prices=tuple(Money(minor=minor, currency=c) for c in Currency))
                for n in range(MOST)
            ]
            for kind, minor in PRICES.items()
        }
        past = {
            activity: school.workshop(
                activity, starts=datetime.now(UTC) - timedelta(days=n, hours=9), capacity=5_000
            )
            for of_price in activities.values()
            for n, activity in enumerate(of_price)
        }
        waited_for = school.activity("full")
        full = school.workshop(waited_for, capacity=1)
        school.registration(school.client(), waited_for, full)
        return cls(school, activities, past, full)

    def act_out(self, notebook: Notebook) -> UUID:
        """The same by real commands; the client."""
        client = self.school.client()
        sold: list[Sold] = []
        paid: dict[int, UUID] = {}
        cases: dict[int, UUID] = {}
        for name, about in notebook.acts:
            if name in {"wish", "move"}:
                self._wish_or_move(client, name, about)
            elif name == "place":
                kind, dated = about
                activity = self.activities[kind][len(sold)]
                day = self.past[activity] if dated else None
                waived = {"waive_reason": "Paie sur place."} if dated else {}
                sold.append(self.school.sold(client, activity, day, **waived))
            elif name == "pay":
                paid[about] = self.school.paid(
                    client, notebook.places[about].price, registration=sold[about].registration
                )
            elif name == "deposit":
                self.school.deposited(sold[about].invoice, paid[about])
            elif name == "cancel":
                wish = CancelRegistration(
                    client=client, registration=sold[about].registration, note="Ne vient plus."
                )
                cases[about] = self.school.send(wish).made["case-1"]
            elif name == "decide":
                fee = Money.zero(Currency(notebook.places[about].currency))
                self.school.send(
                    DecideCase(client=client, invoice=sold[about].invoice, case=cases[about], fee=fee),
                    ACCOUNTING,
                )
            else:
                self._follow(client, sold[about].registration)
        return client

    def _wish_or_move(self, client: UUID, name: str, about: str) -> None:
        loaded = self.school.side.store.load([CLIENT.at(client)])[0]
        dossier = loaded.state
        assert isinstance(dossier, Dossier)
        if name == "move":
            kept = {n: getattr(dossier, n) for n in ChangeProfile.model_fields if hasattr(dossier, n)}
            moved = {
                "client": client,
                "country": "FR" if about == "EUR" else "CA",
                "language": Language.FR,
                "seen_version": loaded.version,
            }
            self.school.send(ChangeProfile(**kept | moved))
        elif about == "interest":
            self.school.send(AddInterest(client=client, activity=self.activities["dear"][0]))
        elif about == "note":
            note = {"kind": "general", "text": "Préfère le matin.", "seen_version": loaded.version}
            self.school.send(WriteNote.model_validate({"client": client} | note, strict=False))
        elif not dossier.waiting_in:
            self.school.send(JoinWaitingList(client=client, workshop=self.full))

    def _follow(self, client: UUID, registration: UUID) -> None:
        dossier = self.school.state(CLIENT.at(client))
        assert isinstance(dossier, Dossier)
        workshop = dossier.registrations[registration].workshop  # type: ignore[union-attr]
        self.school.send(TickAttendance(workshop=workshop, registrations=(registration,)))

    def outcome(self, client: UUID) -> str:
        """What asking to be removed comes to; refused, it leaves nothing behind."""
        before = self.written()
        try:
            made = self.school.send(RemoveDossier(client=client), principal(Role.CLIENT, user=client)).made
        except Refused as refused:
            left_behind = self.written() != before
            told = f"{refused.code} ({refused.rule})".removesuffix(" (DOS-8)")
            return f"{told}, with changes" if left_behind else told
        assert self.written() != before
        ((told, whose),) = made.items()
        assert whose == client
        return told

    def written(self) -> tuple[Any, ...]:
        """Counts and sums over every table a command may write to."""
        with self.school.side.pool.connection() as connection:
            row = connection.execute(
                "select (select count(*) from events), (select count(*) from claims),"
                " (select count(*) from commands), (select count(*) from keys where wrapped is not null),"
                " (select coalesce(sum(last), 0) from series), (select count(*) from accounts)"
            ).fetchone()
        assert row is not None
        return tuple(row)


@pytest.fixture
def stage(database: str) -> Iterator[Stage]:
    with school_on(database) as school:
        yield Stage.of(school)


@pytest.mark.rule("DOS-8", "T15")
@figures("of_each", short=50, long=1_000)
def test_each_outcome_of_many_random_histories_is_the_expected_one(stage: Stage, of_each: int) -> None:
    seed = random.SystemRandom().randrange(10**6)
    chance = random.Random(seed)
    seen: Counter[str] = Counter()
    wrong = []
    while min(seen[outcome] for outcome in OUTCOMES) < of_each:
        notebook = Notebook()
        notebook.draw(chance)
        expected = notebook.expected()
        if seen[expected] >= of_each:
            continue
        seen[expected] += 1
        outcome = stage.outcome(stage.act_out(notebook))
        if outcome != expected:
            wrong.append((expected, outcome, notebook.acts))
    print(f"removals: {sum(seen.values())} histories, {len(wrong)} wrong outcomes (seed {seed})")
    assert not wrong, f"seed {seed}: {wrong[0]}"


@pytest.mark.rule("T15")
def test_a_reading_that_nets_two_currencies_is_found_wrong(stage: Stage) -> None:
    """The control: an expectation that forgets one word of the rule differs."""
    owing_and_owed = Notebook(
        places=[
            Place(12_000, "CAD", state="cancelled", deposited=12_000, case="decided"),
            Place(12_000, "EUR", on_a_date=True, state="followed"),
        ],
        acts=[
            ("place", ("cheap", False)),
            ("pay", 0),
            ("deposit", 0),
            ("cancel", 0),
            ("decide", 0),
            ("move", "EUR"),
            ("place", ("cheap", True)),
            ("follow", 1),
        ],
    )
    netted = sum(place.balance for place in owing_and_owed.places)
    assert netted == 0, "netted, nothing would be open"
    assert owing_and_owed.expected() == MONEY == stage.outcome(stage.act_out(owing_and_owed))


@pytest.mark.rule("DOS-8", "T15")
@pytest.mark.parametrize("language", ["fr", "en"])
def test_the_four_answers_are_four_distinct_messages(language: Any) -> None:
    refusals = {label(language, "refused", code) for code in (MONEY, OPEN)}
    done = {label(language, "removal", outcome) for outcome in (ERASED, DEACTIVATED)}
    assert len(refusals | done) == 4
