"""What clients do alone: see dates and wait for a seat, as a browser without JavaScript sends it (DOS-19)."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from uuid import UUID, uuid4

import pytest

from aggregates.client.events import NoteKind
from aggregates.client.state import CLIENT, Dossier
from aggregates.kernel import Currency, Money, Role
from commands.baskets.finalise_basket import FinaliseBasket
from commands.baskets.put_in_basket import PutInBasket
from commands.clients.choose_preferences import ChoosePreferences
from commands.clients.write_note import WriteNote
from commands.registrations.cancel_registration import CancelRegistration
from commands.registrations.register_for_phase import RegisterForPhase
from commands.workshops.join_waiting_list import JoinWaitingList
from commands.workshops.offer_seats import OfferSeats
from service.bootstrap import MODELS
from tests.support.desk import Page
from tests.support.http import Door
from tests.support.projecting import Projecting, projecting
from tests.support.write_side import ACCOUNTING, School, principal


@pytest.fixture(scope="module")
def models(shared_database: str, school: School) -> Iterator[Projecting]:
    with projecting(shared_database, MODELS) as running:
        yield running


@pytest.fixture
def client(school: School) -> UUID:
    """Who has answered the first log-in's question."""
    made = school.client(postal_code=uuid4().hex[:6])
    said = ChoosePreferences(client=made, telephone=True, post=True, email=True, wording="1")
    school.send(said, principal(Role.CLIENT, user=made))
    return made


def at(door: Door, models: Projecting, client: UUID, path: str) -> Page:
    """The client's browser at that page."""
    models.catch_up()
    return Page(door, path, Role.CLIENT, user=client)


def waits_for(school: School, client: UUID, workshop: UUID) -> bool:
    dossier = school.state(CLIENT.at(client))
    assert isinstance(dossier, Dossier)
    return workshop in dossier.waiting_in


@pytest.mark.rule("ATE-3")
def test_anybody_sees_a_countrys_dates_then_the_online_ones_and_no_names(
    door: Door, school: School, models: Projecting
) -> None:
    activity = school.activity("Oser dire")
    soon = school.side.clock() + timedelta(days=20)
    school.workshop(activity, starts=soon, venue=None)
    school.workshop(activity, starts=soon, venue=school.venue(city="Lyon", country="FR"))
    school.workshop(activity, starts=soon + timedelta(days=9), venue=school.venue(city="Laval"))
    school.workshop(activity, starts=school.side.clock() - timedelta(hours=1), venue=None)
    models.catch_up()
    page = door.http.get("/dates", params={"lieu": "CA", "activite": str(activity)}).text
    assert 0 < page.index("Laval") < page.index('id="lieu-online"')
    assert "Lyon" not in page
    assert page.count("places libres") == 2, "what has begun is not offered"
    assert "Monique Tremblay" not in page
    everywhere = door.http.get("/dates", params={"activite": str(activity)}).text
    assert everywhere.count("places libres") == 3
    assert "connexion?next=/dates" in page


@pytest.mark.rule("ATE-2", "DOS-19")
def test_a_client_waits_for_a_seat_of_a_full_date_and_gives_that_up(
    door: Door, school: School, models: Projecting, client: UUID
) -> None:
    activity = school.activity("Vivre en couple")
    workshop = school.workshop(activity, capacity=1)
    path = f"/dates?activite={activity}"
    free = at(door, models, client, path)
    wish = {"act": "wait", "workshop": str(workshop)}
    assert "Dernière place" in free.text
    refused = free.send(path, wish)
    assert refused.status_code == 409
    assert "Refusé" in refused.text
    school.registration(school.client(postal_code=uuid4().hex[:6]), activity, workshop)
    full = at(door, models, client, path)
    assert "Complet" in full.text
    waits = full.send(path, wish)
    assert waits.headers["location"].startswith(path + "&after=")
    assert waits_for(school, client, workshop)
    page = at(door, models, client, path)
    assert "sur la liste d’attente" in page.text
    assert page.send(path, {**wish, "act": "leave"}).status_code == 303
    assert not waits_for(school, client, workshop)
    assert page.send(path, {**wish, "act": "nothing"}).status_code == 404


@pytest.mark.rule("ATE-2", "ATE-3", "FAC-1")
def test_a_seat_held_or_offered_is_free_to_nobody_but_whom_it_is_kept_for(
    door: Door, school: School, models: Projecting, client: UUID
) -> None:
    activity = school.activity("Aimer sans se perdre")
    path = f"/dates?activite={activity}"
    held, offered = (school.workshop(activity, capacity=1) for _ in range(2))
    put = PutInBasket(client=client, activity=activity, workshop=held)
    school.send(put, principal(Role.CLIENT, user=client))
    amount = {n: Money(minor=m, currency=Currency.CAD) for n, m in (("total", 37_500), ("due_now", 4_000))}
    school.send(FinaliseBasket(client=client, **amount), principal(Role.CLIENT, user=client))
    other = school.client(postal_code=uuid4().hex[:6])
    seated = school.registration(other, activity, offered)
    waits = school.client(postal_code=uuid4().hex[:6])
    school.send(JoinWaitingList(client=waits, workshop=offered))
    school.cancelled(other, seated)
    answered = ChoosePreferences(client=waits, telephone=True, post=True, email=True, wording="1")
    school.send(answered, principal(Role.CLIENT, user=waits))
    models.catch_up()
    assert door.http.get(path).text.count("Complet") == 2, "nobody's but the first one's before it is offered"
    assert "Dernière place" in at(door, models, waits, path).text
    school.send(OfferSeats(workshop=offered))
    models.catch_up()
    everybody = door.http.get(path).text
    assert everybody.count("Complet") == 2
    assert at(door, models, client, path).text.count("Complet") == 1, "the own hold is one's own"
    assert at(door, models, waits, path).text.count("Complet") == 1, "so is what one is offered"
    assert (
        "places retenues"
        in door.http.get(
            f"/dossiers/{other}/inscrire?activite={activity}&lieu=",
            headers=Page(door, "/", Role.OFFICE).headers,
        ).text
    )


@pytest.mark.rule("DOS-14", "INS-2")
def test_a_heart_beside_an_activity_or_a_phase_is_noted_and_taken_back(
    door: Door, school: School, models: Projecting, client: UUID
) -> None:
    phase, activities = school.phase(number=7, size=2)
    school.workshop(activities[0])
    models.catch_up()
    assert "Phase 7" in door.http.get("/activites").text
    assert "♡" not in door.http.get("/activites").text, "whose heart would it be?"
    for path, heart in (("/activites", f"phase:{phase}"), ("/dates", f"activity:{activities[0]}")):
        page = at(door, models, client, path)
        assert f'name="coeur" value="{heart}"' in page.text
        noted = page.send(path, {"coeur": heart})
        assert "fait=my_interest" in noted.headers["location"]
        page = at(door, models, client, path)
        assert f'name="sans-coeur" value="{heart}"' in page.text
    twice = page.send("/dates", {"sans-coeur": heart}), page.send("/dates", {"sans-coeur": f"phase:{phase}"})
    assert [answer.status_code for answer in twice] == [303, 303], "one form, two wishes"
    dossier = school.state(CLIENT.at(client))
    assert isinstance(dossier, Dossier)
    assert not dossier.wishes.interests
    for wrong in ({"coeur": "activity:x"}, {"coeur": f"else:{phase}"}, {}):
        assert page.send("/activites", wrong).status_code == 404


@pytest.mark.rule("INS-9", "INS-4")
def test_the_terms_of_each_region_stand_on_a_page_for_everybody(door: Door, models: Projecting) -> None:
    models.catch_up()
    text = door.http.get("/conditions").text
    canada, europe = (
        text[text.index('id="canada"') : text.index('id="europe"')],
        text[text.index('id="europe"') :],
    )
    assert "10 % du prix" in canada
    assert "deux jours" in canada
    assert "deux jours" not in europe[: europe.index("</section>")]
    assert "l’acompte est perdu" in europe
    assert "48 heures" in canada


@pytest.mark.rule("INS-2", "INS-1", "FAC-1", "INS-12")
def test_a_whole_phase_goes_into_the_basket_with_each_date_now_or_later(
    door: Door, school: School, models: Projecting, client: UUID
) -> None:
    phase, activities = school.phase(number=8, size=3)
    soon, full = school.workshop(activities[0]), school.workshop(activities[1], capacity=1)
    school.registration(school.client(postal_code=uuid4().hex[:6]), activities[1], full)
    path = f"/panier/phase/{phase}"
    page = at(door, models, client, path)
    assert "1\u202f125,00" in page.text or "1\u00a0125,00" in page.text, "the sum over its activities"
    assert str(full) not in page.text, "no date without room"
    wish = {f"date-{activities[0]}": str(soon), f"date-{activities[1]}": ""}
    assert page.send(path, wish).headers["location"].startswith("/panier?after=")
    basket = at(door, models, client, "/panier")
    assert basket.text.count("à planifier") == 2
    assert basket.text.count("pourquoi ?") == 3, "each price is explained"
    again = at(door, models, client, path).send(path, {})
    assert again.status_code == 409
    assert "INS-12" in again.text
    sums = {"total_minor": "112500", "due_now_minor": "12000", "currency": "CAD"}
    held = basket.send("/panier", {"act": "finalise", **sums})
    assert held.headers["location"] == "/payer/panier"
    unknown = door.http.get(f"/panier/phase/{uuid4()}", headers=basket.headers)
    assert unknown.status_code == 404


@pytest.mark.rule("INS-14")
def test_a_student_reads_in_the_basket_what_became_of_a_lost_place(
    door: Door, school: School, models: Projecting, client: UUID
) -> None:
    phase, (kept, lost) = school.phase(size=2)
    made = school.send(RegisterForPhase(client=client, phase=phase)).made
    school.send(CancelRegistration(client=client, registration=made["registration-2"], note="Ne vient plus."))
    told = at(door, models, client, basket_path(lost))
    assert "sa place n’y est plus (annulée)" in told.text
    assert "sa place n’y est plus" not in at(door, models, client, basket_path(kept)).text


def basket_path(activity: UUID, workshop: UUID | None = None) -> str:
    return f"/panier?activite={activity}" + (f"&atelier={workshop}" if workshop else "")


@pytest.mark.rule("FAC-1", "CAT-3", "INS-12", "INS-6")
def test_a_client_fills_the_basket_sees_why_it_costs_that_and_never_twice_the_same(
    door: Door, school: School, models: Projecting, client: UUID
) -> None:
    activity, other = school.activity("Lâcher prise"), school.activity("Se respecter")
    workshop = school.workshop(activity)
    discount = school.discount(name="Tarif des aînés", chosen_by=(Role.CLIENT,), proof_needed=True)
    school.discount(name="Tarif du bureau", chosen_by=(Role.OFFICE,))
    page = at(door, models, client, basket_path(activity, workshop))
    assert "Tarif des aînés (preuve demandée)" in page.text
    assert "Tarif du bureau" not in page.text
    assert "Prix du catalogue" in page.text
    assert f'value="{workshop}" checked' in page.text
    wish = {"act": "put", "activite": str(activity), "atelier": str(workshop), "rabais": str(discount)}
    assert page.send("/panier", wish).status_code == 303
    again = at(door, models, client, "/panier")
    assert "Lâcher prise" in again.text
    assert "Rabais : Tarif des aînés" in again.text
    refused = again.send("/panier", {**wish, "atelier": ""})
    assert refused.status_code == 409
    assert "Règle INS-12" in refused.text
    later = at(door, models, client, basket_path(other))
    assert later.send("/panier", {"act": "put", "activite": str(other)}).status_code == 303
    both = at(door, models, client, "/panier")
    assert both.text.count("Retirer") == 2
    assert both.send("/panier", {"act": "take_out", "item": both.hidden("item")}).status_code == 303
    left = at(door, models, client, "/panier")
    assert "Se respecter" in left.text
    assert left.text.count("Retirer") == 1


@pytest.mark.rule("FAC-1", "INS-4")
def test_finalising_holds_the_seats_that_were_shown_and_can_be_undone(
    door: Door, school: School, models: Projecting, client: UUID
) -> None:
    activity = school.activity("Savoir dire non")
    workshop = school.workshop(activity)
    wish = {"act": "put", "activite": str(activity), "atelier": str(workshop)}
    assert at(door, models, client, basket_path(activity)).send("/panier", wish).status_code == 303
    page = at(door, models, client, "/panier")
    shown = {"act": "finalise", "currency": "CAD", "total_minor": "37500", "due_now_minor": "4000"}
    changed = page.send("/panier", {**shown, "total_minor": "100"})
    assert changed.status_code == 409
    done = at(door, models, client, "/panier").send("/panier", shown)
    assert done.headers["location"] == "/payer/panier"
    held = at(door, models, client, "/panier")
    assert "Vos places sont retenues" in held.text
    assert held.send("/panier", {"act": "release"}).status_code == 303
    assert "Vos places sont retenues" not in at(door, models, client, "/panier").text


@pytest.mark.rule("DOS-13", "ATE-2")
def test_a_red_flag_and_a_full_date_lead_to_whom_to_contact(
    door: Door, school: School, models: Projecting, client: UUID
) -> None:
    activity = school.activity("Prendre sa place")
    full = school.workshop(activity, capacity=1)
    school.registration(school.client(postal_code=uuid4().hex[:6]), activity, full)
    page = at(door, models, client, basket_path(activity, full))
    assert "attendre une place" in page.text
    assert "mailto:" in page.text
    seen = school.side.store.load([CLIENT.at(client)])[0].version
    note = WriteNote(
        client=client,
        kind=NoteKind.ACCOUNTING,
        text="Solde",
        no_online_registration=True,
        seen_version=seen,
    )
    school.send(note, ACCOUNTING)
    refused = page.send("/panier", {"act": "put", "activite": str(activity)})
    assert refused.status_code == 409
    assert "contactez-nous" in refused.text


@pytest.mark.rule("INS-8", "INS-9", "INS-4", "INS-7")
def test_a_client_changes_the_date_puts_it_off_and_gives_it_up_knowing_what_it_costs(
    door: Door, school: School, models: Projecting, client: UUID
) -> None:
    activity = school.activity("Faire la paix")
    clock = school.side.clock()
    near, full, later, soon = (
        school.workshop(activity, starts=clock + timedelta(days=days), capacity=room)
        for days, room in ((20, 5), (40, 1), (60, 5), (1, 5))
    )
    school.registration(school.client(postal_code=uuid4().hex[:6]), activity, full)
    registration = school.registration(client, activity, near)
    school.paid(client, 4_000, registration=registration)
    path = f"/mon-dossier/inscriptions/{registration}/modifier"
    page = at(door, models, client, path)
    assert str(later) in page.text
    assert str(full) not in page.text
    assert str(near) not in page.text
    assert "acompte perdu" in page.text, "two days, within the month"
    for workshop, rule in ((full, "ATE-2"), (soon, "INS-4")):
        refused = page.send(path, {"act": "choose_date", "workshop": str(workshop)})
        assert refused.status_code == 409
        assert f"Règle {rule}" in refused.text
        page = at(door, models, client, path)
    assert page.send(path, {"act": "choose_date"}).status_code == 422
    moved = page.send(path, {"act": "choose_date", "workshop": str(later)})
    assert moved.headers["location"].startswith("/mon-dossier?after=")
    assert at(door, models, client, path).send(path, {"act": "defer"}).status_code == 303
    assert "CHOISIR UNE DATE" in at(door, models, client, "/mon-dossier").text
    last = at(door, models, client, path)
    assert "frais proposés" in last.text or "acompte perdu" in last.text
    assert last.send(path, {"act": "cancel"}).status_code == 303
    headers = at(door, models, client, "/mon-dossier").headers
    assert door.http.get(path, headers=headers).status_code == 404, "nothing is left to change"
    stranger = at(door, models, client, f"/mon-dossier/inscriptions/{uuid4()}/modifier")
    assert "404" in stranger.text or "no_such" in stranger.text
