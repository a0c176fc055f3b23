"""Audiences found by SQL are those that a slow, plain filter finds among the same clients (REQ-1)."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from functools import partial
from math import acos, cos, radians, sin
from typing import Any
from urllib.parse import urlsplit
from uuid import UUID, uuid4
from zoneinfo import ZoneInfo

import psycopg
import pytest
from psycopg import sql
from pydantic import TypeAdapter

from aggregates.audience import conditions as asked
from aggregates.audience.found import fingerprint
from aggregates.audience.refusals import AmbiguousTown, UnknownTown
from aggregates.client.events import CardGranted, ContactAddressRecorded, CoordinatesSet, Language
from aggregates.client.phases.events import Enrolled
from aggregates.client.preferences.events import Channel, InterestAdded, InterestWithdrawn, PreferenceChosen
from aggregates.client.registrations.events import FollowedAbroad, RegistrationFollowed
from aggregates.invoice.payments.events import Move, PaymentMethod, PaymentReceived, Pocket, PocketKind
from aggregates.kernel import Fact, fold
from aggregates.workshop.events import Session
from projections import audience_sql
from projections.audience_sql import Moment, Tree
from projections.places import Town, town, towns_named
from service.bootstrap import MODELS
from service.embedded import Servers
from tests.support.builders import (
    cad,
    dossier_created,
    dossier_deactivated,
    invoice_issued,
    invoice_line,
    registered,
    workshop_planned,
)
from tests.support.projecting import Projecting, projecting

pytestmark = pytest.mark.rule("REQ-1")
TODAY = date(2026, 11, 24)
NOW = datetime(2026, 11, 24, 15, tzinfo=UTC)
MOMENT = Moment(NOW, TODAY)
ACTIVITIES, PHASES = [uuid4() for _ in range(3)], [uuid4() for _ in range(2)]
TOWNS = [
    ("Laval", "CA", "H7N 2A1"),
    ("Montréal", "CA", "h2x1y4"),
    ("Québec", "CA", "G1R 4S9"),
    ("Ste-Thérèse", "CA", "J7E 2X5"),
    ("Lyon", "FR", "69003"),
    ("Genève", "CH", "1201"),
    ("Lausanne", "CH", "1003"),
    ("Bruxelles", "BE", "1000"),
    ("Nulle-Part-les-Bains", "FR", "H2000"),
    (None, "FR", None),
]
ZONES = ("America/Toronto", "Europe/Paris")
_TREES: TypeAdapter[Tree] = TypeAdapter(asked.Query)


@dataclass
class Person:
    """What is true of a client, as the test made it up."""

    id: UUID
    country: str
    code: str
    place: tuple[float, float] | None
    language: Language
    mailable: bool
    active: bool = True
    yes: set[Channel] = field(default_factory=set)
    interests: set[UUID] = field(default_factory=set)
    phases: set[UUID] = field(default_factory=set)
    card: tuple[date, date | None] | None = None
    waiting: set[UUID] = field(default_factory=set)
    dated: list[tuple[UUID, date]] = field(default_factory=list)
    followed: list[tuple[UUID, date]] = field(default_factory=list)
    owes: bool = False


class Crowd:
    """Clients made by chance, each told to the log and noted beside it."""

    def __init__(self, models: Projecting, seed: int) -> None:
        self.models = models
        self.chance = random.Random(seed)
        self.workshops: list[tuple[UUID, datetime, str]] = []
        self.people: list[Person] = []

    def fill(self, clients: int) -> None:
        for n in range(-30, 30, 3):
            # Late in the evening: the day differs between UTC and the workshop's zone.
            zone = ZONES[n % 2]
            starts = datetime.combine(TODAY + timedelta(n), time(21), ZoneInfo(zone)).astimezone(UTC)
            workshop, ends = uuid4(), starts + timedelta(hours=2)
            self.workshops.append((workshop, starts, zone))
            planned = workshop_planned(zone=zone, sessions=(Session(starts=starts, ends=ends),))
            self.models.log.given((workshop, planned))
        for n in range(clients):
            self.models.log.given(*self._client(n))
        self.models.catch_up()

    def _client(self, n: int) -> list[tuple[UUID, Fact]]:
        chance, client = self.chance, uuid4()
        city, country, code = chance.choice(TOWNS)
        email = chance.choice(["a@example.com", None])
        found = towns_named(city, country)[:1] if city else []
        person = Person(
            client,
            country,
            fold(code or ""),
            (found[0].latitude, found[0].longitude) if found else None,
            chance.choice(list(Language)),
            email is not None,
        )
        facts: list[Fact] = [
            dossier_created(
                client,
                first_name=f"N{n}",
                city=city,
                country=country,
                postal_code=code,
                email=email,
                language=person.language,
            )
        ]
        facts += [*self._wishes(person), *self._places(person)]
        owed = self._invoice(person)
        if chance.random() < 0.05:
            person.active = False
            facts.append(dossier_deactivated(client))
        self.people.append(person)
        return [(client, fact) for fact in facts] + owed

    def _wishes(self, person: Person) -> Iterator[Fact]:
        chance = self.chance
        for channel in Channel:
            for allowed in chance.choices([True, False], k=chance.randrange(3)):
                yield PreferenceChosen(channel=channel, allowed=allowed, wording="1")
                (person.yes.add if allowed else person.yes.discard)(channel)
        for name, subjects in (("activity", ACTIVITIES), ("phase", PHASES)):
            for subject in chance.sample(subjects, chance.randrange(len(subjects))):
                about: dict[str, Any] = {"person": person.id, "activity": None, "phase": None} | {
                    name: subject
                }
                yield InterestAdded(**about)
                if chance.random() < 0.2:
                    yield InterestWithdrawn(**about)
                else:
                    person.interests.add(subject)
        if chance.random() < 0.3:
            person.card = (TODAY + timedelta(chance.randint(-3, 1)), chance.choice([None, TODAY]))
            if person.card[1] is None or person.card[1] >= person.card[0]:
                yield CardGranted(valid_from=person.card[0], valid_until=person.card[1])
            else:
                person.card = None
        if chance.random() < 0.1:
            person.place = (46.0, -73.0)
            yield CoordinatesSet(person=person.id, latitude=46.0, longitude=-73.0)
        if not person.mailable and chance.random() < 0.3:
            person.mailable = True
            yield ContactAddressRecorded(person=person.id, email="b@example.com", via="sa fille")

    def _places(self, person: Person) -> Iterator[Fact]:
        chance = self.chance
        for phase in PHASES:
            if chance.random() < 0.2:
                person.phases.add(phase)
                yield Enrolled(
                    enrolment=uuid4(), phase=phase, number=1, activities=(), invoice=uuid4(), done=()
                )
        for activity in chance.sample(ACTIVITIES, chance.randrange(len(ACTIVITIES) + 1)):
            registration, kind = uuid4(), chance.randrange(4)
            if kind == 0:
                person.waiting.add(activity)
                yield registered(registration, activity=activity)
            elif kind == 1:
                day = TODAY - timedelta(chance.randint(1, 400))
                person.followed.append((activity, day))
                yield FollowedAbroad(
                    registration=registration, activity=activity, first_day=day, last_day=day, country="ES"
                )
            else:
                yield from self._dated(person, activity, registration, ticked=kind == 3)

    def _dated(self, person: Person, activity: UUID, registration: UUID, *, ticked: bool) -> Iterator[Fact]:
        workshop, starts, zone = self.chance.choice(self.workshops)
        ends = starts + timedelta(hours=2)
        first = starts.astimezone(ZoneInfo(zone)).date()
        yield registered(registration, activity=activity, workshop=workshop, starts=starts)
        if not ticked:
            person.dated.append((activity, first))
            return
        if ends <= NOW:
            person.followed.append((activity, first))
        # Ticks of older releases name neither day nor end.
        told = {"last_day": first, "ends": ends, "zone": zone} if self.chance.random() < 0.5 else {}
        yield RegistrationFollowed(registration=registration, workshop=workshop, **told)

    def _invoice(self, person: Person) -> list[tuple[UUID, Fact]]:
        kind = self.chance.randrange(4)
        if kind == 0:
            return []
        invoice, line = uuid4(), invoice_line(cad(10_000))
        issued = (invoice, invoice_issued(person.id, f"CA-2026-{len(self.people):04d}", line))
        person.owes = kind != 1
        if kind == 2:
            return [issued]
        method = PaymentMethod.CARD if kind == 1 else PaymentMethod.CHEQUE
        return [issued, (invoice, self._paid(line.id, method))]

    @staticmethod
    def _paid(line: UUID, method: PaymentMethod) -> PaymentReceived:
        payment = uuid4()
        move = Move(
            payment=payment, source=None, target=Pocket(kind=PocketKind.LINE, id=line), amount=cad(10_000)
        )
        return PaymentReceived(payment=payment, method=method, amount=cad(10_000), moves=(move,))


def kilometres(town_: Town, place: tuple[float, float]) -> float:
    """By the law of cosines, not as the query counts."""
    a, b = radians(town_.latitude), radians(place[0])
    east = radians(place[1] - town_.longitude)
    return 6371.0 * acos(min(1.0, sin(a) * sin(b) + cos(a) * cos(b) * cos(east)))


def between(day: date, leaf: Any) -> bool:
    return (leaf.since is None or day >= leaf.since) and (leaf.until is None or day <= leaf.until)


def holds(tree: Tree, p: Person) -> bool:
    """Whether the condition is true of the person: every line says what the rule says."""
    match tree:
        case asked.AllOf():
            return all(holds(inner, p) for inner in tree.conditions)
        case asked.AnyOf():
            return any(holds(inner, p) for inner in tree.conditions)
        case asked.NoneOf():
            return not any(holds(inner, p) for inner in tree.conditions)
        case asked.InCountry():
            return p.country == tree.country
        case asked.PostalPrefix():
            return p.country == tree.country and p.code.startswith(fold(tree.prefix))
        case asked.Near():
            centre = town(tree.place) if tree.place else towns_named(tree.city, tree.country)[0]
            assert centre is not None
            return p.place is not None and kilometres(centre, p.place) <= tree.km
        case asked.Interested():
            return (tree.activity or tree.phase) in p.interests
        case asked.ToSchedule():
            return tree.activity in p.waiting
        case asked.Registered():
            return any(tree.activity in (None, a) and between(day, tree) for a, day in p.dated)
        case asked.Followed():
            return any(tree.activity in (None, a) and between(day, tree) for a, day in p.followed)
        case asked.LastSeen():
            return bool(p.followed) and between(max(day for _, day in p.followed), tree)
        case asked.Student():
            return tree.phase in p.phases
        case asked.PrivilegeCard():
            return p.card is not None and p.card[0] <= TODAY and (p.card[1] is None or p.card[1] >= TODAY)
        case asked.Consents():
            return tree.channel in p.yes
        case asked.BalanceDue():
            return p.owes
        case asked.NoEmail():
            return not p.mailable
        case asked.Speaks():
            return p.language == tree.language


def leaves() -> list[dict[str, Any]]:
    """Each condition in the forms it has."""
    first, second = str(ACTIVITIES[0]), str(ACTIVITIES[1])
    day, before = str(TODAY - timedelta(6)), str(TODAY - timedelta(100))
    return [
        *({"kind": "country", "country": c} for c in ("CA", "FR", "LU")),
        *({"kind": "postal_prefix", "country": c, "prefix": x} for c, x in
          (("CA", "H2"), ("CA", "h7 n"), ("FR", "H2"), ("CH", "10"), ("CA", "J7Z"))),
        *({"kind": "near", "city": c, "country": k, "km": km} for c, k, km in
          (("Laval", "CA", 50), ("Laval", "CA", 5), ("Montreal", "CA", 200), ("geneve", "CH", 60),
           ("Bruxelles", "BE", 1))),
        {"kind": "interested", "activity": first},
        {"kind": "interested", "phase": str(PHASES[0])},
        {"kind": "to_schedule", "activity": first},
        {"kind": "registered"},
        {"kind": "registered", "activity": second, "since": day},
        {"kind": "registered", "since": str(TODAY), "until": str(TODAY)},
        {"kind": "followed"},
        {"kind": "followed", "activity": first, "until": day},
        {"kind": "followed", "since": before, "until": day},
        {"kind": "last_seen", "until": before},
        {"kind": "last_seen", "since": day},
        {"kind": "student", "phase": str(PHASES[1])},
        {"kind": "privilege_card"},
        *({"kind": "consents", "channel": c.value} for c in Channel),
        {"kind": "balance_due"},
        {"kind": "no_email"},
        *({"kind": "language", "language": c} for c in ("fr", "en")),
    ]  # fmt: skip


def trees(seed: int, count: int) -> list[dict[str, Any]]:
    """Every leaf alone and negated, then groups of groups by chance."""
    chance, single = random.Random(seed), leaves()

    def grown(depth: int) -> dict[str, Any]:
        if depth == 0:
            return chance.choice(single)
        parts = [grown(chance.randrange(depth)) for _ in range(chance.randint(1, 3))]
        return {"kind": chance.choice(["all_of", "any_of", "none_of"]), "conditions": parts}

    negated = [{"kind": "none_of", "conditions": [leaf]} for leaf in single]
    return [*single, *negated, *(grown(3) for _ in range(count))]


@pytest.fixture(scope="module")
def crowd(servers: Servers, template_database: str) -> Iterator[Crowd]:
    """One for all tests of this file, on a database of its own."""
    names = {"name": sql.Identifier("portail_crowd"), "template": sql.Identifier(template_database)}
    url = urlsplit(servers.database_url)._replace(path="/portail_crowd").geturl()
    with psycopg.connect(servers.database_url, autocommit=True) as connection:
        connection.execute(sql.SQL("create database {name} template {template}").format(**names))
        with projecting(url, MODELS) as models:
            made = Crowd(models, seed=20_261_124)
            made.fill(250)
            yield made
        connection.execute(sql.SQL("drop database {name} with (force)").format(**names))


def found(crowd: Crowd, tree: Tree) -> set[UUID]:
    answer = crowd.models.ask(lambda c: audience_sql.found(c, tree, MOMENT, most=300, limit=1_000))
    assert answer.count == len(answer.items)
    return {UUID(row["id"]) for row in answer.items}


def expected(crowd: Crowd, tree: Tree, told: Callable[[Tree, Person], bool] = holds) -> set[UUID]:
    return {p.id for p in crowd.people if p.active and told(tree, p)}


def asked_for() -> Sequence[Tree]:
    return [_TREES.validate_python(tree) for tree in trees(7, 60)]


def test_every_audience_is_the_one_that_a_plain_filter_finds(crowd: Crowd) -> None:
    queries = asked_for()
    sizes = []
    for tree in queries:
        by_hand = expected(crowd, tree)
        assert found(crowd, tree) == by_hand, tree.model_dump_json()
        sizes.append(len(by_hand))
    assert len(queries) >= 40
    everybody = sum(p.active for p in crowd.people)
    assert sum(0 < size < everybody for size in sizes) >= 40, "audiences that tell somebody apart"


WRONG: dict[str, Callable[[Person], Any]] = {
    "consents": lambda p: Channel.EMAIL in p.yes,
    "postal_prefix": lambda p: p.code.startswith("h2"),
    "near": lambda p: p.place is not None,
    "followed": lambda p: bool(p.followed or p.dated),
    "privilege_card": lambda p: p.card is not None,
    "balance_due": lambda p: True,
    "no_email": lambda p: Channel.EMAIL not in p.yes,
}


@pytest.mark.parametrize("kind", WRONG)
def test_a_filter_that_is_wrong_finds_others(crowd: Crowd, kind: str) -> None:
    """The control: the crowd tells the two apart."""

    def careless(tree: Tree, p: Person) -> bool:
        return bool(WRONG[kind](p)) if tree.kind == kind else holds(tree, p)

    alone = [tree for tree in asked_for() if tree.kind == kind]
    assert any(found(crowd, tree) != expected(crowd, tree, careless) for tree in alone)


def test_the_list_is_ordered_by_name_and_paged(crowd: Crowd) -> None:
    tree = _TREES.validate_python({"kind": "language", "language": "fr"})
    whole = crowd.models.ask(lambda c: audience_sql.found(c, tree, MOMENT, most=300, limit=1_000))
    seen: list[Any] = []
    while True:
        after = (seen[-1]["sort"], UUID(seen[-1]["id"])) if seen else None
        page = crowd.models.ask(
            partial(audience_sql.found, tree=tree, moment=MOMENT, most=300, after=after, limit=30)
        )
        assert page.count == whole.count
        if not page.items:
            break
        seen += page.items
    assert seen == whole.items
    assert [r["sort"] for r in seen] == sorted(r["sort"] for r in seen)


def test_a_command_is_given_the_same_persons_in_parts_by_id(crowd: Crowd) -> None:
    tree = _TREES.validate_python({"kind": "language", "language": "fr"})
    whole = crowd.models.ask(lambda c: audience_sql.found(c, tree, MOMENT, most=1_000, limit=1_000))
    at: dict[str, Any] = {"now": MOMENT.now, "today": MOMENT.today}
    parts = [
        audience_sql.members(crowd.models.connection, tree, **at, most=30, skip=30 * n) for n in range(10)
    ]
    assert {part.count for part in parts} == {whole.count}
    persons = [person for part in parts for person in part.persons]
    assert [person.client for person in persons] == sorted(UUID(row["id"]) for row in whole.items)
    assert whole.reviewed == fingerprint(person.client for person in persons)
    consents = {row["id"]: row["email_ok"] for row in whole.items}
    assert {str(person.client): person.consents for person in persons} == consents
    assert {person.has_address for person in persons} == {True, False}
    few = crowd.models.ask(lambda c: audience_sql.found(c, tree, MOMENT, most=whole.count - 1, limit=1))
    assert few.reviewed is None


def test_a_town_of_several_is_asked_back_and_an_unknown_one_refused(crowd: Crowd) -> None:
    def near(**changes: Any) -> asked.Near:
        return asked.Near(**{"kind": "near", "km": 20, "city": "Sherbrooke", "country": "CA"} | changes)

    with pytest.raises(AmbiguousTown) as refused:
        found(crowd, near())
    candidates = refused.value.fields["candidates"]
    assert [c["name"] for c in candidates] == ["Sherbrooke (Québec, CA)", "Sherbrooke (Alberta, CA)"]
    assert found(crowd, near(place=candidates[0]["place"])) == set()
    with pytest.raises(UnknownTown):
        found(crowd, near(city="Nulle-Part-les-Bains"))
