"""Who came to the door, and what admins did to log-ins, can be seen afterwards (AUD-4, DOS-7)."""

from __future__ import annotations

import html
import random
from collections.abc import Iterator
from typing import Any
from uuid import UUID, uuid4

import httpx2
import pyotp
import pytest
from pydantic import SecretStr

from aggregates.client.state import CLIENT
from aggregates.kernel import Fact, Role
from aggregates.staff.events import (
    EverySessionEnded,
    StaffSecondFactorReset,
    StaffSessionsEnded,
    TokenIssued,
    TokenRevoked,
)
from aggregates.staff.refusals import NotAStaffRole, OwnAccess
from aggregates.staff.state import STAFF
from commands.access import SYSTEM
from commands.admins import THE_ADMINS
from commands.entering.choose_password import ChoosePassword
from commands.own_account import new_token
from commands.sessions import hash_password
from commands.staff.end_sessions import EndSessions
from commands.staff.issue_token import IssueToken
from commands.staff.reset_second_factor import ResetSecondFactor
from commands.staff.revoke_token import RevokeToken
from processors.runtime.payments.paypal import Account, PayPal
from schema.labels import label
from service.bootstrap import MODELS
from tests.support.desk import Page
from tests.support.http import Door
from tests.support.passwords import cheap_passwords
from tests.support.projecting import projecting
from tests.support.write_side import ADMIN, School, principal

PASSWORD = "Éloïse aime 3 pommes"
pytestmark = [pytest.mark.rule("DOS-7", "AUD-4", "T25"), pytest.mark.usefixtures("quick")]


@pytest.fixture
def quick() -> Iterator[None]:
    with cheap_passwords():
        yield


@pytest.fixture(autouse=True, scope="module")
def models(shared_database: str) -> Iterator[None]:
    """Pages read them."""
    with projecting(shared_database, MODELS):
        yield


def account(school: School, *roles: Role, secret: str | None = None) -> tuple[UUID, str]:
    user, email = uuid4(), f"{uuid4().hex}@example.com"
    school.employ(user, roles=roles)
    school.side.sessions.set_account(user, email, roles, PASSWORD, secret)
    return user, email


def log_in(
    door: Door, email: str, password: str = PASSWORD, code: str = "", **cookie: str
) -> httpx2.Response:
    data = {"email": email, "password": password, "code": code}
    door.http.cookies.clear()
    return door.http.post("/connexion", data=data, headers=cookie)


def cookie(answer: httpx2.Response) -> dict[str, str]:
    return {"Cookie": answer.headers["set-cookie"].partition(";")[0]}


def is_in(door: Door, session: dict[str, str]) -> bool:
    door.http.cookies.clear()
    return door.http.get("/compte", headers=session).status_code == 200


def trail(door: Door, **asked: str) -> list[dict[str, Any]]:
    found = door.http.get("/api/access-trail", params=asked, headers=door.as_(Role.AUDITOR))
    assert found.status_code == 200, found.text
    items: list[dict[str, Any]] = found.json()["items"]
    return items


def test_each_log_in_and_each_that_failed_is_in_the_trail(door: Door, school: School) -> None:
    secret = pyotp.random_base32()
    user, email = account(school, Role.ACCOUNTING, secret=secret)
    assert log_in(door, email, "not this one").status_code == 401
    assert log_in(door, email, code="000000").status_code == 401
    assert log_in(door, "nobody@example.com").status_code == 401
    assert log_in(door, email).status_code == 401, "the code is asked: no failure yet"
    assert log_in(door, email, code=pyotp.TOTP(secret).at(school.side.clock())).status_code == 303
    failed = trail(door, kind="log_in_failed")[:3]
    assert [row["asked"]["factor"] for row in failed] == ["password", "code", "password"]
    assert [row["subject"] for row in failed] == [None, str(user), str(user)]
    assert [(row["who"], row["by"], row["persons"]) for row in failed] == [
        (None, "personne de reconnu", 0)
    ] * 3
    [done] = trail(door, kind="logged_in", who=str(user))
    assert (done["role"], done["asked"]["factor"]) == ("accounting", "password+code")
    assert {row["asked"]["network"] for row in (*failed, done)} == {done["asked"]["network"]}
    assert email not in str(failed)
    page = Page(door, "/registre-des-acces?quoi=log_in_failed", Role.AUDITOR)
    assert "Connexion refusée" in page.text
    told = html.unescape(page.text).replace("\N{NO-BREAK SPACE}", " ")
    assert f"facteur : mot de passe · réseau : {done['asked']['network']}" in told
    assert "facteur : code" in told
    assert "factor" not in page.text
    assert done["details"][0].replace("\N{NO-BREAK SPACE}", " ") == "facteur : mot de passe et code"
    assert label("fr", "reading", "access_trail") not in page.text.partition("<tbody>")[2]


def test_a_log_in_ends_the_session_that_this_browser_had(door: Door, school: School) -> None:
    _, email = account(school, Role.OFFICE)
    first, elsewhere = cookie(log_in(door, email)), cookie(log_in(door, email))
    assert is_in(door, first)
    second = cookie(log_in(door, email, **first))
    assert (is_in(door, first), is_in(door, second), is_in(door, elsewhere)) == (False, True, True)
    assert log_in(door, email, "not this one", **second).status_code == 401
    assert is_in(door, second), "one that failed ends nothing"


def test_an_admin_ends_sessions_and_takes_a_factor_away_as_events(door: Door, school: School) -> None:
    secret = pyotp.random_base32()
    user, email = account(school, Role.ACCOUNTING, secret=secret)
    session = cookie(log_in(door, email, code=pyotp.TOTP(secret).at(school.side.clock())))
    desk = Page(door, "/equipe", Role.ADMIN)
    assert is_in(door, session)
    assert desk.send("/equipe", {"act": "end", "staff": str(user)}).status_code == 303
    assert not is_in(door, session)
    assert is_in(door, desk.headers)
    desk = Page(door, "/equipe", Role.ADMIN)
    assert desk.send("/equipe", {"act": "factor", "staff": str(user)}).status_code == 303
    asked = log_in(door, email)
    assert asked.status_code == 303, "no code is asked"
    led = door.http.get("/", headers=cookie(asked))
    assert (led.status_code, led.headers["location"]) == (303, "/second-facteur")
    facts: list[type[Fact]] = [type(fact) for fact in school.facts(STAFF.at(user))][1:]
    assert facts == [StaffSessionsEnded, StaffSecondFactorReset]
    admin, _ = account(school, Role.ADMIN)
    with pytest.raises(OwnAccess):
        school.send(ResetSecondFactor(staff=admin), principal(Role.ADMIN, user=admin))
    _, other = account(school, Role.OFFICE)
    theirs = cookie(log_in(door, other))
    assert door.raw("end-sessions", b"{}", door.as_(Role.ADMIN)).status_code == 422
    assert is_in(door, theirs), "nobody ends all by leaving something out"
    school.send(EndSessions(staff=None, everybody=True), ADMIN)
    assert not is_in(door, theirs)
    assert not is_in(door, desk.headers)
    assert isinstance(school.facts(THE_ADMINS)[-1], EverySessionEnded)


def test_a_token_issued_and_revoked_is_in_the_log_without_what_it_shows(door: Door, school: School) -> None:
    desk = Page(door, "/equipe", Role.ADMIN)
    typed = {"act": "issue", "role": "office", "days": "30", "label": "Caisse de Zoé"}
    assert desk.send("/equipe", typed).status_code == 200
    issued = school.facts(THE_ADMINS)[-1]
    assert isinstance(issued, TokenIssued)
    assert (issued.role, issued.token in school.state(THE_ADMINS).tokens) == (Role.OFFICE, True)
    with school.side.pool.connection() as connection:
        row = connection.execute(
            "select label, issued_by, expires_at from tokens where id = %s", (issued.token,)
        ).fetchone()
    assert row == ("Caisse de Zoé", desk.user, issued.until)
    desk = Page(door, "/equipe", Role.ADMIN)
    assert desk.send("/equipe", {"act": "revoke", "token": str(issued.token)}).status_code == 303
    assert school.facts(THE_ADMINS)[-1] == TokenRevoked(token=issued.token)
    before = len(school.facts(THE_ADMINS))
    school.send(RevokeToken(token=issued.token), ADMIN)
    assert len(school.facts(THE_ADMINS)) == before, "revoked twice is revoked"
    wish: dict[str, Any] = {"owner": uuid4(), "label": "x", "days": 1, "hashed": SecretStr("0" * 64)}
    with pytest.raises(NotAStaffRole):
        school.send(IssueToken(role=Role.CLIENT, **wish), SYSTEM)


@pytest.mark.rule("DOS-2")
def test_who_has_preferences_to_choose_is_led_there_from_every_page(door: Door, school: School) -> None:
    """Whatever a browser says it accepts; machines are still told that nobody is logged in."""
    client = school.client(email=f"{uuid4().hex}@example.com")
    email = str(school.state(CLIENT.at(client)).email)  # type: ignore[union-attr]
    school.side.sessions.set_account(client, email, [Role.CLIENT], PASSWORD)
    session = cookie(log_in(door, email))
    for path in ("/", "/mon-dossier", "/compte", "/second-facteur"):
        led = door.http.get(path, headers=session)
        assert (led.status_code, led.headers.get("location")) == (303, "/preferences"), path
    assert door.http.get("/preferences", headers=session).status_code == 200
    assert door.http.get("/api/workshops", headers=session).status_code == 401
    door.http.cookies.clear()
    assert door.http.get("/").status_code == 401


def test_a_password_counts_as_it_was_typed_and_another_one_keeps_the_factor(
    door: Door, school: School
) -> None:
    secret = pyotp.random_base32()
    user, email = account(school, Role.ACCOUNTING, secret=secret)
    typed = "  Deux Espaces, " + "une longue phrase " * 10
    assert len(typed) > 190
    wish: dict[str, Any] = {"person": user, "staff": True, "purpose": None, "number": 0}
    school.send(ChoosePassword(hashed=SecretStr(hash_password(typed)), **wish), SYSTEM)
    code = pyotp.TOTP(secret).at(school.side.clock())
    for other in (typed.strip(), typed.lower(), typed[:-1], typed[:72]):
        assert log_in(door, email, other, code).status_code == 401
    asked = log_in(door, email, typed)
    assert (asked.status_code, "code à 6 chiffres" in asked.text) == (401, True), "the code is still asked"
    assert log_in(door, email, typed, code).status_code == 303


def test_seeds_and_tokens_come_from_the_systems_chance(monkeypatch: pytest.MonkeyPatch) -> None:
    assert isinstance(pyotp.random, random.SystemRandom)
    assert len(pyotp.random_base32(32)) * 5 == 160
    monkeypatch.setattr("secrets.token_urlsafe", lambda n: f"{n} bytes")
    assert new_token()[0] == "portail_32 bytes"


def test_what_the_provider_answers_is_never_followed_elsewhere() -> None:
    with PayPal(Account("https://provider.example.com", "c", "s", "w")) as provider:
        assert provider._http.follow_redirects is False
