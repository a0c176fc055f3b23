"""The manual's four ways to close a workshop, done on the pages, with the money where it belongs (ATE-7).

Québec, Europe, an independent ÊTRE BIEN, abroad: one person pays and comes, another is absent.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from datetime import timedelta
from typing import Any
from uuid import UUID

import httpx2
import pytest

from aggregates.catalogue.settings import Category, Region
from aggregates.kernel import Currency, Money, Role
from service.bootstrap import MODELS
from tests.support.desk import Page
from tests.support.http import Door
from tests.support.projecting import Projecting, projecting
from tests.support.write_side import ORGANISER, School

EUROPE = {
    "name": "Bellecour",
    "city": "Lyon",
    "country": "FR",
    "region": Region.EUROPE,
    "zone": "Europe/Paris",
}
ABROAD = {
    "name": "Riad",
    "city": "Fès",
    "country": "MA",
    "region": Region.ABROAD,
    "zone": "Africa/Casablanca",
}
IN_EUROPE = {"country": "FR", "city": "Lyon", "postal_code": "69002"}


@pytest.fixture(scope="module")
def models(shared_database: str, school: School) -> Iterator[Projecting]:
    with projecting(shared_database, MODELS) as running:
        yield running


class Held:
    """A workshop that began an hour ago: who comes, who is absent, and the staff at their pages."""

    def __init__(self, door: Door, models: Projecting, activity: UUID, workshop: UUID, **client: Any) -> None:
        school = door.school
        self.door, self.models, self.workshop = door, models, workshop
        self.present, self.absent = (
            school.sold(school.client(**client), activity, workshop) for _ in range(2)
        )
        school.now(school.side.clock() + timedelta(days=5, hours=1))
        models.catch_up()
        self.roster = f"/ateliers/{workshop}/participants"
        self.closing = f"/ateliers/{workshop}/fermeture"

    def by(self, *roles: Role, user: UUID | None = None) -> Page:
        return Page(self.door, "/", *roles, user=user)

    def done(self, page: Page, path: str, values: Mapping[str, str | list[str]]) -> None:
        page.open(path)
        answer = page.send(path, values)
        assert answer.status_code == 303, answer.text
        self.models.catch_up()

    def pays(self, page: Page, **cells: str) -> httpx2.Response:
        """Money typed in the list, `cheque` and `cash` of who comes, `absent` in cash of the other."""
        typed = {f"{method}-{self.present.registration}": amount for method, amount in cells.items()}
        absent = typed.pop(f"absent-{self.present.registration}", None)
        if absent is not None:
            typed[f"cash-{self.absent.registration}"] = absent
        page.open(f"{self.roster}?saisie=1")
        answer = page.send(self.roster, {"act": "pay", **typed})
        self.models.catch_up()
        return answer

    def ticks(self, page: Page) -> None:
        self.done(page, self.roster, {"act": "tick", "registration": str(self.present.registration)})

    def settles(self, page: Page, **said: str) -> None:
        """The absent did not tell: cancelled, with the fee of the region."""
        who = self.absent
        fields = {"client": str(who.client), "outcome": "cancelled", "note": "Absence.", **said}
        typed = {f"{name}-{who.registration}": value for name, value in fields.items()}
        self.done(page, self.closing, {"act": "absences", "registration": str(who.registration), **typed})

    def deposits(self, accounting: Page) -> None:
        """All that is noted of both, from the list of what is to be deposited."""
        noted = [
            f"{sold.invoice}:{payment.id}"
            for sold in (self.present, self.absent)
            for payment in self.door.school.issued(sold.invoice).payments
            if payment.status.value == "noted"
        ]
        self.done(accounting, "/comptabilite/depots", {"payment": noted})

    def decides(self, accounting: Page, fee: str, back: str = "") -> None:
        """The case of the absent: what the page proposes as fee is kept."""
        path, issued = f"/factures/{self.absent.invoice}", self.door.school.issued(self.absent.invoice)
        (case,) = issued.cases
        assert f'value="{fee}"' in accounting.open(path)
        refund = {f"refund-{p.id}": back for p in issued.payments if back}
        self.done(accounting, path, {"act": "decide", "case": str(case), "fee": fee, **refund})

    def books(self, accounting: Page) -> dict[str, int]:
        """What both invoices left on each account, debits above 0."""
        today = self.door.school.side.clock().date()
        left: Counter[str] = Counter()
        for sold in (self.present, self.absent):
            period = {"from": str(today - timedelta(days=60)), "to": str(today + timedelta(days=1))}
            asked = {**period, "invoice": str(sold.invoice), "limit": "200"}
            found = self.door.http.get("/api/ledger/journal", params=asked, headers=accounting.headers).json()
            for entry in found["items"]:
                left[entry["account"]] += entry["debit"]["minor"] - entry["credit"]["minor"]
        return {account: minor for account, minor in left.items() if minor}


def dated(school: School, activity: UUID, **changes: Any) -> UUID:
    return school.workshop(activity, starts=school.side.clock() + timedelta(days=5), **changes)


@pytest.mark.rule("ATE-7", "ATE-6", "FAC-6")
def test_quebec_office_verifies_and_closes(door: Door, school: School, models: Projecting) -> None:
    activity = school.activity()
    held = Held(door, models, activity, dated(school, activity, venue=school.venue()))
    office, accounting = held.by(Role.OFFICE), held.by(Role.ACCOUNTING)
    assert held.pays(office, cheque="375,00", absent="40").status_code == 303
    held.ticks(office)
    missing = office.open(held.closing)
    assert "Présences à décider" in missing
    assert "Éloïse" in missing.split("Soldes")[1], "who has a balance is named"
    held.settles(office)
    held.done(office, held.closing, {"act": "close"})
    assert "lecture seule" in office.open(held.closing)
    call = {"reached": str(held.absent.registration), f"outcome-{held.absent.registration}": "case"}
    held.done(office, f"/ateliers/{held.workshop}/appels", call)
    held.deposits(accounting)
    held.decides(accounting, "37,50", back="2,50")
    assert held.books(accounting) == {"bank": 41_500, "cash": -250, "revenue": -37_500, "fees": -3_750}


@pytest.mark.rule("ATE-7", "FAC-6")
def test_europe_the_organiser_hands_over_and_accounting_verify_and_close(
    door: Door, school: School, models: Projecting
) -> None:
    activity = school.activity()
    held = Held(door, models, activity, dated(school, activity, venue=school.venue(**EUROPE)), **IN_EUROPE)
    organiser, accounting = held.by(Role.ORGANISER, user=ORGANISER.user), held.by(Role.ACCOUNTING)
    held.pays(organiser, cheque="375,00", absent="40")
    held.ticks(organiser)
    held.settles(organiser)
    for kind in ("workshop", "lodging", "inventory", "products"):
        held.done(organiser, held.closing, {"act": "expense", "expense": kind})
    organiser.open(held.closing)
    papers, room = f"/ateliers/{held.workshop}/depenses", {"expense": "room"}
    assert "Choisissez d’abord un fichier" in organiser.bring(papers, room).text
    assert "DOS-15" in organiser.bring(papers, room, ("salle.exe", b"MZ")).text
    assert organiser.bring(papers, room, ("salle.pdf", b"%PDF-1.7 Salle 300,00")).status_code == 303
    held.done(organiser, held.closing, {"act": "envelope"})
    seen = accounting.open(held.closing)
    assert "Commentaires de chèques" in seen
    paper = seen.split(f"{papers}/")[1].split('"')[0]
    assert door.http.get(f"{papers}/{paper}", headers=accounting.headers).content.endswith(b"300,00")
    trainer = held.by(Role.TRAINER)
    assert door.http.get(f"{papers}/{paper}", headers=trainer.headers).status_code == 403
    held.done(organiser, held.closing, {"act": "hand_over"})
    held.done(accounting, held.closing, {"act": "give_back", "reason": "Un chèque est sans commentaire."})
    held.done(organiser, held.closing, {"act": "hand_over"})
    accounting.open(held.closing)
    assert "ATE-7" in accounting.send(held.closing, {"act": "close"}).text
    held.done(accounting, held.closing, {"act": "close", "reason": "Le commentaire est au dossier."})
    held.deposits(accounting)
    held.decides(accounting, "40,00")
    assert held.books(accounting) == {"bank": 41_500, "revenue": -37_500, "fees": -4_000}


@pytest.mark.rule("ATE-7", "FAC-5", "FAC-6")
def test_independent_the_trainer_takes_105_a_day_hands_over_and_office_closes(
    door: Door, school: School, models: Projecting
) -> None:
    price = (Money(minor=12_500, currency=Currency.EUR),)
    activity = school.activity("ÊTRE BIEN", category=Category.ETRE_BIEN, days=1, prices=price)
    trainer = Page(door, "/", Role.TRAINER)
    school.employ(trainer.user, roles=(Role.TRAINER,))
    workshop = planned_on_the_page(door, models, activity, trainer.user)
    held = Held(door, models, activity, workshop, **IN_EUROPE)
    trainer, accounting = held.by(Role.TRAINER, user=trainer.user), held.by(Role.ACCOUNTING)
    for sold in (held.present, held.absent):
        deposit = {"act": "note", "method": "transfer", "amount": "20"}
        held.done(accounting, f"/factures/{sold.invoice}", deposit)
    held.deposits(accounting)
    refused = held.pays(trainer, cash="106")
    assert refused.status_code == 409
    assert "105,00" in refused.text, "what is left is said"
    assert held.pays(trainer, cash="105").status_code == 303
    held.ticks(trainer)
    held.settles(trainer, charge="yes")
    held.done(trainer, held.closing, {"act": "hand_over"})
    office = held.by(Role.OFFICE)
    held.done(office, held.closing, {"act": "close"})
    held.deposits(accounting)
    held.decides(accounting, "20,00")
    assert held.books(accounting) == {"bank": 14_500, "revenue": -12_500, "fees": -2_000}


def planned_on_the_page(door: Door, models: Projecting, activity: UUID, trainer: UUID) -> UUID:
    """An independent ÊTRE BIEN at Lyon in five days, as the office plans it."""
    school = door.school
    venue, organiser = school.venue(**EUROPE), ORGANISER.user
    school.employ(organiser)
    starts = school.side.clock() + timedelta(days=5)
    models.catch_up()
    fields = {
        "activity": str(activity),
        "venue": str(venue),
        "zone": "UTC",
        "organiser": str(organiser),
        "trainers": str(trainer),
        "capacity": "20",
        "session_day": starts.date().isoformat(),
        "session_start": starts.strftime("%H:00"),
        "session_end": "23:59",
        "independent": "oui",
    }
    answer = Page(door, "/ateliers/nouveau", Role.OFFICE).send("/ateliers/nouveau", fields)
    assert answer.status_code == 303, answer.text
    return UUID(answer.headers["location"].split("/")[2])


@pytest.mark.rule("ATE-7", "ATE-8", "FAC-6")
def test_abroad_accounting_close_and_add_what_was_followed(
    door: Door, school: School, models: Projecting
) -> None:
    activity = school.activity()
    held = Held(door, models, activity, dated(school, activity, venue=school.venue(**ABROAD)))
    accounting = held.by(Role.ACCOUNTING)
    held.pays(accounting, cash="375")
    held.ticks(accounting)
    held.settles(accounting)
    held.done(accounting, held.closing, {"act": "close"})
    held.deposits(accounting)
    held.decides(accounting, "37,50")
    assert held.books(accounting) == {
        "bank": 37_500,
        "revenue": -37_500,
        "receivables": 3_750,
        "fees": -3_750,
    }
    path, client = f"/dossiers/{held.absent.client}/atelier-suivi", f"/dossiers/{held.absent.client}"
    typed = {"activity": str(activity), "first_day": "2026-05-02", "last_day": "", "country": "MA"}
    accounting.open(path)
    later = {**typed, "first_day": "2096-05-02"}
    assert accounting.send(path, later).status_code == 409
    held.done(accounting, path, typed)
    assert "Maroc" in accounting.open(client)
