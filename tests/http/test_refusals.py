"""What is refused over HTTP: a problem document with code, rule and a French sentence; nothing half done."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest

from aggregates.catalogue.settings import SchoolSettings
from aggregates.catalogue.state import SETTINGS, SETTINGS_ID
from aggregates.client.state import CLIENT
from aggregates.kernel import Currency, Money, Role
from commands.access import RESPONSIBLE
from commands.catalogue.add_phase import AddPhase
from commands.catalogue.change_settings import ChangeSettings
from commands.clients.create_dossier import CreateDossier
from commands.clients.end_impersonation import EndImpersonation
from commands.clients.remove_dossier import RemoveDossier
from commands.clients.restore_dossier import RestoreDossier
from commands.message import Command
from commands.registrations.cancel_registration import CancelRegistration
from commands.registrations.choose_date import ChooseDate
from commands.registrations.defer_registration import DeferRegistration
from commands.registrations.register_client import RegisterClient
from commands.workshops.change_plan import ChangePlan
from commands.workshops.plan_workshop import PlannedSession, PlanWorkshop
from commands.workshops.tick_attendance import TickAttendance
from commands.workshops.untick_attendance import UntickAttendance
from service.bootstrap import COMMANDS
from tests.support.command_samples import NOBODY, sample
from tests.support.http import Door, assert_problem
from tests.support.write_side import ORGANISER, School

STARTS = datetime.now(UTC) + timedelta(days=30)


def plan_workshop(activity: UUID, venue: UUID | None = None, **changes: Any) -> PlanWorkshop:
    values: dict[str, Any] = {
        "zone": "America/Toronto",
        "sessions": (PlannedSession(starts=STARTS, ends=STARTS + timedelta(hours=8)),),
        "organiser": ORGANISER.user,
        "capacity": 10,
    }
    return PlanWorkshop(activity=activity, venue=venue, **values | changes)


def change_plan(workshop: UUID, seen_version: int = 1, **changes: Any) -> ChangePlan:
    values: dict[str, Any] = {
        "organiser": ORGANISER.user,
        "trainers": (),
        "capacity": 60,
        "retake_limit": None,
        "place_note": None,
        "practical_note": None,
    }
    return ChangePlan(workshop=workshop, seen_version=seen_version, **values | changes)


def restore(client: UUID) -> RestoreDossier:
    return RestoreDossier(client=client, email=f"{uuid4().hex}@example.com", country="CA")


class TestUnknownAndForeign:
    @pytest.mark.rule("DOS-17")
    @pytest.mark.parametrize("unknown", ["no stream", "a workshop's"])
    def test_an_id_that_is_no_dossier_is_not_found(self, door: Door, school: School, unknown: str) -> None:
        activity = school.activity()
        workshop = school.workshop(activity)
        client = NOBODY if unknown == "no stream" else workshop
        commands: list[Command] = [
            RegisterClient(client=client, activity=activity, workshop=None),
            RegisterClient(client=client, activity=activity, workshop=workshop),
            ChooseDate(client=client, registration=uuid4(), workshop=workshop),
            DeferRegistration(client=client, registration=uuid4()),
            CancelRegistration(client=client, registration=uuid4(), note=None),
            RemoveDossier(client=client),
            restore(client),
        ]
        for command in commands:
            with door.nothing_done():
                answer = door.send(command)
            assert_problem(answer, 404, "no_such_dossier", "DOS-17")

    @pytest.mark.rule("INS-7")
    def test_a_registration_of_another_dossier_is_not_found(self, door: Door, school: School) -> None:
        activity, client = school.activity(), school.client()
        workshop = school.workshop(activity)
        others = school.registration(school.client(), activity)
        for registration in (others, NOBODY):
            for command in (
                ChooseDate(client=client, registration=registration, workshop=workshop),
                DeferRegistration(client=client, registration=registration),
                CancelRegistration(client=client, registration=registration, note="Pour rien."),
            ):
                with door.nothing_done():
                    answer = door.send(command)
                assert_problem(answer, 404, "no_such_registration", "INS-7")

    @pytest.mark.rule("ATE-1")
    @pytest.mark.parametrize("unknown", ["no stream", "a client's"])
    def test_an_id_that_is_no_workshop_is_not_found(self, door: Door, school: School, unknown: str) -> None:
        activity, client = school.activity(), school.client()
        workshop = NOBODY if unknown == "no stream" else client
        registration = school.registration(school.client(), activity)
        commands: list[Command] = [
            RegisterClient(client=client, activity=activity, workshop=workshop),
            ChooseDate(client=client, registration=registration, workshop=workshop),
            change_plan(workshop),
            TickAttendance(workshop=workshop, registrations=()),
            UntickAttendance(workshop=workshop, registrations=()),
        ]
        for command in commands:
            with door.nothing_done():
                answer = door.send(command)
            assert_problem(answer, 404, "no_such_workshop", "ATE-1")

    @pytest.mark.rule("CAT-1")
    @pytest.mark.parametrize("unknown", ["no stream", "a client's"])
    def test_an_id_that_is_not_in_the_catalogue_is_not_found(
        self, door: Door, school: School, unknown: str
    ) -> None:
        activity, client = school.activity(), school.client()
        other = NOBODY if unknown == "no stream" else client
        admin = door.as_(Role.ADMIN)
        for command, headers, code in (
            (RegisterClient(client=client, activity=other, workshop=None), door.office, "no_such_activity"),
            (plan_workshop(other), door.office, "no_such_activity"),
            (AddPhase(number=1, name="Phase 1", activities=(activity, other)), admin, "no_such_activity"),
            (plan_workshop(activity, other), door.office, "no_such_venue"),
        ):
            with door.nothing_done():
                answer = door.send(command, headers)
            assert_problem(answer, 404, code, "CAT-1")

    @pytest.mark.rule("INS-8")
    def test_a_foreign_dossier_reads_exactly_like_an_unknown_one(self, door: Door, school: School) -> None:
        activity, mine, foreign = school.activity(), school.client(), school.client()
        workshop = school.workshop(activity)
        registration = school.registration(foreign, activity, workshop)
        oneself = door.as_(Role.CLIENT, user=mine)

        def commands(client: UUID) -> list[Command]:
            return [
                ChooseDate(client=client, registration=registration, workshop=school.workshop(activity)),
                DeferRegistration(client=client, registration=registration),
                CancelRegistration(client=client, registration=registration, note="Ne vient plus."),
                RemoveDossier(client=client),
            ]

        for other, unknown in zip(commands(foreign), commands(NOBODY), strict=True):
            with door.nothing_done():
                answers = [door.send(other, oneself), door.send(unknown, oneself)]
            assert_problem(answers[0], 404, "no_such_dossier", "DOS-17")
            assert answers[0].content == answers[1].content

    @pytest.mark.rule("ATE-1")
    @pytest.mark.rule("INS-13")
    def test_a_foreign_workshop_reads_exactly_like_an_unknown_one(self, door: Door, school: School) -> None:
        workshop = school.workshop(school.activity())
        stranger = door.as_(Role.ORGANISER, Role.TRAINER)

        def commands(which: UUID) -> list[Command]:
            return [
                change_plan(which, capacity=50),
                TickAttendance(workshop=which, registrations=()),
                UntickAttendance(workshop=which, registrations=()),
            ]

        for other, unknown in zip(commands(workshop), commands(NOBODY), strict=True):
            with door.nothing_done():
                answers = [door.send(other, stranger), door.send(unknown, stranger)]
            assert_problem(answers[0], 404, "no_such_workshop", "ATE-1")
            assert answers[0].content == answers[1].content

    @pytest.mark.rule("ATE-1")
    def test_an_organiser_plans_no_workshop_for_others(self, door: Door, school: School) -> None:
        activity = school.activity()
        mine = uuid4()
        school.employ(mine, ORGANISER.user)
        organiser = door.as_(Role.ORGANISER, user=mine)
        with door.nothing_done():
            answer = door.send(plan_workshop(activity), organiser)
        assert_problem(answer, 404, "no_such_workshop", "ATE-1")
        assert door.send(plan_workshop(activity, organiser=mine), organiser).status_code == 200

    def test_a_page_that_is_not_there_and_a_wrong_method_are_told_so(self, door: Door) -> None:
        assert_problem(door.raw("turn-lead-into-gold", b"{}"), 404, "no_such_page", None)
        answer = door.http.get("/api/commands/create-dossier", headers=door.office)
        assert_problem(answer, 405, "method_not_allowed", None)
        assert answer.headers["allow"] == "POST"


class TestAgainstTheRules:
    @pytest.mark.rule("ATE-2")
    def test_a_full_workshop_says_so_with_whom_to_contact(self, door: Door, school: School) -> None:
        activity = school.activity()
        workshop = school.workshop(activity, capacity=1)
        school.registration(school.client(), activity, workshop)
        client = school.client()
        with door.nothing_done():
            answer = door.send(RegisterClient(client=client, activity=activity, workshop=workshop))
        assert_problem(answer, 409, "workshop_full", "ATE-2", capacity=1, organiser=str(ORGANISER.user))

    @pytest.mark.rule("ATE-2")
    def test_a_workshop_without_any_seat_is_full_from_the_start(self, door: Door, school: School) -> None:
        activity, client = school.activity(), school.client()
        workshop = school.workshop(activity, capacity=0)
        with door.nothing_done():
            answer = door.send(RegisterClient(client=client, activity=activity, workshop=workshop))
        assert_problem(answer, 409, "workshop_full", "ATE-2", capacity=0)

    @pytest.mark.rule("INS-12")
    def test_a_second_active_registration_names_the_first(self, door: Door, school: School) -> None:
        activity, dated, undated = school.activity(), school.client(), school.client()
        workshop = school.workshop(activity)
        first = school.registration(dated, activity, workshop)
        waiting = school.registration(undated, activity)
        with door.nothing_done():
            again = door.send(RegisterClient(client=dated, activity=activity, workshop=None))
            sooner = door.send(RegisterClient(client=undated, activity=activity, workshop=workshop))
        assert_problem(again, 409, "already_registered", "INS-12", registration=str(first))
        assert_problem(sooner, 409, "already_to_schedule", "INS-12", registration=str(waiting))

    @pytest.mark.rule("INS-7")
    def test_a_change_into_a_full_workshop_keeps_the_old_seat(self, door: Door, school: School) -> None:
        activity, client = school.activity(), school.client()
        full = school.workshop(activity, capacity=1)
        school.registration(school.client(), activity, full)
        registration = school.registration(client, activity, school.workshop(activity))
        with door.nothing_done():
            answer = door.send(ChooseDate(client=client, registration=registration, workshop=full))
        assert_problem(answer, 409, "workshop_full", "ATE-2")

    @pytest.mark.rule("CAT-2")
    def test_an_activity_without_price_in_the_clients_currency(self, door: Door, school: School) -> None:
        activity = school.activity("Sans euros", prices=(Money(minor=37_500, currency=Currency.CAD),))
        client = school.client(country="FR")
        with door.nothing_done():
            answer = door.send(RegisterClient(client=client, activity=activity, workshop=None))
        assert_problem(answer, 409, "no_price_in_currency", "CAT-2", activity="Sans euros", currency="EUR")

    @pytest.mark.rule("DOS-4")
    def test_a_second_dossier_for_the_same_person_names_the_first(self, door: Door, school: School) -> None:
        names: dict[str, Any] = {
            "last_name": f"Lebœuf-{uuid4().hex}",
            "first_name": "Zoë",
            "postal_code": "H2X 1Y4",
        }
        email = f"{uuid4().hex}@example.com"
        first = school.client(**names, email=email)
        same_email = CreateDossier(last_name="Roy", first_name="Luc", email=email.upper(), country="CA")
        folded: dict[str, Any] = {
            "last_name": names["last_name"].replace("œ", "OE").replace("-", " "),
            "first_name": "zoe",
            "postal_code": "h2x1y4",
        }
        namesake = CreateDossier(**folded, country="FR")
        with door.nothing_done():
            taken, known = door.send(same_email), door.send(namesake)
        assert_problem(taken, 409, "email_taken", "DOS-4", dossier=str(first))
        assert_problem(known, 409, "already_client", "DOS-4", dossier=str(first))
        assert email not in taken.text
        son = namesake.model_copy(update={"namesake_reason": "Le fils"})
        assert door.send(son).status_code == 200

    @pytest.mark.rule("DOS-8")
    def test_a_dossier_with_money_or_registrations_open_is_not_removed(
        self, door: Door, school: School
    ) -> None:
        owing, waiting = school.client(), school.client()
        activity = school.activity()
        free = school.activity("Gratuit", prices=(Money(minor=0, currency=Currency.CAD),))
        school.registration(owing, activity)
        school.registration(waiting, free)
        with door.nothing_done():
            for client, code in ((owing, "balance_not_zero"), (waiting, "registrations_open")):
                assert_problem(door.send(RemoveDossier(client=client)), 409, code, "DOS-8")

    @pytest.mark.rule("DOS-9")
    def test_an_active_dossier_is_not_restored(self, door: Door, school: School) -> None:
        client = school.client()
        with door.nothing_done():
            answer = door.send(restore(client))
        assert_problem(answer, 409, "not_deactivated", "DOS-9")

    @pytest.mark.rule("INS-8")
    @pytest.mark.rule("INS-15")
    def test_from_the_start_on_a_client_changes_nothing(self, door: Door, school: School) -> None:
        activity, client = school.activity(), school.client()
        started = datetime.now(UTC) - timedelta(minutes=1)
        workshop = school.workshop(activity, starts=started)
        registration = school.late_registration(client, activity, workshop)
        oneself, later = door.as_(Role.CLIENT, user=client), school.workshop(activity)
        for command in (
            ChooseDate(client=client, registration=registration, workshop=later),
            DeferRegistration(client=client, registration=registration),
            CancelRegistration(client=client, registration=registration, note=None),
        ):
            with door.nothing_done():
                answer = door.send(command, oneself)
            assert_problem(answer, 409, "started_for_clients", "INS-8")

    @pytest.mark.rule("ATE-1")
    def test_a_stale_plan_is_told_with_both_values(self, door: Door, school: School) -> None:
        workshop = school.workshop(school.activity())
        assert door.send(change_plan(workshop, capacity=50, place_note="Porte B")).status_code == 200
        with door.nothing_done():
            answer = door.send(change_plan(workshop, capacity=40, place_note="Porte C"))
        assert_problem(
            answer,
            409,
            "changed_meanwhile",
            "AUD-1",
            changed={
                "capacity": {"theirs": 50, "yours": 40},
                "place_note": {"theirs": "Porte B", "yours": "Porte C"},
            },
        )

    def test_stale_settings_are_told_with_both_values(self, door: Door, school: School) -> None:
        admin = door.as_(Role.ADMIN)
        loaded = school.side.store.load([SETTINGS.at(SETTINGS_ID)])[0]
        series = {Currency.CAD: "QC", Currency.EUR: "EU"}
        other = {Currency.CAD: "MTL", Currency.EUR: "EU"}
        wanted = SchoolSettings(series=series, proof_hours=72)
        seen = loaded.version
        assert door.send(ChangeSettings(seen_version=seen, settings=wanted), admin).status_code == 200
        with door.nothing_done():
            late = ChangeSettings(seen_version=seen, settings=SchoolSettings(series=other))
            answer = door.send(late, admin)
        assert_problem(
            answer, 409, "changed_meanwhile", "AUD-1", changed={"series": {"theirs": series, "yours": other}}
        )
        back = ChangeSettings(seen_version=seen + 1, settings=SchoolSettings())
        assert door.send(back, admin).status_code == 200

    def test_english_is_answered_to_who_asks_for_it(self, door: Door) -> None:
        french = door.send(RemoveDossier(client=NOBODY))
        english = door.send(
            RemoveDossier(client=NOBODY), {**door.office, "Accept-Language": "en-CA,fr;q=0.5"}
        )
        assert french.json()["code"] == english.json()["code"]
        assert french.json()["detail"] != english.json()["detail"]


SAMPLES = [sample(command) for command in COMMANDS]


class TestWhoMayCome:
    @pytest.mark.parametrize("command", SAMPLES, ids=lambda c: c.verb_noun())
    def test_nobody_unknown_sends_a_command(self, door: Door, command: Command) -> None:
        for headers in (
            {},
            {"Authorization": "Bearer"},
            {"Authorization": "Bearer portail_invented"},
            {"Authorization": door.office["Authorization"].removeprefix("Bearer ")},
            {"Cookie": "portail=invented"},
        ):
            with door.nothing_done():
                answer = door.send(command, headers)
            assert_problem(answer, 401, "not_logged_in", "DOS-7")

    @pytest.mark.parametrize("command", SAMPLES, ids=lambda c: c.verb_noun())
    def test_each_role_that_is_not_named_is_turned_away(self, door: Door, command: Command) -> None:
        for role in set(Role) - set(command.ALLOWED):
            with door.nothing_done():
                answer = door.send(command, door.as_(role))
            assert_problem(answer, 403, "forbidden", None)

    @pytest.mark.parametrize("command", SAMPLES, ids=lambda c: c.verb_noun())
    def test_each_role_that_is_named_comes_in(self, door: Door, command: Command) -> None:
        for role in command.ALLOWED:
            status = door.send(command, door.as_(role)).status_code
            if command.ALLOWED is RESPONSIBLE and role is not Role.OFFICE:
                assert status == 403, "the responsibility was given to nobody: it falls to office"
            elif isinstance(command, EndImpersonation):
                assert status == 403, "only a helper is led back"
            else:
                assert status in (200, 404, 409)

    def test_who_may_not_is_told_so_before_the_body_is_read(self, door: Door) -> None:
        answer = door.raw("create-dossier", b"{", door.as_(Role.AUDITOR))
        assert_problem(answer, 403, "forbidden", None)


class TestTwice:
    @pytest.mark.rule("T3")
    def test_the_same_command_twice_is_answered_alike_and_done_once(self, door: Door, school: School) -> None:
        client, activity, key = school.client(), school.activity(), str(uuid4())
        command = RegisterClient(client=client, activity=activity, workshop=None)
        first = door.send(command, key=key)
        with door.nothing_done():
            second = door.send(command, key=key)
        assert first.status_code == second.status_code == 200
        assert first.content == second.content
        assert set(first.json()) == {"position", "registration", "invoice", "line"}

    @pytest.mark.rule("T3")
    def test_a_key_with_another_body_or_another_command_is_refused(self, door: Door, school: School) -> None:
        client, activity, key = school.client(), school.activity(), str(uuid4())
        door.send(RegisterClient(client=client, activity=activity, workshop=None), key=key)
        other_body = RegisterClient(client=school.client(), activity=activity, workshop=None)
        with door.nothing_done():
            for command in (other_body, RemoveDossier(client=client)):
                answer = door.send(command, key=key)
                assert_problem(answer, 409, "idempotency_key_reused", None)

    @pytest.mark.rule("T3")
    def test_a_refusal_is_not_remembered(self, door: Door, school: School) -> None:
        client, key = school.client(), str(uuid4())
        assert door.send(restore(client), key=key).status_code == 409
        activity, workshop = school.activity(), None
        made = door.send(RegisterClient(client=client, activity=activity, workshop=workshop), key=key)
        assert made.status_code == 200


@pytest.mark.rule("T24")
@pytest.mark.parametrize("newer", ["client.registered/99", "client.renamed_by_a_later_release"])
def test_a_fact_of_a_newer_release_stops_the_command_and_nothing_is_written(
    door: Door, school: School, newer: str
) -> None:
    client, activity = school.client(), school.activity()
    with school.side.pool.connection() as connection:
        connection.execute(
            "insert into events (stream, version, position, topic, state, envelope)"
            " select stream, version + 1, position + 1, %s, '{\"tomorrow\": 1}', envelope"
            " from events where stream = %s",
            (newer, client),
        )
    for command in (
        RegisterClient(client=client, activity=activity, workshop=None),
        RemoveDossier(client=client),
    ):
        with door.nothing_done():
            answer = door.send(command)
        assert_problem(answer, 503, "unknown_fact", None)
        assert int(answer.headers["retry-after"]) >= 1
    other = school.client()
    assert door.send(RegisterClient(client=other, activity=activity, workshop=None)).status_code == 200
    assert school.side.store.load([CLIENT.at(other)])[0].version == 2
