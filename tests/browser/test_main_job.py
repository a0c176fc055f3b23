"""An organiser registers a client, moves her and cancels, in a browser, on the whole running portal."""

from __future__ import annotations

import time

import pytest
from playwright.sync_api import Browser, Locator, Page, expect

from tests.browser.conftest import Portal, logged_in, shot

pytestmark = [pytest.mark.browser, pytest.mark.owns_servers, pytest.mark.xdist_group("browser")]
NAME = "Éloïse D’Arcy-Lévesque"


def create_dossier(page: Page, portal: Portal) -> str:
    page.goto(f"{portal.url}/dossiers/nouveau")
    page.locator("#last_name").fill("D’Arcy-Lévesque")
    page.locator("#first_name").fill("Éloïse")
    page.locator("#email").fill("eloise.darcy@example.com")
    page.locator("#postal_code").fill("H2X 1Y4")
    page.locator("#city").fill("Montréal")
    page.locator("main button.primary").click()
    expect(page.get_by_role("heading", level=1)).to_contain_text("Éloïse")
    return page.url.split("?")[0]


def activity_with_two_open_dates(page: Page, dossier: str) -> str:
    page.goto(f"{dossier}/inscrire")
    options = page.locator("select[name=activite] option").evaluate_all("all => all.map(o => o.value)")
    for activity in filter(None, options):
        page.goto(f"{dossier}/inscrire?activite={activity}&lieu=")
        if open_dates(page).count() >= 2:
            return f"{dossier}/inscrire?activite={activity}&lieu="
    raise AssertionError("the demo school has no activity with two open dates")


def open_dates(page: Page) -> Locator:
    """Those to come; staff may take what has begun too."""
    to_come = page.locator("tr.option").filter(has_not_text="déjà commencé")
    return to_come.locator("input[name=workshop]:not([value='']):not([disabled])")


def caught(page: Page, portal: Portal, subject: str) -> None:
    give_up = time.monotonic() + 20
    while time.monotonic() < give_up:
        page.goto(f"{portal.url}/courriels")
        if (
            page.locator("main a, main li", has_text="eloise.darcy@example.com")
            .filter(has_text=subject)
            .count()
        ):
            return
        time.sleep(0.5)
    shot(page, "courriels-sans")
    raise AssertionError(f"no mail « {subject} » in /courriels")


@pytest.mark.rule("INS-1")
@pytest.mark.rule("INS-7")
@pytest.mark.rule("INS-8")
@pytest.mark.rule("COM-2")
@pytest.mark.rule("AUD-1")
def test_an_organiser_registers_defers_moves_and_cancels_and_history_tells_it(
    browser: Browser, portal: Portal
) -> None:
    page = logged_in(browser, portal, "organiser@example.com")
    office = logged_in(browser, portal, "office@example.com")
    dossier = create_dossier(page, portal)
    shot(page, "dossier-neuf")

    page.goto(activity_with_two_open_dates(page, dossier))
    shot(page, "inscrire")
    workshop = open_dates(page).nth(0).get_attribute("value")
    open_dates(page).nth(0).check()
    page.locator("#paid_by").select_option("cash")
    page.locator("main button.primary").click()
    expect(page.locator("main")).to_contain_text("INSCRIT")
    shot(page, "dossier-inscrit")

    office.goto(f"{portal.url}/ateliers/{workshop}/participants")
    expect(office.locator("main")).to_contain_text("D’Arcy-Lévesque")
    shot(office, "participants")
    caught(office, portal, "Votre inscription")
    shot(office, "courriels")

    page.goto(dossier)
    page.get_by_role("link", name="Modifier :").first.click()
    shot(page, "modifier")
    page.locator("button[value=defer]").click()
    expect(page.locator("main")).to_contain_text("PLANIFIER")
    page.goto(f"{portal.url}/a-planifier")
    while not page.get_by_text("D’Arcy-Lévesque").count():
        page.locator("a[rel=next], .pages a").last.click()
    expect(page.locator("main")).to_contain_text("D’Arcy-Lévesque")
    shot(page, "a-planifier")

    page.goto(dossier)
    page.get_by_role("link", name="Choisir une date").first.click()
    open_dates(page).nth(1).check()
    page.locator("button[value=choose_date]").click()
    expect(page.locator("main")).to_contain_text("INSCRIT")
    caught(office, portal, "Votre date")

    page.goto(dossier)
    page.get_by_role("link", name="Modifier :").first.click()
    page.locator("summary.grave").click()
    page.locator("#note").fill("Ne peut plus venir.")
    shot(page, "annuler")
    page.locator("button[value=cancel]").click()
    expect(page.locator("main")).to_contain_text("ANNULÉ")
    shot(page, "dossier-annule")

    page.goto(f"{dossier}?onglet=historique")
    shot(page, "historique")
    main = page.locator("main")
    for words in ("Dossier", "Inscription", "Date ulté", "Date choisie", "annulée"):
        expect(main).to_contain_text(words)
    expect(main).to_contain_text("Geneviève Saint-Amand")
