"""Many clients at once want the last seats, two of them in browsers, while an organiser edits the roster."""

from __future__ import annotations

import re
import threading
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import timedelta
from uuid import UUID

import httpx2
import pytest
from playwright.sync_api import Browser

from aggregates.client.registrations.state import Scheduled
from aggregates.client.state import CLIENT, Dossier
from aggregates.invoice.state import INVOICE, Issued
from aggregates.kernel import Role
from aggregates.workshop.state import WORKSHOP, Planned
from tests.browser.visitor import WIDTHS, visitor
from tests.support.lanes import figures
from tests.support.open_portal import OpenPortal, open_portal
from tests.support.passwords import cheap_passwords
from tests.support.write_side import ORGANISER

pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("browser")]
DEPOSIT = 4_000
_APPROVE = re.compile(r"url=(\S+)")


@pytest.fixture
def portal(shown_database: str) -> Iterator[OpenPortal]:
    with cheap_passwords(), open_portal(shown_database) as opened:
        yield opened


@dataclass
class Statuses:
    """What every answer to every session was."""

    seen: Counter[int] = field(default_factory=Counter)
    lock: threading.Lock = field(default_factory=threading.Lock)

    def note(self, answer: httpx2.Response) -> None:
        with self.lock:
            self.seen[answer.status_code] += 1


class Session:
    """A browser without JavaScript: asks for pages, sends their forms, follows no redirect by itself."""

    def __init__(self, portal: OpenPortal, user: UUID, statuses: Statuses, *roles: Role) -> None:
        cookie = {"Cookie": f"portail={portal.session(user, *roles)}"}
        hooks = {"response": [statuses.note]}
        self.http = httpx2.Client(base_url=portal.url, headers=cookie, event_hooks=hooks, timeout=30)
        self.text = ""

    def get(self, path: str) -> httpx2.Response:
        answer = self.http.get(path)
        self.text = answer.text
        return answer

    def send(self, path: str, **values: str) -> httpx2.Response:
        found = dict(re.findall(r'name="(command_id|csrf|seen_version)" value="([^"]+)"', self.text))
        return self.http.post(path, data={**found, **values})


def buys(session: Session, activity: UUID, workshop: UUID, ready: threading.Barrier) -> str:
    """Basket, finalise, pay the deposit at the provider; what it came to."""
    session.get(f"/panier?activite={activity}&atelier={workshop}")
    put = session.send("/panier", act="put", activite=str(activity), atelier=str(workshop))
    assert put.status_code == 303, put.text
    session.get("/panier")
    sums = dict(re.findall(r'name="(currency|total_minor|due_now_minor)" value="([^"]+)"', session.text))
    ready.wait(30)
    held = session.send("/panier", act="finalise", **sums)
    if held.status_code == 409:
        return "full"
    assert held.headers["location"] == "/payer/panier", held.text
    session.get("/payer/panier")
    begun = session.send("/payer/panier", amount="40,00").headers["location"]
    pause = threading.Event()
    for _ in range(300):
        page = session.get(begun)
        approve = _APPROVE.search(page.headers.get("refresh", ""))
        if approve is not None:
            break
        pause.wait(0.05)
    assert approve is not None, page.text
    assert session.http.post(approve[1], data={"act": "pay"}).status_code == 303
    for _ in range(300):
        page = session.get(f"{begun}?token=x")
        if "refresh" not in page.headers:
            return "paid" if "votre paiement est reçu" in page.text else "not taken"
        pause.wait(0.05)
    raise AssertionError(page.text)


def edits(
    portal: OpenPortal,
    statuses: Statuses,
    activity: UUID,
    workshop: UUID,
    room: int,
    ready: threading.Barrier,
) -> int:
    """The organiser notes cheques, changes the notes and takes a seat for somebody; how many were taken."""
    assert ORGANISER.user is not None
    session = Session(portal, ORGANISER.user, statuses, Role.ORGANISER)
    seated = [portal.school.at_home() for _ in range(2)]
    ready.wait(30)
    taken = 0
    for n, client in enumerate(seated):
        session.get(f"/dossiers/{client}/inscrire?activite={activity}&lieu=")
        wish = {"activity": str(activity), "workshop": str(workshop)}
        taken += session.send(f"/dossiers/{client}/inscrire", **wish).status_code == 303
        roster = f"/ateliers/{workshop}/participants"
        session.get(f"{roster}?saisie=1")
        for registration in re.findall(r'name="cheque-([0-9a-f-]+)"', session.text)[:1]:
            session.send(roster, act="pay", **{f"cheque-{registration}": "10,00"})
        session.get(f"/ateliers/{workshop}/modifier")
        plan = {"organiser": str(ORGANISER.user), "capacity": str(room), "practical_note": f"Salle {n}"}
        assert session.send(f"/ateliers/{workshop}/modifier", act="plan", **plan).status_code in (303, 409)
    session.http.close()
    return taken


@pytest.mark.rule("ATE-2", "FAC-1", "FAC-3")
@figures("clients", short=12, long=50)
def test_the_last_seats_go_to_whoever_pays_and_to_nobody_twice(
    browser: Browser, portal: OpenPortal, clients: int
) -> None:
    school, statuses = portal.school, Statuses()
    room = clients // 2
    activity = school.activity("La dernière place")
    starts = school.side.clock() + timedelta(days=30)
    workshop = school.workshop(activity, capacity=room, starts=starts)
    buyers = [portal.school.at_home() for _ in range(clients)]
    phone, desk = (
        visitor(browser, portal, width, client)
        for width, client in zip(WIDTHS.values(), buyers, strict=False)
    )
    for here in (phone, desk):
        here.goes_to(f"/panier?activite={activity}&atelier={workshop}")
        here.presses("Mettre au panier")
    opened = [Session(portal, client, statuses) for client in buyers[2:]]
    ready = threading.Barrier(clients)  # two of them are browsers: this thread, and the organiser's
    with ThreadPoolExecutor(clients) as pool:
        outcomes = [pool.submit(buys, session, activity, workshop, ready) for session in opened]
        organiser = pool.submit(edits, portal, statuses, activity, workshop, room, ready)
        ready.wait(30)
        for here in (phone, desk):
            here.presses("FINALISER")
        for here in (phone, desk):
            if here.page.url.endswith("/payer/panier"):
                here.pays("40")
                here.outcome("Merci, votre paiement est reçu")
            else:
                here.reads("complet")
        said = Counter(outcome.result(120) for outcome in outcomes)
        by_staff = organiser.result(120)
    for session in opened:
        session.http.close()
    assert not {status for status in statuses.seen if status >= 500}
    assert said["not taken"] == 0
    state = school.state(WORKSHOP.at(workshop))
    assert isinstance(state, Planned)
    assert len(state.seats) == room, "nobody too many, and none is left empty"
    paid = [invoice for client in buyers for invoice in _bought(portal, client, workshop)]
    assert len(paid) + by_staff == room
    captures = portal.till.book.captures
    assert len(captures) == len(paid), "who found no seat was charged nothing"
    cards = [p.amount.minor for i in paid for p in _issued(portal, i).payments if p.method.value == "card"]
    assert cards == [DEPOSIT] * len(paid)


def _bought(portal: OpenPortal, client: UUID, workshop: UUID) -> list[UUID]:
    """Invoices of the registrations that have a seat there."""
    dossier = portal.school.state(CLIENT.at(client))
    assert isinstance(dossier, Dossier)
    return [
        r.sale.invoice
        for r in dossier.registrations.values()
        if isinstance(r, Scheduled) and r.workshop == workshop
    ]


def _issued(portal: OpenPortal, invoice: UUID) -> Issued:
    found = portal.school.state(INVOICE.at(invoice))
    assert isinstance(found, Issued)
    return found
