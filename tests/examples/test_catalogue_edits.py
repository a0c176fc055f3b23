"""The catalogue edited, told by examples."""

from __future__ import annotations

import pytest

from aggregates.catalogue.settings import Category
from aggregates.client.state import CLIENT
from aggregates.invoice.state import INVOICE
from aggregates.kernel import Currency, Money, Role
from commands.catalogue.change_activity import ChangeActivity
from commands.catalogue.retire_activity import RetireActivity
from commands.clients.ask_price_adjustment import AskPriceAdjustment
from commands.clients.refuse_price_adjustment import RefusePriceAdjustment
from commands.registrations.choose_date import ChooseDate
from commands.registrations.register_client import RegisterClient
from tests.examples.story import Story


def cad(amount: float) -> Money:
    return Money(minor=round(amount * 100), currency=Currency.CAD)


@pytest.mark.rule("CAT-1")
def test_a_new_price_leaves_invoices_alone(story: Story) -> None:
    """Un nouveau prix ne touche aucune facture."""
    activity = story.school.activity()
    story.situation("l’activité coûte 375,00 $, une personne y est inscrite")
    made = story.school.send(
        RegisterClient(client=story.school.client(), activity=activity, workshop=None)
    ).made
    story.act(
        "l’administration du portail porte le prix à 395,00 $",
        ChangeActivity(
            activity=activity,
            seen_version=1,
            name="Écoute de soi",
            category=Category.REGULAR,
            days=2,
            prices=(cad(395),),
            note=None,
            retake_price_with_card=(),
            roster_cap_per_day=(),
        ),
        by=Role.ADMIN,
    )
    story.result("facture déjà faite", story.state(INVOICE, made["invoice"]).lines[0].price, cad(375))
    later = story.act(
        "on inscrit une deuxième personne",
        RegisterClient(client=story.school.client(), activity=activity, workshop=None),
    )
    story.result("sa facture", story.invoice(later).lines[0].price, cad(395))


@pytest.mark.rule("CAT-1")
def test_an_activity_off_sale(story: Story) -> None:
    """Une activité retirée de la vente garde ses inscriptions."""
    activity, client = story.school.activity(), story.school.client()
    registration = story.school.registration(client, activity)
    story.situation("une personne est inscrite sans date (À PLANIFIER)")
    story.act("l’activité est retirée de la vente", RetireActivity(activity=activity), by=Role.ADMIN)
    story.refused(
        "on veut y inscrire une deuxième personne",
        RegisterClient(client=story.school.client(), activity=activity, workshop=None),
        "activity_no_longer_sold",
    )
    workshop = story.school.workshop(activity)
    story.act(
        "la première choisit sa date",
        ChooseDate(client=client, registration=registration, workshop=workshop),
    )
    chosen = story.state(CLIENT, client).registrations[registration]
    story.result("inscrite à l’atelier choisi", chosen.workshop == workshop, True)


@pytest.mark.rule("CAT-4")
def test_no_discount_fits(story: Story) -> None:
    """Aucun rabais ne convient."""
    activity, client = story.school.activity(), story.school.client()
    story.situation("la cliente a deux enfants à charge, et aucun rabais n’est prévu pour cela")
    story.act(
        "elle demande un ajustement à la comptabilité",
        AskPriceAdjustment(client=client, activity=activity, reason="Deux enfants à charge."),
        by=Role.CLIENT,
        user=client,
    )
    (reason,) = story.state(CLIENT, client).adjustments_asked.values()
    story.result("la comptabilité lit", reason, "Deux enfants à charge.")
    no = RefusePriceAdjustment(client=client, activity=activity, reason="Le rabais famille suffit.")
    story.act("la comptabilité refuse, avec sa raison", no, by=Role.ACCOUNTING)
    story.result("demandes en attente", len(story.state(CLIENT, client).adjustments_asked), 0)
