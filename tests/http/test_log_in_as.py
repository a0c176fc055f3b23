"""Logged in as a client one looks and guides; all else stops before the last click, and all is noted."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import httpx2
import pytest
from fastapi.routing import APIRoute

from aggregates.client.impersonation.events import ImpersonationBegun, ImpersonationEnded
from aggregates.client.state import CLIENT
from aggregates.kernel import Role
from commands.clients.begin_impersonation import BeginImpersonation
from commands.message import Command
from portal.client.staff_pages import OF_THE_ACT
from service.bootstrap import COMMANDS, MODELS
from service.routes import ROUTERS
from tests.architecture.role_matrix import EVERYBODY
from tests.support.command_samples import sample
from tests.support.desk import Page
from tests.support.http import Door, assert_problem
from tests.support.projecting import Projecting, projecting
from tests.support.write_side import School

pytestmark = [pytest.mark.rule("DOS-12"), pytest.mark.rule("T21")]
REASON = "Appel du 3 mars : ne trouve pas son attestation"
PASSES = {"resend-confirmation", "end-impersonation"}
OPEN = {"/mon-dossier", "/en-tant-que/fin", "/deconnexion"}
"""Forms that pass: the confirmation again, the way back, and out."""
NOBODYS = {row.removeprefix("POST ") for row in EVERYBODY if row.startswith("POST ")} - OPEN
"""Forms of whoever holds a link: they ask nobody who they are."""


@pytest.fixture(scope="module")
def models(shared_database: str, school: School) -> Iterator[Projecting]:
    with projecting(shared_database, MODELS) as running:
        yield running


class Helper:
    """A staff user in the browser, who logs in as a client."""

    def __init__(self, door: Door, models: Projecting, client: UUID, *roles: Role) -> None:
        self.door, self.models, self.client = door, models, client
        models.catch_up()
        self.path = f"/dossiers/{client}/en-tant-que"
        self.page = Page(door, self.path, *(roles or (Role.OFFICE,)))

    def begin(self, reason: str = REASON) -> httpx2.Response:
        answer = self.page.send(self.path, {"reason": reason})
        self.models.catch_up()
        return answer

    def get(self, path: str) -> httpx2.Response:
        return self.door.http.get(path, headers={**self.page.headers, "Accept": "text/html"})

    def post(self, path: str, **values: str) -> httpx2.Response:
        """A form of the page at hand."""
        self.page.text = self.get("/mon-dossier").text
        answer = self.page.send(path, values)
        self.models.catch_up()
        return answer

    def command(self, command: Command) -> httpx2.Response:
        headers = {**self.page.headers, "Content-Type": "application/json"}
        path = f"/api/commands/{command.verb_noun()}"
        return self.door.http.post(path, content=command.model_dump_json(), headers=headers)


@pytest.fixture
def client(school: School) -> UUID:
    return school.client(postal_code=uuid4().hex[:6])


@pytest.fixture
def helper(door: Door, models: Projecting, client: UUID) -> Helper:
    made = Helper(door, models, client)
    assert made.begin().headers["location"].startswith("/mon-dossier")
    return made


def trail(door: Door, client: UUID, role: Role = Role.OFFICE) -> list[dict[str, Any]]:
    answer = door.http.get("/api/access-trail", params={"subject": str(client)}, headers=door.as_(role))
    rows: list[dict[str, Any]] = [row for row in answer.json()["items"] if row["behalf"] is not None]
    return rows


def test_the_banner_says_so_and_leads_back_and_the_client_reads_who_and_why(
    helper: Helper, school: School, client: UUID
) -> None:
    page = helper.get("/mon-dossier").text
    assert "Vous êtes connecté en tant que" in page
    assert REASON in helper.get("/mon-dossier/donnees").text, "the client reads it too"
    staff_page = helper.get(f"/dossiers/{client}")
    assert staff_page.status_code == 403
    assert "Revenir au portail" in staff_page.text, "on every page, also on those that refuse"
    for elsewhere in ("/", "/compte"):
        assert helper.get(elsewhere).headers["location"] == "/mon-dossier"
    back = helper.post("/en-tant-que/fin")
    assert back.headers["location"].startswith(f"/dossiers/{client}?after=")
    begun, ended = school.facts(CLIENT.at(client))[-2:]
    assert isinstance(begun, ImpersonationBegun)
    assert ended == ImpersonationEnded(impersonation=begun.impersonation)
    assert begun.VISIBLE
    assert ended.VISIBLE
    assert helper.get(f"/dossiers/{client}").status_code == 200
    assert "Vous êtes connecté en tant que" not in helper.get(f"/dossiers/{client}").text


def test_every_page_opened_is_noted_with_who_as_whom_and_why(
    helper: Helper, door: Door, school: School, models: Projecting, client: UUID
) -> None:
    sold = school.sold(client, school.activity())
    models.catch_up()
    before = len(trail(door, client))
    for path in ("/mon-dossier", "/", f"/api/invoices/{sold.invoice}/pdf", "/payer/panier"):
        helper.get(path)
        rows = trail(door, client)
        assert len(rows) > before, path
        before = len(rows)
    rows = trail(door, client)
    assert {(row["behalf"], row["subject"], row["reason"]) for row in rows} == {
        (str(client), str(client), REASON)
    }
    assert len({row["who"] for row in rows}) == 1
    assert {row["asked"]["page"] for row in rows if row["kind"] == "as_client"} == {
        "/mon-dossier",
        "/",
        "/api/invoices/{invoice}/pdf",
        "/payer/panier",
    }
    assert {row["reason"] for row in trail(door, client, Role.AUDITOR)} == {"[masqué]"}


@pytest.fixture(scope="module")
def guiding(door: Door, school: School, models: Projecting) -> Helper:
    """One helper for all commands."""
    made = Helper(door, models, school.client(postal_code=uuid4().hex[:6]))
    made.begin()
    return made


@pytest.mark.parametrize("command", COMMANDS, ids=lambda c: c.verb_noun())
def test_no_command_passes_but_the_confirmation_again_and_the_end(
    door: Door, guiding: Helper, command: type[Command]
) -> None:
    assert command.ON_BEHALF is (command.verb_noun() in PASSES)
    with door.nothing_done():
        answer = guiding.command(sample(command))
    if command.ON_BEHALF:
        assert_problem(answer, 404, "no_such_dossier", "DOS-17")
        return
    page = f"/dossiers/{guiding.client}"
    assert page in assert_problem(answer, 409, "acting_as_client", "DOS-12", page=page)["detail"]


def test_no_form_passes_but_those_of_the_client_that_are_meant_to(helper: Helper, door: Door) -> None:
    posts = {
        route.path
        for router in ROUTERS
        for route in router.routes
        if isinstance(route, APIRoute)
        and "POST" in (route.methods or ())
        and "/api/commands/" not in route.path
    }
    assert posts > OPEN | NOBODYS
    for path in sorted(posts - OPEN - NOBODYS):
        with door.nothing_done():
            answer = helper.post(_filled(path))
        assert answer.status_code == 409, path
        assert "DOS-12" in answer.text, path


@pytest.mark.parametrize(
    ("page", "then"),
    [
        ("/mon-dossier/profil", "/modifier"),
        ("/mon-dossier/documents", "?onglet=documents"),
        (f"/mon-dossier/inscriptions/{UUID(int=7)}/modifier", f"/inscriptions/{UUID(int=7)}/modifier"),
        ("/panier", "/inscrire"),
        ("/calendrier", ""),
    ],
)
def test_what_stops_leads_to_the_staff_page_of_the_act(
    helper: Helper, client: UUID, page: str, then: str
) -> None:
    helper.page.headers |= {"Accept": "text/html"}
    stopped = helper.post(page)
    assert f"/dossiers/{client}{then}" in stopped.text
    back = helper.post("/en-tant-que/fin", then=f"/dossiers/{client}{then}")
    assert back.headers["location"].startswith(f"/dossiers/{client}{then}")


def test_every_form_of_the_own_file_has_its_staff_page_and_none_leads_nowhere() -> None:
    routes = [route for router in ROUTERS for route in router.routes if isinstance(route, APIRoute)]
    own = {
        route.path
        for route in routes
        if "POST" in (route.methods or ()) and route.endpoint.__module__.startswith("portal.client.")
    }
    assert own - OPEN <= set(OF_THE_ACT)
    shown = {route.path for route in routes if "GET" in (route.methods or ())}
    assert {"/dossiers/{client}" + then.partition("?")[0] for then in OF_THE_ACT.values()} <= shown


def test_the_way_back_leads_to_no_other_dossier_and_no_other_site(helper: Helper, client: UUID) -> None:
    for then in ("https://ailleurs.example/", f"/dossiers/{UUID(int=7)}/modifier", "/comptabilite"):
        back = helper.post("/en-tant-que/fin", then=then)
        assert back.headers["location"].partition("?")[0] == f"/dossiers/{client}", then
        helper.page.open(helper.path)
        helper.begin()


def _filled(path: str) -> str:
    """Any address of the route."""
    for name in (
        "workshop",
        "client",
        "enrolment",
        "registration",
        "mailing",
        "message",
        "invoice",
        "token",
        "phase",
    ):
        path = path.replace(f"{{{name}}}", str(UUID(int=7)))
    return path.replace("/api/files", "/api/files?name=a.pdf")


def test_the_confirmation_of_a_registration_goes_out_again_and_names_both(
    helper: Helper, door: Door, school: School, models: Projecting, client: UUID
) -> None:
    activity = school.activity()
    sold = school.sold(client, activity)
    models.catch_up()
    answer = helper.post("/mon-dossier", registration=str(sold.registration))
    assert "fait=confirmation_to_me" in answer.headers["location"]
    assert school.facts(CLIENT.at(client))[-1].TOPIC == "client.confirmation_resent"
    history = door.http.get(f"/api/clients/{client}/history", headers=door.office).json()["items"]
    assert history[0]["topic"] == "client.confirmation_resent"
    by_user = models.rows("history_entry")
    [row] = [row for row in by_user if row["subject"] == client and row["topic"] == history[0]["topic"]]
    assert (row["by_user"], row["behalf"]) == (helper.page.user, client)
    assert history[0]["behalf"] is not None


def test_it_is_over_after_half_an_hour(door: Door, school: School, models: Projecting, client: UUID) -> None:
    start = datetime.now(UTC)
    helper = Helper(door, models, client)
    helper.begin()
    try:
        school.now(start + timedelta(minutes=29))
        assert helper.get("/mon-dossier").status_code == 200
        school.now(start + timedelta(minutes=31))
        assert helper.get("/mon-dossier").status_code == 403
        page = helper.get(f"/dossiers/{client}")
        assert page.status_code == 200
        assert "Vous êtes connecté en tant que" not in page.text
        helper.page.text = page.text + helper.get(helper.path).text
        assert helper.page.send("/en-tant-que/fin", {}).headers["location"] == "/"
    finally:
        school.now(datetime.now(UTC))


def test_nobody_logs_in_as_a_second_client_from_within(helper: Helper, school: School) -> None:
    other = school.client(postal_code=uuid4().hex[:6])
    answer = helper.post(f"/dossiers/{other}/en-tant-que", reason=REASON)
    assert answer.status_code == 409
    assert "DOS-12" in answer.text


def test_a_reason_is_asked(door: Door, models: Projecting, client: UUID) -> None:
    answer = Helper(door, models, client).begin(" ")
    assert answer.status_code == 200
    assert 'id="reason-error"' in answer.text


def test_an_organiser_may_for_clients_of_their_own_workshops(
    door: Door, school: School, models: Projecting, client: UUID
) -> None:
    activity = school.activity()
    stranger = Helper(door, models, client, Role.ORGANISER)
    with door.nothing_done():
        refused = stranger.begin()
    assert refused.status_code == 409
    assert "aucun de vos ateliers" in refused.text
    school.registration(client, activity, school.workshop(activity, organiser=stranger.page.user))
    stranger.page.text = stranger.get(stranger.path).text
    assert stranger.begin().headers["location"].startswith("/mon-dossier")


@pytest.mark.parametrize("role", [Role.TRAINER, Role.ACCOUNTING, Role.ADMIN, Role.AUDITOR])
def test_others_may_not(door: Door, client: UUID, role: Role) -> None:
    answer = door.http.get(f"/dossiers/{client}/en-tant-que", headers=door.as_(role))
    assert_problem(answer, 403, "forbidden", None)


def test_over_the_api_it_is_but_noted(door: Door, models: Projecting, client: UUID) -> None:
    assert door.send(BeginImpersonation(client=client, reason=REASON)).status_code == 200
    models.catch_up()
    assert door.http.get(f"/api/clients/{client}", headers=door.office).status_code == 200


def test_a_client_has_no_way_to_end_what_a_helper_began(door: Door, client: UUID) -> None:
    own = door.as_(Role.CLIENT, user=client)
    command = sample(next(c for c in COMMANDS if c.verb_noun() == "end-impersonation"), client=client)
    assert_problem(door.send(command, own), 403, "forbidden", None)
