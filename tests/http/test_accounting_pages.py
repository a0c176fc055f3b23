"""Accounting at work on the pages: deposits, cancellations, refunds, credit notes, the ledger (FAC-2)."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from uuid import uuid4

import httpx2
import pytest
from psycopg.types.json import Jsonb

from aggregates.client.registrations.events import MistakeTold
from aggregates.client.state import CLIENT
from aggregates.kernel import Role
from commands.registrations.cancel_registration import CancelRegistration
from portal.staff.to_dos import NEXT_CLICK
from projections.waiting_work import ToDoKind
from service.bootstrap import MODELS
from tests.support.desk import Page
from tests.support.http import Door
from tests.support.projecting import Projecting, projecting
from tests.support.write_side import School, Sold


@pytest.fixture(scope="module")
def models(shared_database: str, school: School) -> Iterator[Projecting]:
    with projecting(shared_database, MODELS) as running:
        yield running


def sale(school: School, models: Projecting) -> Sold:
    """Écoute de soi at 375.00, in two months."""
    activity = school.activity()
    workshop = school.workshop(activity, starts=datetime.now(UTC) + timedelta(days=60))
    sold = school.sold(school.client(), activity, workshop)
    models.catch_up()
    return sold


def cancelled(school: School, sold: Sold) -> None:
    """By the office; accounting still have to decide."""
    note = "Ne vient plus."
    school.send(CancelRegistration(client=sold.client, registration=sold.registration, note=note))


def sent(door: Door, models: Projecting, path: str, role: Role, **values: str) -> httpx2.Response:
    """A form of the page at `path`, sent by somebody of that role."""
    answer = Page(door, path, role).send(path, values)
    models.catch_up()
    return answer


@pytest.mark.rule("FAC-2")
def test_a_cheque_noted_on_the_invoice_is_deposited_from_the_list(
    door: Door, school: School, models: Projecting
) -> None:
    sold = sale(school, models)
    path = f"/factures/{sold.invoice}"
    typed = {"act": "note", "method": "cheque", "amount": "1 00,50 $", "number": "0412"}
    assert sent(door, models, path, Role.ORGANISER, **typed).status_code == 303
    assert "noté, à déposer" in Page(door, path, Role.ACCOUNTING).text
    assert school.issued(sold.invoice).balance.minor == 37500
    listed = Page(door, "/comptabilite/depots?moyen=cheque", Role.ACCOUNTING)
    payment = next(iter(school.issued(sold.invoice).payments)).id
    assert f"{sold.invoice}:{payment}" in listed.text
    answer = listed.send("/comptabilite/depots", {"payment": f"{sold.invoice}:{payment}"})
    assert answer.status_code == 303
    assert school.issued(sold.invoice).balance.minor == 37500 - 10050
    models.catch_up()
    assert f"{sold.invoice}:{payment}" not in Page(door, "/comptabilite/depots", Role.ACCOUNTING).text


@pytest.mark.rule("FAC-2")
def test_what_is_no_amount_is_said_beside_its_field_and_kept(
    door: Door, school: School, models: Projecting
) -> None:
    sold = sale(school, models)
    path = f"/factures/{sold.invoice}"
    answer = sent(
        door, models, path, Role.OFFICE, act="note", opened="note", method="cash", amount="quarante"
    )
    assert "Écrivez un montant" in answer.text
    assert 'value="quarante"' in answer.text
    assert not school.issued(sold.invoice).payments.known


@pytest.mark.rule("FAC-2")
def test_one_cheque_pays_for_a_couple_with_the_share_of_each(
    door: Door, school: School, models: Projecting
) -> None:
    hers, his = sale(school, models), sale(school, models)
    numbers = [school.issued(sold.invoice).number for sold in (hers, his)]
    path = "/paiements/partage"
    page = Page(door, f"{path}?facture={hers.invoice}", Role.ORGANISER)
    assert f'value="{numbers[0]}"' in page.text, "what she owes stands there already"
    typed = {"method": "cheque", "number": "0412", "drawer": "Famille Roy", "total": "500"}
    shares = {"invoice-0": numbers[0], "amount-0": "375", "invoice-1": numbers[1].lower(), "amount-1": "125"}
    short = page.send(path, {**typed, **shares, "amount-1": "100"})
    assert "Les parts font 475,00" in short.text
    assert 'value="Famille Roy"' in short.text
    unknown = page.send(path, {**typed, **shares, "invoice-1": "CA-1999-0001"})
    assert "Aucune facture ne porte ce numéro" in unknown.text
    assert not school.issued(hers.invoice).payments.known
    assert page.send(path, {**typed, **shares}).status_code == 303
    paid = [next(iter(school.issued(sold.invoice).payments)) for sold in (hers, his)]
    assert [p.amount.minor for p in paid] == [37500, 12500]
    assert len({p.cheque for p in paid}) == 1, "one cheque"


@pytest.mark.rule("FAC-4", "INS-8")
def test_a_cancellation_is_decided_and_its_refund_approved_by_a_second_person(
    door: Door, school: School, models: Projecting
) -> None:
    sold = sale(school, models)
    payment = school.paid(sold.client, 37500, invoice=sold.invoice)
    school.deposited(sold.invoice, payment)
    cancelled(school, sold)
    models.catch_up()
    assert str(sold.invoice) in Page(door, "/comptabilite/cas", Role.ACCOUNTING).text
    path = f"/factures/{sold.invoice}"
    (case,) = school.issued(sold.invoice).cases
    refund = {f"refund-{payment}": "335,00", f"method-{payment}": "cheque"}
    answer = sent(door, models, path, Role.ACCOUNTING, act="decide", case=str(case), fee="40", **refund)
    assert answer.status_code == 303
    page = Page(door, path, Role.ACCOUNTING).text
    assert "335,00" in page
    assert "frais gardés 40,00" in page
    assert str(sold.invoice) not in Page(door, "/comptabilite/cas", Role.ACCOUNTING).text
    assert str(sold.invoice) in Page(door, "/comptabilite/cas?etat=decides", Role.ACCOUNTING).text


@pytest.mark.rule("FAC-9", "CAT-4")
def test_an_invoice_is_lowered_by_a_credit_note_with_its_reason(
    door: Door, school: School, models: Projecting
) -> None:
    sold = sale(school, models)
    path = f"/factures/{sold.invoice}"
    (line,) = school.issued(sold.invoice).lines
    typed = {"act": "credit", "line": str(line.id), "amount": "25", "reason": "Salle bruyante."}
    assert sent(door, models, path, Role.ACCOUNTING, **typed).status_code == 303
    assert "-N-" in Page(door, path, Role.ACCOUNTING).text
    refused = sent(door, models, path, Role.ACCOUNTING, **{**typed, "amount": "9999"})
    assert refused.status_code == 409
    assert "FAC-9" in refused.text


@pytest.mark.rule("FAC-1")
def test_only_accounting_act_on_money_and_trainers_see_no_invoice(
    door: Door, school: School, models: Projecting
) -> None:
    sold = sale(school, models)
    path = f"/factures/{sold.invoice}"
    assert sent(door, models, path, Role.OFFICE, act="credit").status_code == 403
    trainer = Page(door, "/", Role.TRAINER)
    assert door.http.get(path, headers=trainer.headers).status_code == 403
    assert door.http.get("/comptabilite", headers=trainer.headers).status_code == 403


@pytest.mark.rule("FAC-6")
def test_the_trial_balance_of_a_month_is_equal_and_a_past_month_is_closed(
    door: Door, school: School, models: Projecting
) -> None:
    sale(school, models)
    today = datetime.now(UTC).date()
    page = Page(door, f"/comptabilite/balance?du={today - timedelta(days=1)}&au={today}", Role.ACCOUNTING)
    assert "Débits et crédits sont égaux" in page.text
    assert "diffèrent" not in page.text
    journal = Page(door, f"/comptabilite/journal?du={today - timedelta(days=1)}&au={today}", Role.AUDITOR)
    assert "375,00" in journal.text
    answer = sent(door, models, "/comptabilite/balance", Role.ACCOUNTING, through="2020-01-31")
    assert answer.status_code == 303
    closed = Page(door, "/comptabilite/balance?du=2020-01-01&au=2020-01-31", Role.ACCOUNTING)
    assert "Fermé" in closed.text
    late = sent(door, models, "/comptabilite/balance", Role.ACCOUNTING, through=str(today))
    assert late.status_code == 409
    assert "FAC-6" in late.text


@pytest.mark.rule("FAC-8", "FAC-10")
def test_balances_unused_deposits_and_cheques_are_shown(
    door: Door, school: School, models: Projecting
) -> None:
    sold = sale(school, models)
    school.paid(sold.client, 4000, invoice=sold.invoice)
    models.catch_up()
    owing = Page(door, "/comptabilite", Role.ACCOUNTING).text
    assert str(sold.client) in owing
    assert "<svg" in owing
    assert "Chèques" in Page(door, "/comptabilite/cheques", Role.ACCOUNTING).text
    own = Page(door, "/comptabilite/cheques", Role.ORGANISER).text
    assert own.count('href="/comptabilite/cheques"') == 2, "the bar leads there too"
    assert "Acomptes" in Page(door, "/comptabilite/acomptes", Role.OFFICE).text


@pytest.mark.rule("LIS-4")
def test_what_waits_stands_on_the_home_page_and_in_a_list(
    door: Door, school: School, models: Projecting
) -> None:
    sold = sale(school, models)
    school.paid(sold.client, 4000, invoice=sold.invoice)
    cancelled(school, sold)
    models.catch_up()
    for path in ("/", "/a-faire", "/a-faire?genre=decide_case"):
        assert "Annulation à décider" in Page(door, path, Role.ACCOUNTING).text
    assert "Annulation à décider" not in Page(door, "/a-faire", Role.ORGANISER).text
    assert "Paiement noté" not in Page(door, "/a-faire", Role.OFFICE).text
    assert "Paiement noté" in Page(door, "/a-faire?tous=1", Role.OFFICE).text


@pytest.mark.rule("LIS-4")
def test_who_lacks_the_deposit_is_called_with_everything_on_one_sheet(
    door: Door, school: School, models: Projecting
) -> None:
    organiser, activity = uuid4(), school.activity("Écoute de soi")
    soon = datetime.now(UTC) + timedelta(days=6)
    workshop = school.workshop(
        activity, organiser=organiser, starts=soon, practical_note="Apportez un tapis."
    )
    sold = school.sold(school.client(telephone="+1 514 555-0123"), activity, workshop)
    models.catch_up()
    path = f"/dossiers/{sold.client}/inscriptions/{sold.registration}/appel"
    page = Page(door, "/a-faire", Role.ORGANISER, user=organiser)
    assert f'href="{path}"' in page.text
    sheet = page.open(path)
    told = ("+1 514 555-0123", "L’acompte", "Apportez un tapis.", f"/factures/{sold.invoice}/payer")
    assert [words for words in told if words not in sheet] == []
    school.paid(sold.client, 4000, invoice=sold.invoice)
    models.catch_up()
    assert "Rien ne manque" in page.open(path)


def test_every_kind_of_what_waits_has_a_next_click() -> None:
    assert set(NEXT_CLICK) == set(ToDoKind)


@pytest.mark.rule("LIS-3", "FAC-2")
def test_payments_are_typed_in_the_list_of_participants(
    door: Door, school: School, models: Projecting
) -> None:
    activity = school.activity()
    workshop = school.workshop(activity, starts=datetime.now(UTC) + timedelta(days=60))
    first, second = (school.sold(school.client(), activity, workshop) for _ in range(2))
    models.catch_up()
    path = f"/ateliers/{workshop}/participants"
    page = Page(door, f"{path}?saisie=1", Role.ORGANISER)
    assert page.text == "" or "cheque-" not in page.text  # not their workshop
    page = Page(door, f"{path}?saisie=1", Role.OFFICE)
    cells = {f"cheque-{first.registration}": "100", f"comment-{first.registration}": "janvier"}
    wrong = page.send(path, {"act": "pay", **cells, f"cash-{second.registration}": "vingt"})
    assert "Écrivez un montant" in wrong.text
    assert 'value="vingt"' in wrong.text
    assert not school.issued(first.invoice).payments.known
    answer = page.send(path, {"act": "pay", **cells, f"cash-{second.registration}": "20,50"})
    assert answer.status_code == 303
    again = page.send(path, {"act": "pay", **cells, f"cash-{second.registration}": "20,50"})
    assert again.status_code == 303  # the same form twice is one payment each
    noted = [school.issued(sold.invoice).payments.known for sold in (first, second)]
    assert [[p.amount.minor for p in known.values()] for known in noted] == [[10000], [2050]]
    models.catch_up()
    shown = Page(door, path, Role.OFFICE).text
    assert "janvier" in shown
    assert f'href="/factures/{first.invoice}"' in shown, "the price leads to the invoice"


@pytest.mark.rule("INS-10")
def test_what_was_registered_by_mistake_is_taken_off_and_one_click_tells_who_was_confirmed(
    door: Door, school: School, models: Projecting
) -> None:
    sold = sale(school, models)
    path = f"/factures/{sold.invoice}"
    fields = {"act": "take_off", "opened": "take_off", "remove": str(sold.registration)}
    assert "Entrez un texte." in sent(door, models, path, Role.ORGANISER, **fields).text, "beside the reason"
    with school.side.pool.connection() as line:
        line.execute(
            "insert into outbox (id, cause, position, template, recipient, person, params, state, sent_at)"
            " values (%s, %s, 1, 'registration_confirmed', 'client', %s, %s, 'sent', %s)",
            (
                uuid4(),
                uuid4(),
                sold.client,
                Jsonb({"registration": str(sold.registration)}),
                school.side.clock(),
            ),
        )
    done = sent(door, models, path, Role.ORGANISER, **fields, reason="Homonyme.")
    assert "fait=taken_off" in done.headers["location"]
    page = Page(door, path, Role.ORGANISER)
    assert "annulée : inscrite par erreur" in page.text
    assert "La confirmation de <b>Écoute de soi</b> est partie." in page.text
    assert "Envoyer le courriel prêt" not in Page(door, path, Role.AUDITOR).text
    assert "fait=mistake_told" in page.send(path, {"act": "tell"}).headers["location"]
    assert isinstance(school.facts(CLIENT.at(sold.client))[-1], MistakeTold)
    models.catch_up()
    after = Page(door, path, Role.ORGANISER)
    assert "était une erreur" in after.text
    assert "Envoyer le courriel prêt" not in after.text
