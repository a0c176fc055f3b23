"""Dossiers, rosters and invoices as they were: today's are the live ones, yesterday's as yesterday shown."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import orjson
import pytest
from psycopg import sql

from aggregates.catalogue.events import ActivityChanged
from aggregates.client.events import NoteKind, WaitingPlaceTaken
from aggregates.client.phases.events import Enrolled
from aggregates.client.registrations.events import DateChosen, FollowedAbroad, RegistrationDeferred
from aggregates.invoice.payments.events import Move, PaymentMethod, PaymentReceived, Pocket, PocketKind
from aggregates.kernel import Role
from aggregates.workshop.events import WorkshopPlanChanged
from aggregates.workshop.waiting.events import SeatOffered, ShortOf, WaitingListJoined, WaitingListLeft
from commands.access import Scope
from commands.authentication import Asker
from projections import dossier, workshop_dates
from projections.query import Reads
from projections.runtime.builds import schema_of, standings
from read_api import past
from read_api.dossier import dossier_of
from read_api.invoices import invoice_of
from read_api.roster import roster_of
from schema.store import Store
from service.bootstrap import MODELS
from service.demo.in_bulk import Bulk
from service.demo.plan import plan
from service.demo.school_maker import SchoolMaker
from tests.read_api.conftest import School
from tests.support.builders import (
    NOW,
    STARTS,
    activity_added,
    cad,
    dossier_created,
    dossier_deactivated,
    dossier_erased,
    envelope,
    invoice_issued,
    invoice_line,
    profile_changed,
    registered,
    seat_freed,
    seat_taken,
    workshop_planned,
)
from tests.support.http import assert_problem
from tests.support.lanes import figures
from tests.support.noted import everything, written
from tests.support.projecting import Projecting, asking, projecting
from tests.support.write_side import principal, school_on

pytestmark = pytest.mark.rule("AUD-2")
TODAY = date(2026, 11, 24)
OFFICE = Asker(principal(Role.OFFICE), Scope.ANY, None)


@contextmanager
def demo(url: str, clients: int) -> Iterator[Projecting]:
    """The demo school of so many clients, shown by its read models."""
    with projecting(url, MODELS) as models, school_on(url) as school:
        with Bulk(school.side) as bulk:
            maker = SchoolMaker(bulk.dispatch, school.side.sessions, "a-long-password")
            for act in plan(TODAY, clients=clients):
                maker.do(act)
        models.catch_up()
        yield models


def differing(models: Projecting, at: datetime) -> tuple[int, list[str]]:
    """How many dossiers, rosters and invoices there are, and which read otherwise as of that moment."""
    store, found, counted = models.log.store, [], 0

    async def compare(connection: Reads) -> None:
        nonlocal counted
        for client in ids(models, "dossier_person", "client"):
            counted += 1
            if await dossier_differs(connection, store, client, at):
                found.append(f"dossier {client}")
        for workshop in ids(models, "workshop_dates_workshop", "workshop"):
            counted += 1
            then = await past.roster_at(connection, store, workshop, at)
            if await roster(then.reads, workshop) != await roster(connection, workshop):
                found.append(f"roster {workshop}")
        for invoice in ids(models, "dossier_invoice", "invoice"):
            counted += 1
            then = await past.invoice_at(connection, store, invoice, at)
            if await invoice_of(then.reads, invoice) != await invoice_of(connection, invoice):
                found.append(f"invoice {invoice}")

    asking(models.log.url, compare)
    return counted, found


async def dossier_differs(connection: Reads, store: Store, client: UUID, at: datetime) -> bool:
    then = await past.dossier_at(connection, store, client, at)
    past_one = await dossier_of(then.reads, client, OFFICE, at)
    return past_one != await dossier_of(connection, client, OFFICE, at)


def ids(models: Projecting, view: str, column: str) -> list[UUID]:
    return [row[column] for row in models.rows(view)]


async def roster(connection: Reads, workshop: UUID) -> bytes:
    header = await workshop_dates.one(connection, workshop)
    assert header is not None
    return await roster_of(connection, header, workshop, OFFICE, see_money=True)


@figures("clients", short=20, long=100)
def test_as_of_now_every_dossier_roster_and_invoice_of_the_demo_is_the_live_one(
    database: str, clients: int
) -> None:
    with demo(database, clients) as models:
        states = {row["state"] for row in models.rows("dossier_person")}
        assert {"active", "deactivated"} <= states, "what was erased is among them"
        now = datetime(2100, 1, 1, tzinfo=UTC)
        counted, found = differing(models, now)
        assert counted > 3 * clients
        assert found == []
        changed = next(r for r in models.rows("dossier_registration") if r["state"] == "scheduled")
        models.connection.execute(
            sql.SQL("update {}.registration set retake = not retake where registration = %s").format(
                sql.Identifier(schema_of(dossier.MODEL, standings(models.connection)["dossier"].build))
            ),
            (changed["registration"],),
        )
        store = models.log.store
        assert models.ask(lambda c: dossier_differs(c, store, changed["client"], now)), "the control"


def as_of(school: School, path: str, at: datetime, *roles: Role) -> Any:
    answer = school.get(f"{path}/as-of", *roles, at=at.isoformat())
    assert answer.status_code == 200, answer.text
    return answer.json()


def day(n: int, **changes: Any) -> Any:
    """Around what happens on the n-th day."""
    return envelope(at=NOW + timedelta(days=n), **changes)


def after(n: int) -> datetime:
    """The evening of that day."""
    return NOW + timedelta(days=n, hours=1)


class TestAMoment:
    def test_a_dossier_reads_as_it_did_then(self, school: School) -> None:
        client, workshop, invoice, registration = (uuid4() for _ in range(4))
        line = invoice_line(registration=registration)
        given = school.models.log.given
        given((client, dossier_created(client, city="Laval")), around=day(0))
        given(
            (workshop, workshop_planned(activity=school.activity)),
            (client, registered(registration, workshop=workshop, activity=school.activity, invoice=invoice)),
            (workshop, seat_taken(registration, client)),
            (invoice, invoice_issued(client, "CA-2026-7001", line)),
            around=day(1),
        )
        given(
            (client, RegistrationDeferred(registration=registration, workshop=workshop)),
            (workshop, seat_freed(registration, client)),
            around=day(2),
        )
        given((client, profile_changed(client, city="Québec")), around=day(3))
        school.models.catch_up()
        path = f"clients/{client}"
        live = school.json(path)
        shown = [as_of(school, path, after(n)) for n in range(4)]
        assert [s["client"]["city"] for s in shown] == ["Laval"] * 3 + ["Québec"]
        assert [len(s["registrations"]) for s in shown] == [0, 1, 1, 1]
        assert [s["registrations"][0]["state"] for s in shown[1:]] == ["scheduled", *["to_schedule"] * 2]
        assert [len(s["given_up"]) for s in shown] == [0, 0, 1, 1]
        assert [s["invoices"] for s in shown] == [[], *[live["invoices"]] * 3]
        assert {**shown[3], "position": live["position"]} == live
        before = school.get(f"{path}/as-of", at=(NOW - timedelta(days=1)).isoformat())
        assert_problem(before, 404, "not_found", "AUD-1")

    def test_notes_phases_and_waiting_places_read_as_they_did_then(self, school: School) -> None:
        client, workshop, other = uuid4(), uuid4(), uuid4()
        given = school.models.log.given
        given((client, dossier_created(client)), around=day(0))
        given(*everything(client, school.activity, school.phase), around=day(1))
        joined = WaitingListJoined(client=client, retake=False, short_of=ShortOf.SEATS)
        taken = WaitingPlaceTaken(workshop=workshop)
        given((workshop, workshop_planned()), (workshop, joined), (client, taken), around=day(2))
        abroad = FollowedAbroad(
            registration=uuid4(),
            activity=school.activity,
            first_day=TODAY,
            last_day=TODAY,
            country="MA",
        )
        student = Enrolled(
            enrolment=uuid4(),
            phase=school.phase,
            number=1,
            activities=(school.activity, other),
            invoice=uuid4(),
            done=(),
        )
        place = registered(uuid4(), activity=other, phase=school.phase, enrolment=student.enrolment)
        given(
            (client, student),
            (client, place),
            (workshop, SeatOffered(client=client, retake=False, until=STARTS)),
            around=day(3),
        )
        given(written(client, NoteKind.ACCOUNTING, None), (client, abroad), around=day(4))
        given((workshop, WaitingListLeft(client=client)), around=day(5))
        school.models.catch_up()
        path = f"clients/{client}"
        shown = [as_of(school, path, after(n)) for n in range(6)]
        flags = [s["notes"]["accounting"] is not None for s in shown]
        assert flags == [False, True, True, True, False, False]
        assert [len(s["interests"]) for s in shown] == [0, 2, 2, 2, 2, 2]
        offers = [[p["offered_until"] for p in s["waiting_for"]] for s in shown]
        assert offers == [[], [], [None], ["2026-12-05T14:00:00Z"], ["2026-12-05T14:00:00Z"], []]
        places = [[p["state"] for s_ in s["phases"] for p in s_["places"]] for s in shown]
        missing, followed = ["missing", "to_schedule"], ["followed", "to_schedule"]
        assert places == [[], [], [], missing, followed, followed]
        live = school.json(path)
        assert {**shown[5], "position": live["position"]} == live

    def test_a_roster_reads_as_it_did_then(self, school: School) -> None:
        workshop, other = uuid4(), uuid4()
        ann, bea = uuid4(), uuid4()
        first, second = uuid4(), uuid4()
        given = school.models.log.given
        planned = workshop_planned(activity=school.activity, capacity=60)
        given((workshop, planned), (other, workshop_planned(activity=school.activity)), around=day(0))
        for n, (client, registration, name) in enumerate([(ann, first, "Ann"), (bea, second, "Bea")], 1):
            given(
                (client, dossier_created(client, last_name=name)),
                (client, registered(registration, workshop=workshop, activity=school.activity)),
                (workshop, seat_taken(registration, client)),
                around=day(n),
            )
        moved = DateChosen(registration=first, workshop=other, starts=STARTS, given_up=workshop)
        given(
            (ann, moved), (workshop, seat_freed(first, ann)), (other, seat_taken(first, ann)), around=day(3)
        )
        changes = {n: getattr(planned, n) for n in WorkshopPlanChanged.model_fields} | {"capacity": 12}
        given((workshop, WorkshopPlanChanged(**changes)), around=day(4))
        school.models.catch_up()
        path = f"workshops/{workshop}/roster"
        shown = [as_of(school, path, after(n)) for n in range(5)]
        names = [[row["last_name"] for row in s["items"]] for s in shown]
        assert names == [[], ["Ann"], ["Ann", "Bea"], ["Bea"], ["Bea"]]
        assert [s["workshop"]["taken"] for s in shown] == [0, 1, 2, 1, 1]
        assert [s["workshop"]["capacity"] for s in shown] == [60, 60, 60, 60, 12]
        assert shown[4]["items"] == school.json(path)["items"]
        trainer = school.get(f"{path}/as-of", Role.TRAINER, at=after(2).isoformat())
        assert_problem(trainer, 404, "not_found", "AUD-1")

    def test_an_invoice_reads_as_it_did_then(self, school: School) -> None:
        client, invoice, payment, registration = (uuid4() for _ in range(4))
        line = invoice_line(registration=registration)
        given = school.models.log.given
        given(
            (client, dossier_created(client)),
            (client, registered(registration, activity=school.activity, invoice=invoice, line=line.id)),
            (invoice, invoice_issued(client, "CA-2026-7002", line)),
            around=day(0),
        )
        on_line = Pocket(kind=PocketKind.LINE, id=line.id)
        moves = (Move(payment=payment, amount=cad(4_000), target=on_line),)
        paid = PaymentReceived(payment=payment, method=PaymentMethod.CARD, amount=cad(4_000), moves=moves)
        given((invoice, paid), around=day(1))
        school.models.catch_up()
        path = f"invoices/{invoice}"
        shown = [as_of(school, path, after(n))["invoice"] for n in range(2)]
        price = line.price.minor
        assert [s["balance"]["minor"] for s in shown] == [price, price - 4_000]
        assert [s["lines"][0]["balance"]["minor"] for s in shown] == [price, price - 4_000]
        assert [len(s["payments"]) for s in shown] == [0, 1]
        assert (shown[1]["number"], shown[1]["lines"][0]["activity"]) == ("CA-2026-7002", "Écoute de soi")
        assert shown[1]["payments"][0]["held"] == {"minor": 4_000, "currency": "CAD"}
        assert shown[1] == school.json(path)["invoice"]

    def test_names_of_the_catalogue_are_todays(self, school: School) -> None:
        activity, client, registration = uuid4(), uuid4(), uuid4()
        given = school.models.log.given
        added = activity_added("Ancien nom")
        given((activity, added), (client, dossier_created(client)), around=day(0))
        given((client, registered(registration, activity=activity)), around=day(0))
        kept = {n: getattr(added, n) for n in ActivityChanged.model_fields if n in type(added).model_fields}
        given((activity, ActivityChanged(**kept | {"name": "Nouveau nom"})), around=day(2))
        school.models.catch_up()
        [row] = as_of(school, f"clients/{client}", after(1))["registrations"]
        assert row["activity"] == "Nouveau nom"


@pytest.mark.rule("DOS-11")
class TestWhatWasErasedSince:
    def erase(self, school: School, fact: Any) -> tuple[UUID, UUID, Any]:
        client, workshop, registration = uuid4(), uuid4(), uuid4()
        given = school.models.log.given
        given(
            (workshop, workshop_planned(activity=school.activity)),
            (client, dossier_created(client, last_name="Zacharie", email="zach@example.com")),
            (client, registered(registration, workshop=workshop, activity=school.activity)),
            (workshop, seat_taken(registration, client)),
            around=day(0),
        )
        school.models.catch_up()
        before = as_of(school, f"clients/{client}", after(0))
        assert before["client"]["email"] == "zach@example.com", "the control"
        given((client, fact(client)), around=day(5))
        school.models.catch_up()
        return client, workshop, before

    def test_reads_erased_at_every_moment_and_the_rest_as_it_was(self, school: School) -> None:
        client, workshop, before = self.erase(school, dossier_deactivated)
        shown = as_of(school, f"clients/{client}", after(0))
        contact = ("form_of_address", "email", "telephone", "street", "city", "country")
        assert shown["client"] == before["client"] | dict.fromkeys(contact, "[effacé]")
        assert shown["registrations"] == before["registrations"]
        [row] = as_of(school, f"workshops/{workshop}/roster", after(0))["items"]
        assert (row["last_name"], row["telephone"], row["has_email"]) == ("Zacharie", "[effacé]", False)

    def test_what_was_noted_reads_erased_then_and_says_nothing(self, school: School) -> None:
        client, workshop, registration = (uuid4() for _ in range(3))
        given = school.models.log.given
        given(
            (workshop, workshop_planned(activity=school.activity)),
            (client, dossier_created(client, email=None)),
            (client, registered(registration, workshop=workshop, activity=school.activity)),
            (workshop, seat_taken(registration, client)),
            *everything(client, school.activity, school.phase),
            around=day(0),
        )
        school.models.catch_up()
        paths = (f"clients/{client}", f"workshops/{workshop}/roster")
        file, roster = (as_of(school, path, after(0)) for path in paths)
        assert roster["items"][0]["red_flag"] is True
        words = ("Ne pas inscrire", "auditif", "zoe@example.com", "Zoé", "Coopérative", "rue du Parc")
        assert [w for w in words if w not in str(file) + str(roster)] == [], "the control"
        given((client, dossier_deactivated(client)), around=day(5))
        school.models.catch_up()
        file, roster = (as_of(school, path, after(0)) for path in paths)
        assert [w for w in words if w in str(file) + str(roster) and w != "Coopérative"] == []
        assert file["notes"]["accounting"]["text"] == file["contact_address"]["via"] == "[effacé]"
        assert file["billing"] == {"name": "Coopérative du Parc", "address": "[effacé]"}
        assert file["interests"] == []
        [row] = roster["items"]
        assert (row["red_flag"], row["has_email"], row["via_relative"]) == (False, False, False)
        assert row["trainer_note"]["text"] == "[effacé]"

    def test_a_person_erased_whole_has_no_name_at_any_moment(self, school: School) -> None:
        client, workshop, _ = self.erase(school, dossier_erased)
        answer = school.get(f"clients/{client}/as-of", at=after(0).isoformat())
        assert (answer.json()["client"]["last_name"], answer.json()["client"]["state"]) == (
            "[effacé]",
            "active",
        )
        roster = school.get(f"workshops/{workshop}/roster/as-of", at=after(0).isoformat())
        for text in ("Zacharie", "zach@example.com", "+1 450"):
            assert text not in answer.text + roster.text

    def test_a_known_answer_is_sent_again_because_it_may_hold_what_was_erased(self, school: School) -> None:
        path, at = f"/api/clients/{school.eloise}/as-of", {"at": after(0).isoformat()}
        headers = school.as_(Role.OFFICE, user=uuid4())
        first = school.http.get(path, params=at, headers=headers)
        again = school.http.get(path, params=at, headers=headers | {"If-None-Match": first.headers["etag"]})
        assert (first.status_code, again.status_code) == (200, 200)


def test_an_auditor_sees_the_past_masked_and_is_noted(school: School) -> None:
    auditor = uuid4()
    for path in (f"clients/{school.eloise}", f"workshops/{school.own}/roster"):
        answer = school.get(f"{path}/as-of", Role.AUDITOR, user=auditor, at=after(0).isoformat())
        assert answer.status_code == 200
        assert "[masqué]" in answer.text
        assert "+1 450 555-0143" not in answer.text
    items = school.get("access-trail", Role.ADMIN, who=str(auditor)).json()["items"]
    assert [(row["kind"], row["subject"], row["persons"]) for row in items] == [
        ("past", str(school.own), 2),
        ("past", str(school.eloise), 1),
    ]


@pytest.mark.parametrize("at", ["", "2026-11-24T15:00:00", "yesterday"])
def test_a_moment_without_zone_is_no_moment(school: School, at: str) -> None:
    answer = school.get(f"clients/{school.eloise}/as-of", at=at)
    assert (answer.status_code, answer.json()["code"]) == (422, "malformed")


def test_a_table_without_a_past_is_an_error_not_todays_rows(school: School) -> None:
    async def ask(connection: Reads) -> None:
        then = past.Past(connection, [])
        await then.execute("select 1 from read.to_schedule_registration")

    with pytest.raises(KeyError, match="to_schedule_registration"):
        school.models.ask(ask)


def test_answers_have_the_live_ones_shape(school: School) -> None:
    for path in (f"clients/{school.eloise}", f"workshops/{school.own}/roster", f"invoices/{school.invoice}"):
        live, then = school.json(path), as_of(school, path, after(99))
        assert orjson.dumps(live | {"position": ""}) == orjson.dumps(then | {"position": ""})
