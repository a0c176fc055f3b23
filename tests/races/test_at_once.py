"""Two people want what only one can have, at the same moment, on connections of their own."""

from __future__ import annotations

import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import psycopg
import pytest

from aggregates.client.phases.refusals import AlreadyEnrolled, RegistrationsInPhase
from aggregates.client.refusals import AlreadyClient, EmailTaken
from aggregates.client.registrations.refusals import AlreadyRegistered, AlreadyToSchedule, RegistrationNotOpen
from aggregates.client.registrations.state import Followed, Scheduled, ToSchedule
from aggregates.client.state import CLIENT
from aggregates.kernel import Aggregate, Refused, Role
from aggregates.staff.refusals import StaffEmailTaken
from aggregates.workshop.refusals import AlreadyOnRoster, NotOnRoster, WorkshopFull
from aggregates.workshop.state import WORKSHOP
from commands.access import SYSTEM, Principal
from commands.clients.create_dossier import CreateDossier
from commands.clients.remove_dossier import RemoveDossier
from commands.clients.restore_dossier import RestoreDossier
from commands.dispatch import Dispatcher, StreamClashError
from commands.message import Act, Answer, Command
from commands.registrations.choose_date import ChooseDate
from commands.registrations.defer_registration import DeferRegistration
from commands.registrations.register_client import RegisterClient
from commands.registrations.register_for_phase import RegisterForPhase
from commands.staff.add_staff import AddStaff
from commands.workshops.tick_attendance import TickAttendance
from schema.mapper import StoredFact
from schema.store import Change
from tests.support.write_side import ACCOUNTING, ADMIN, OFFICE, School, principal, school_on

TIMES = 8
"""How often each race is run: not every start is close enough to cross."""


@pytest.fixture
def school(database: str) -> Iterator[School]:
    with school_on(database) as made:
        yield made


def sender(command: Any) -> Principal:
    """Somebody who may send it; what clients alone may, the client."""
    able = (who for who in (ADMIN, OFFICE, ACCOUNTING, SYSTEM) if who.role in command.ALLOWED)
    return next(able, None) or principal(Role.CLIENT, user=command.client)


def at_once(school: School, *commands: Command) -> list[Answer | Refused]:
    """What each is answered when all are sent at the same moment."""
    together = threading.Barrier(len(commands))

    def send(command: Command) -> Answer | Refused:
        who = sender(command)
        together.wait(10)
        try:
            return school.send(command, who)
        except Refused as refused:
            return refused

    with ThreadPoolExecutor(len(commands)) as pool:
        return list(pool.map(send, commands))


def state(school: School, kind: Aggregate[Any], stream: UUID) -> Any:
    return school.side.store.load([kind.at(stream)])[0].state


def winner(outcomes: list[Answer | Refused]) -> tuple[Answer, list[Refused]]:
    """The only one that was done, and the others."""
    (done,) = [outcome for outcome in outcomes if isinstance(outcome, Answer)]
    return done, [outcome for outcome in outcomes if isinstance(outcome, Refused)]


def dossier(**changes: Any) -> CreateDossier:
    values: dict[str, Any] = {"last_name": f"Roy-{uuid4().hex}", "first_name": "Luc", "country": "CA"}
    return CreateDossier(**values | changes)


class TestOneDossierPerPerson:
    @pytest.mark.rule("DOS-4")
    def test_of_two_with_one_email_the_second_is_told_of_the_first(self, school: School) -> None:
        for _ in range(TIMES):
            email = f"{uuid4().hex}@example.com"
            both = at_once(school, dossier(email=email), dossier(email=email.upper()))
            done, (refused,) = winner(both)
            assert isinstance(refused, EmailTaken)
            assert refused.fields == {"dossier": done.made["client"]}

    @pytest.mark.rule("DOS-4")
    def test_of_two_with_one_name_and_postal_code_the_second_is_told_of_the_first(
        self, school: School
    ) -> None:
        for _ in range(TIMES):
            name = f"Lebœuf {uuid4().hex}"
            one = dossier(last_name=name, first_name="Éloïse", postal_code="H2X 1Y4")
            other = dossier(
                last_name=name.replace("œ", "oe").upper(), first_name="eloise", postal_code="h2x1y4"
            )
            done, (refused,) = winner(at_once(school, one, other))
            assert isinstance(refused, AlreadyClient)
            assert refused.fields == {"dossier": done.made["client"]}

    @pytest.mark.rule("STF-1")
    def test_a_client_and_a_staff_user_never_share_a_log_in(self, school: School) -> None:
        for _ in range(TIMES):
            email = f"{uuid4().hex}@example.com"
            staff = AddStaff(name="Luc Roy", email=email, roles=(Role.OFFICE,))
            _, (refused,) = winner(at_once(school, dossier(email=email), staff))
            assert isinstance(refused, EmailTaken | StaffEmailTaken)

    @pytest.mark.rule("DOS-9")
    def test_a_restored_dossier_and_a_new_one_never_share_an_email(self, school: School) -> None:
        for _ in range(TIMES):
            client, activity = school.client(), school.activity()
            registration = school.registration(client, activity)
            school.cancelled(client, registration)
            school.send(RemoveDossier(client=client))
            email = f"{uuid4().hex}@example.com"
            back = RestoreDossier(client=client, email=email, country="CA")
            _, (refused,) = winner(at_once(school, dossier(email=email), back))
            assert isinstance(refused, EmailTaken)


class TestLastSeat:
    @pytest.mark.rule("ATE-2")
    def test_eight_registrations_for_the_last_seat(self, school: School) -> None:
        activity = school.activity()
        workshop = school.workshop(activity, capacity=1)
        wishes = [
            RegisterClient(client=school.client(), activity=activity, workshop=workshop) for _ in range(8)
        ]
        done, refused = winner(at_once(school, *wishes))
        assert {type(r) for r in refused} == {WorkshopFull}
        assert list(state(school, WORKSHOP, workshop).seats) == [done.made["registration"]]

    @pytest.mark.rule("INS-7")
    def test_two_changes_of_date_into_the_last_seat(self, school: School) -> None:
        for _ in range(TIMES):
            activity = school.activity()
            full = school.workshop(activity, capacity=1)
            old = school.workshop(activity)
            people = [school.client(), school.client()]
            moves = [
                ChooseDate(
                    client=person, registration=school.registration(person, activity, old), workshop=full
                )
                for person in people
            ]
            _, (refused,) = winner(at_once(school, *moves))
            assert isinstance(refused, WorkshopFull)
            assert len(state(school, WORKSHOP, full).seats) == len(state(school, WORKSHOP, old).seats) == 1
            stays = next(iter(state(school, WORKSHOP, old).seats.values())).client
            (kept,) = state(school, CLIENT, stays).registrations.values()
            assert (kept.workshop, kept.sale.given_up) == (old, ())

    @pytest.mark.rule("INS-7")
    def test_two_that_change_places_with_each_other_both_get_there(self, school: School) -> None:
        for _ in range(TIMES):
            activity = school.activity()
            dates = [school.workshop(activity), school.workshop(activity)]
            moves = []
            for here, there in (dates, dates[::-1]):
                person = school.client()
                registration = school.registration(person, activity, here)
                moves.append(ChooseDate(client=person, registration=registration, workshop=there))
            outcomes = at_once(school, *moves)
            assert all(isinstance(outcome, Answer) for outcome in outcomes)
            for move, date in zip(moves, dates[::-1], strict=True):
                assert list(state(school, WORKSHOP, date).seats) == [move.registration]


class TestOneRegistrationPerActivity:
    @pytest.mark.rule("INS-12")
    @pytest.mark.parametrize("dated", [True, False], ids=["dated", "to schedule"])
    def test_two_baskets_at_once_never_make_two(self, school: School, dated: bool) -> None:
        for _ in range(TIMES):
            client, activity = school.client(), school.activity()
            workshop = school.workshop(activity) if dated else None
            wish = RegisterClient(client=client, activity=activity, workshop=workshop)
            _, refused = winner(at_once(school, wish, wish, wish))
            # The client may be read before the other is done, and the workshop after it.
            expected = {AlreadyRegistered, AlreadyOnRoster} if dated else {AlreadyToSchedule}
            assert {type(r) for r in refused} <= expected
            assert len(state(school, CLIENT, client).registrations) == 1
            assert workshop is None or len(state(school, WORKSHOP, workshop).seats) == 1

    @pytest.mark.rule("INS-2", "INS-12")
    def test_a_phase_registered_twice_is_one_enrolment(self, school: School) -> None:
        phase, activities = school.phase(size=2)
        for _ in range(TIMES):
            client = school.client()
            wish = RegisterForPhase(client=client, phase=phase)
            _, (refused,) = winner(at_once(school, wish, wish))
            assert isinstance(refused, AlreadyEnrolled)
            assert len(state(school, CLIENT, client).registrations) == len(activities)

    @pytest.mark.rule("INS-11", "INS-14")
    def test_an_activity_is_sold_a_la_carte_or_in_its_phase_never_both(self, school: School) -> None:
        phase, activities = school.phase(size=2)
        for _ in range(TIMES):
            client = school.client()
            whole, part = at_once(
                school,
                RegisterForPhase(client=client, phase=phase),
                RegisterClient(client=client, activity=activities[0], workshop=None),
            )
            _, (refused,) = winner([whole, part])
            assert isinstance(refused, RegistrationsInPhase | AlreadyToSchedule)
            sold = len(activities) if isinstance(whole, Answer) else 1
            assert len(state(school, CLIENT, client).registrations) == sold

    @pytest.mark.rule("INS-13")
    def test_who_defers_while_being_ticked_is_either_followed_or_gone_never_both(
        self, school: School
    ) -> None:
        for _ in range(TIMES):
            client, activity = school.client(), school.activity()
            workshop = school.workshop(activity, starts=datetime.now(UTC) - timedelta(hours=1))
            registration = school.late_registration(client, activity, workshop)
            deferred, ticked = at_once(
                school,
                DeferRegistration(client=client, registration=registration),
                TickAttendance(workshop=workshop, registrations=(registration,)),
            )
            _, (refused,) = winner([deferred, ticked])
            assert isinstance(refused, RegistrationNotOpen | NotOnRoster)
            present = [seat.present for seat in state(school, WORKSHOP, workshop).seats.values()]
            assert present == ([True] if isinstance(ticked, Answer) else [])
            (now,) = state(school, CLIENT, client).registrations.values()
            assert isinstance(now, Followed if isinstance(ticked, Answer) else ToSchedule)


def intruding(dispatcher: Dispatcher, kind: type[Command], intrude: Callable[[int], None]) -> Dispatcher:
    """Lets something happen between a handler's reads and the append, at each attempt."""
    attempts = Counter[str]()

    def handle(command: Any, act: Act) -> list[Change]:
        changes = dispatcher.handlers[kind](command, act)
        attempts["made"] += 1
        intrude(attempts["made"])
        return changes

    return replace(dispatcher, handlers={**dispatcher.handlers, kind: handle})


def another_version(school: School, stream: UUID) -> None:
    """Somebody who keeps to no lock appends a harmless fact to the workshop."""
    version = school.side.store.load([WORKSHOP.at(stream)])[0].version
    freed = b'{"registration":"%s","client":"%s"}' % ((str(uuid4()).encode(),) * 2)
    envelope = b'{"user":null,"role":"system","at":"2026-11-24T15:00:00Z","command":"%s",' % (
        str(uuid4()).encode()
    )
    envelope += b'"behalf":null,"cause":null,"visible":true}'
    school.side.store.log.insert_events(
        [StoredFact(stream, version + 1, "workshop.seat_freed", freed, envelope=envelope)]
    )


class TestClashes:
    @pytest.mark.parametrize("clashes", [1, 5, 10])
    def test_up_to_ten_clashes_are_overcome(self, school: School, clashes: int) -> None:
        activity, client = school.activity(), school.client()
        workshop = school.workshop(activity)
        attempts: list[int] = []

        def intrude(attempt: int) -> None:
            attempts.append(attempt)
            if attempt <= clashes:
                another_version(school, workshop)

        dispatcher = intruding(school.side.dispatcher, RegisterClient, intrude)
        wish = RegisterClient(client=client, activity=activity, workshop=workshop)
        answer = dispatcher.dispatch(wish, OFFICE, uuid4())
        assert len(attempts) == clashes + 1
        assert list(state(school, WORKSHOP, workshop).seats) == [answer.made["registration"]]

    def test_the_eleventh_clash_is_told_and_nothing_was_done(self, school: School) -> None:
        activity, client, key = school.activity(), school.client(), uuid4()
        workshop = school.workshop(activity)
        attempts: list[int] = []

        def intrude(attempt: int) -> None:
            attempts.append(attempt)
            another_version(school, workshop)

        dispatcher = intruding(school.side.dispatcher, RegisterClient, intrude)
        wish = RegisterClient(client=client, activity=activity, workshop=workshop)
        with pytest.raises(StreamClashError):
            dispatcher.dispatch(wish, OFFICE, key)
        assert len(attempts) == 11
        assert school.side.store.log.command(key) is None
        assert not state(school, CLIENT, client).registrations
        assert not state(school, WORKSHOP, workshop).seats
        school.send(wish, id_=key)
        with school.side.pool.connection() as connection:
            assert connection.execute("select last from series").fetchall() == [(1,)]

    def test_after_a_clash_whoever_keeps_to_the_locks_waits(self, school: School) -> None:
        """The second attempt holds the streams' advisory locks before it loads."""
        activity, client = school.activity(), school.client()
        workshop = school.workshop(activity)
        held: list[int] = []

        def intrude(attempt: int) -> None:
            with school.side.pool.connection() as connection:
                row = connection.execute(
                    "select count(*) from pg_locks join pg_database d on d.oid = database"
                    " where locktype = 'advisory' and granted and d.datname = current_database()"
                ).fetchone()
            assert row is not None
            held.append(row[0])
            if attempt == 1:
                another_version(school, workshop)

        registration = school.registration(client, activity)
        dispatcher = intruding(school.side.dispatcher, ChooseDate, intrude)
        move = ChooseDate(client=client, registration=registration, workshop=workshop)
        dispatcher.dispatch(move, OFFICE, uuid4())
        assert held == [0, 2]

    def test_a_deadlock_counts_as_a_clash(self, school: School, database: str) -> None:
        activity, client = school.activity(), school.client()
        workshop = school.workshop(activity)
        registration = school.registration(client, activity)
        first, second = sorted((client, workshop), key=lambda stream: stream.bytes)
        versions = {
            loaded.id: loaded.version
            for loaded in school.side.store.load([CLIENT.at(client), WORKSHOP.at(workshop)])
        }
        insert = (
            "insert into events (stream, version, position, topic, state, envelope)"
            " values (%s, %s, log_slot() + %s, 'x', '', '')"
        )
        attempts: list[int] = []
        dispatcher = intruding(school.side.dispatcher, ChooseDate, attempts.append)
        move = ChooseDate(client=client, registration=registration, workshop=workshop)
        with psycopg.connect(database) as other, ThreadPoolExecutor(1) as pool:
            other.execute(insert, (second, versions[second] + 1, 1))
            done = pool.submit(dispatcher.dispatch, move, OFFICE, uuid4())
            _wait_until_blocked(database)
            other.execute(insert, (first, versions[first] + 1, 0))  # each now waits for the other
            other.rollback()
            assert isinstance(done.result(30), Answer)
        assert len(attempts) == 2
        (moved,) = state(school, CLIENT, client).registrations.values()
        assert isinstance(moved, Scheduled)


def _wait_until_blocked(database: str) -> None:
    """Until a statement waits for another transaction; asked as the log-in, which sees all its sessions."""
    deadline = time.monotonic() + 10
    query = (
        "select count(*) from pg_stat_activity"
        " where wait_event_type = 'Lock' and datname = current_database()"
    )
    with psycopg.connect(database, autocommit=True) as connection:
        while time.monotonic() < deadline:
            if connection.execute(query).fetchone() != (0,):
                return
            time.sleep(0.01)
    raise AssertionError("nobody waited")


class TestACopyInBetween:
    @pytest.mark.rule("T3")
    def test_a_command_refused_because_its_own_copy_was_done_gets_the_copys_answer(
        self, school: School
    ) -> None:
        """The copy comes between the look for a finished command and the reads."""
        client, activity, key = school.client(), school.activity(), uuid4()
        wish = RegisterClient(client=client, activity=activity, workshop=None)
        whole = school.side.dispatcher
        answers: list[Answer] = []

        def late(command: RegisterClient, act: Act) -> list[Change]:
            with ThreadPoolExecutor(1) as pool:
                answers.append(pool.submit(whole.dispatch, wish, OFFICE, key).result(10))
            return whole.handlers[RegisterClient](command, act)

        dispatcher = replace(whole, handlers={RegisterClient: late})
        assert dispatcher.dispatch(wish, OFFICE, key) == answers[0]
        assert len(state(school, CLIENT, client).registrations) == 1
