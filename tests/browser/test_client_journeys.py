"""What clients do alone, from sign-up to leaving, on a phone and at a desk, and what is refused or fails."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from uuid import UUID, uuid4

import pytest
from playwright.sync_api import Browser, expect

from aggregates.client.preferences.events import Channel
from aggregates.client.state import CLIENT, DeactivatedDossier, Dossier, ErasedDossier
from aggregates.links import LinkPurpose
from commands.access_links import AccessLink, AccessLinks
from commands.registrations.defer_registration import DeferRegistration
from commands.workshops.join_waiting_list import JoinWaitingList
from commands.workshops.tick_attendance import TickAttendance
from tests.browser.visitor import WIDTHS, Visitor, visitor
from tests.support.open_portal import OpenPortal, open_portal
from tests.support.passwords import cheap_passwords
from tests.support.write_side import OFFICE, VAULT

pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("browser")]
Comes = Callable[..., Visitor]
PASSWORD = "Éloïse aime 3 pommes"
PDF = {"name": "carte.pdf", "mimeType": "application/pdf", "buffer": b"%PDF-1.7 une carte"}


@pytest.fixture(scope="module")
def portal(shared_database: str) -> Iterator[OpenPortal]:
    with cheap_passwords(), open_portal(shared_database) as opened:
        yield opened


@pytest.fixture(
    params=[
        pytest.param(375, id="phone"),
        pytest.param(768, id="tablet", marks=pytest.mark.long),
        pytest.param(1280, id="desk", marks=pytest.mark.long),
    ]
)
def width(request: pytest.FixtureRequest) -> int:
    """The phone is walked with every change, the others before a release too."""
    return int(request.param)


@pytest.fixture
def comes(browser: Browser, portal: OpenPortal, width: int, shots: Path | None) -> Comes:
    """Somebody at the portal: a client, or nobody known."""
    return lambda client=None: visitor(browser, portal, width, client, shots and shots / f"client-{width}")


def in_days(portal: OpenPortal, days: float) -> datetime:
    return portal.school.side.clock() + timedelta(days=days)


def confirmation_of(portal: OpenPortal, client: UUID) -> str:
    """The link of the mail that validates the address."""
    dossier = portal.school.state(CLIENT.at(client))
    assert isinstance(dossier, Dossier)
    purpose, until = LinkPurpose.VALIDATION, datetime.now(UTC) + timedelta(hours=1)
    links = AccessLinks(VAULT)
    number = dossier.access.links.open[purpose]
    return "/acces/" + links.token(
        AccessLink(client, False, purpose, number, until, links.address(str(dossier.email)))
    )


@pytest.mark.rule("DOS-4")
def test_who_has_a_dossier_opens_no_second_one(comes: Comes, portal: OpenPortal) -> None:
    name = {"first_name": "Léa", "last_name": f"Roy {uuid4().hex[:8]}", "postal_code": "H2X 1Y4"}
    portal.school.client(**name)
    here = comes()
    here.goes_to("/inscription")
    typed = {"email": f"{uuid4().hex}@example.com", "password": PASSWORD, "city": "Montréal"}
    for field, value in (name | typed).items():
        here.page.locator(f"#{field}").fill(value)
    with here.task(6):
        here.presses("Créer mon dossier")
        here.reads("Déjà client ?")
        here.reads("appelez-nous")


@pytest.mark.rule("DOS-1", "DOS-19", "FAC-1", "FAC-2", "INS-1")
def test_a_newcomer_signs_up_fills_the_basket_pays_and_sees_it_in_the_file(
    comes: Comes, portal: OpenPortal
) -> None:
    school, email = portal.school, f"{uuid4().hex}@example.com"
    activity = school.activity("Oser la rencontre")
    school.workshop(activity)
    here = comes()
    here.goes_to("/inscription")
    typed = {"first_name": "Léa", "last_name": f"Roy {uuid4().hex[:8]}", "email": email, "password": PASSWORD}
    for name, value in {**typed, "postal_code": "H2X 1Y4", "city": "Montréal"}.items():
        here.page.locator(f"#{name}").fill(value)
    here.page.locator("input[name=by_email][value=yes]").check()
    here.presses("Créer mon dossier")
    here.reads(email)
    owner: UUID | None = None
    for _ in range(100):
        with school.side.pool.connection() as connection:
            owner = school.side.store.log.claim_owner("email", VAULT.keyed_hash("email", email), connection)
        if owner is not None:
            break
        here.page.wait_for_timeout(50)
    assert owner is not None
    here.goes_to(confirmation_of(portal, owner))
    here.presses("Confirmer")
    here.goes_to("/connexion")
    here.page.get_by_label("Courriel").fill(email)
    here.page.get_by_label("Mot de passe").fill(PASSWORD)
    here.presses("Se connecter")
    for way in ("telephone", "post", "email"):
        here.page.locator(f"input[name={way}][value=yes]").check()
    here.presses("Enregistrer")
    here.reads("Préférences enregistrées")
    here.goes_to(f"/dates?activite={activity}")
    here.presses("Mettre au panier")
    here.presses("Mettre au panier")
    here.reads("C’est dans votre panier")
    with here.task(18):
        here.presses("FINALISER")
        here.pays()
        here.outcome("Merci, votre paiement est reçu")
        here.goes_to("/mon-dossier")
        here.reads("INSCRIT")
        here.reads("335,00")
        here.presses("PAYER")
        here.pays("335")
        here.outcome("Merci, votre paiement est reçu")
    with here.task(29):
        here.goes_to("/mon-dossier")
        here.reads("réglé")
        here.presses("EMAIL")
        here.reads("renvoyé")


@pytest.mark.parametrize("width", WIDTHS.values(), ids=list(WIDTHS))
@pytest.mark.rule("ATE-2", "INS-4", "DOS-8", "INS-12")
def test_what_is_refused_says_why_and_leads_on(comes: Comes, portal: OpenPortal) -> None:
    school = portal.school
    here = comes(portal.school.at_home())
    activity = school.activity("Mettre ses limites")
    full = school.workshop(activity, capacity=1, starts=in_days(portal, 20))
    school.registration(school.client(postal_code=uuid4().hex[:6]), activity, full)
    here.goes_to(f"/dates?activite={activity}")
    here.reads("Complet")
    with here.task(15):
        here.presses("Attendre une place")
        here.reads("sur la liste d’attente")
    later = school.activity("Lâcher prise")
    near = school.workshop(later, starts=in_days(portal, 1))
    sold = school.sold(here.client, later)
    here.goes_to(f"/panier?activite={later}")
    here.reads("Impossible")
    here.presses("Choisir une date pour mon inscription")
    here.page.locator(f"input[value='{near}']").check()
    here.presses("Choisir cette date")
    here.page.get_by_role("alert").get_by_text("INS-4").wait_for()
    here.goes_to("/mon-dossier/retrait")
    here.reads("il reste un solde")
    here.goes_to(f"/mon-dossier/inscriptions/{sold.registration}/modifier")
    here.page.locator(f"input[value='{near}']").check()
    here.presses("Choisir cette date")
    here.presses("PAYER la facture")
    here.pays("375")
    here.outcome("Merci, votre paiement est reçu")
    here.goes_to(f"/mon-dossier/inscriptions/{sold.registration}/modifier")
    here.page.locator(f"input[value='{near}']").check()
    here.presses("Choisir cette date")
    here.reads("Date choisie")
    here.goes_to("/mon-dossier/retrait")
    here.reads("Annulez d’abord")


@pytest.mark.rule("FAC-1", "FAC-2", "FAC-3")
def test_a_payment_times_out_comes_twice_or_comes_late_and_is_counted_once_or_not_taken(
    comes: Comes, portal: OpenPortal
) -> None:
    school, till = portal.school, portal.till
    activity = school.activity("Prendre parole")
    workshop = school.workshop(activity, capacity=2)
    here = comes(portal.school.at_home())

    def fills_the_basket(who: Visitor) -> None:
        who.goes_to(f"/panier?activite={activity}&atelier={workshop}")
        who.presses("Mettre au panier")
        who.presses("FINALISER")

    captured = len(till.book.captures)
    till.faults(lose={"capture": 1}, duplicate=3)
    fills_the_basket(here)
    here.pays("100")
    here.outcome("Merci, votre paiement est reçu")
    till.faults()
    assert len(till.book.captures) == captured + 1, "asked twice, taken once; told of three times"
    here.goes_to("/mon-dossier")
    here.reads("275,00")

    late = comes(portal.school.at_home())
    fills_the_basket(late)
    late.goes_to_the_provider("40")
    portal.later(minutes=21)
    school.registration(school.client(postal_code=uuid4().hex[:6]), activity, workshop)
    late.page.get_by_role("button", name="Payer").click()
    late.outcome("Paiement non effectué")
    late.reads("Rien n’a été débité")
    assert len(till.book.captures) == captured + 1
    late.goes_to("/panier")
    late.presses("FINALISER")
    late.page.get_by_role("alert").get_by_text("complet").wait_for()
    declined = comes(portal.school.at_home())
    declined.goes_to(f"/panier?activite={activity}")
    declined.presses("Mettre au panier")
    declined.presses("FINALISER")
    declined.pays("40", agrees=False)
    declined.reads("Rien n’a été débité")
    for _ in range(20):  # while the provider is being asked, it can't be given up
        if "Paiement abandonné" in declined.page.locator("h1").inner_text():
            break
        declined.presses("Abandonner")
    declined.outcome("Paiement abandonné")


@pytest.mark.rule("INS-8", "INS-2", "DOS-14", "INS-7")
def test_a_client_takes_a_phase_changes_dates_puts_off_and_gives_up(
    comes: Comes, portal: OpenPortal, width: int
) -> None:
    school = portal.school
    phase, activities = school.phase(number=[375, 768, 1280].index(width) + 1)
    first, second = (school.workshop(activities[0], starts=in_days(portal, d)) for d in (20, 50))
    here = comes(portal.school.at_home())
    with here.task(10):
        here.goes_to("/activites")
        here.main.locator(f"button[value='phase:{phase}']").click()
        expect(here.main.locator("button[name=sans-coeur]").first).to_be_visible()
    here.goes_to(f"/panier/phase/{phase}")
    here.page.locator(f"[name='date-{activities[0]}']").select_option(str(first))
    here.presses("Mettre la phase au panier")
    here.presses("FINALISER")
    here.pays()
    here.outcome("Merci, votre paiement est reçu")
    here.goes_to("/mon-dossier")
    here.reads("0 sur 9 suivi")
    here.reads("8 à planifier")
    here.presses("MODIFIER")
    here.page.locator(f"input[value='{second}']").check()
    here.presses("Changer la date")
    here.reads("Présence du")
    with here.task(33):
        here.presses("MODIFIER")
        here.presses("Plus tard")
        here.reads("9 à planifier")
        here.presses("CHOISIR UNE DATE")
        here.presses("Annuler mon inscription")
        here.reads("Inscription annulée")


@pytest.mark.rule("DOS-19", "DOS-8", "DOS-15", "ATT-1", "ATE-9")
def test_a_client_keeps_the_file_in_order_and_leaves(comes: Comes, portal: OpenPortal) -> None:
    school = portal.school
    here = comes(portal.school.at_home())
    activity = school.activity("Habiter le présent")
    workshop = school.workshop(activity, starts=in_days(portal, 3))
    free = school.discount(percent=100, proof_needed=False)
    registration = school.registration(here.client, activity, workshop, discount=free)
    here.goes_to("/mon-dossier/profil")
    here.page.locator("#city").fill("Rimouski")
    here.presses("Enregistrer")
    here.reads("enregistrées")
    here.goes_to("/mon-dossier/documents")
    here.page.locator("#file").set_input_files(PDF)  # type: ignore[arg-type]
    here.presses("Envoyer")
    here.reads("carte.pdf")
    here.goes_to("/calendrier")
    here.presses("Ouvrir mon calendrier")
    feed = here.page.locator("#link").input_value()
    portal.later(days=4)
    school.send(TickAttendance(workshop=workshop, registrations=(registration,)), OFFICE)
    here = comes(here.client)
    with here.task(31):
        here.goes_to("/mon-dossier")
    paper = here.main.get_by_role("link", name="Télécharger").first.get_attribute("href")
    assert here.page.request.get(f"{portal.url}{paper}").body().startswith(b"%PDF")
    here.goes_to("/mon-dossier/donnees")
    with here.page.expect_download() as zipped:
        here.main.get_by_role("button", name="Télécharger mes données").click()
    assert zipped.value.suggested_filename == "mes-donnees.zip"
    with here.task(8):
        here.goes_to("/mon-dossier")
        here.presses("Mes données")
        here.presses("DEMANDER À ÊTRE RETIRÉ")
        here.reads("désactivé")
        here.page.locator("input[name=sure]").check()
        here.presses("Désactiver mon dossier")
        here.reads("Votre dossier est désactivé")
    assert isinstance(school.state(CLIENT.at(here.client)), DeactivatedDossier)
    answer = here.page.request.get(portal.url + "/calendrier/" + feed.rpartition("/")[2])
    assert answer.status == 404
    new = comes(portal.school.at_home())
    new.goes_to("/mon-dossier/retrait")
    new.page.locator("input[name=sure]").check()
    new.presses("Effacer mon dossier")
    assert isinstance(school.state(CLIENT.at(new.client)), ErasedDossier)


@pytest.mark.rule("AID-1", "DOS-2", "DOS-6", "INS-4")
def test_help_comes_before_a_log_in_and_terms_and_preferences_are_found(
    comes: Comes, portal: OpenPortal
) -> None:
    stranger, activity = comes(), portal.school.activity("Semer la joie")
    stranger.goes_to("/dates")
    with stranger.task(1):
        stranger.presses("Aide", within=stranger.page.locator("footer"))
        stranger.presses("Comment créer mon dossier de client ?")
        stranger.reads("Créer mon dossier")
    here = comes(portal.school.at_home())
    here.goes_to(f"/panier?activite={activity}")
    here.presses("Mettre au panier")
    with here.task(13):
        here.presses("Conditions de paiement et d’annulation")
        here.reads("fait perdre l’acompte")
    here.goes_to("/mon-dossier")
    with here.task(9):
        here.presses("Coordonnées et préférences")
        here.presses("Changer mes préférences")
        expect(here.page.locator("input[name=email][value=yes]")).to_be_checked()
        here.page.locator("input[name=telephone][value=no]").check()
        here.presses("Enregistrer")
        here.reads("Préférences enregistrées")
    dossier = portal.school.state(CLIENT.at(here.client))
    assert isinstance(dossier, Dossier)
    assert not dossier.wishes.answers[Channel.TELEPHONE].allowed


@pytest.mark.rule("ATE-2", "FAC-2")
def test_a_seat_that_becomes_free_is_offered_taken_and_paid(comes: Comes, portal: OpenPortal) -> None:
    school = portal.school
    here = comes(school.at_home())
    activity = school.activity("Le fil du récit")
    workshop = school.workshop(activity, capacity=1, starts=in_days(portal, 40))
    holder = school.sold(school.client(postal_code=uuid4().hex[:6]), activity, workshop)
    school.send(JoinWaitingList(client=here.client, workshop=workshop))
    school.send(DeferRegistration(client=holder.client, registration=holder.registration))
    here.goes_to("/mon-dossier")
    here.until(lambda: "Voir l’offre" in here.main.inner_text())
    with here.task(15):
        here.presses("Voir l’offre")
        here.reads("Elle vous est gardée jusqu’au")
        here.goes_to_the_provider(name="Prendre la place")
        here.page.get_by_role("button", name="Payer").click()
        here.outcome("Merci, votre paiement est reçu")
    here.goes_to("/mon-dossier")
    here.reads("INSCRIT")
    here.reads("Le fil du récit")


@pytest.mark.rule("INS-6", "DOS-15")
def test_a_client_sends_the_proof_of_a_discount(comes: Comes, portal: OpenPortal) -> None:
    school = portal.school
    here = comes(school.at_home())
    school.registration(here.client, school.activity("La voix libre"), discount=school.discount())
    with here.task(23):
        here.goes_to("/mon-dossier")
        here.reads("Un rabais attend sa preuve : La voix libre")
        here.presses("L’envoyer")
        here.page.locator("#file").set_input_files(PDF)  # type: ignore[arg-type]
        here.presses("Envoyer")
        here.reads("carte.pdf")
        here.reads("à vérifier")
