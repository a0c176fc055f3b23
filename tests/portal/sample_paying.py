"""The pages on which clients pay, in every state."""

from __future__ import annotations

from collections.abc import Iterator

from markupsafe import Markup

from processors.runtime.payments.links import qr_code
from tests.portal.sample_parts import ELOISE, LONG, Context, Page, instant, money, workshop

LINK = "https://portail.example.org/payer/lien/" + "Q7bZ" * 12


def paying_pages() -> Iterator[Page]:
    form: Context = {
        "me": None,
        "path": "/payer/lien/abc",
        "number": "CA-2026-0412",
        "least": money(4_000),
        "due_now": money(4_000),
        "most": money(33_500),
        "until": None,
        "action": "/payer/lien/abc",
        "values": {"amount": "40,00"},
        "errors": {},
    }
    yield Page("pay", "public/pay.html", form)
    wrong = {"amount": "Tapez un montant entre les deux sommes indiquées, par exemple 40,00."}
    basket = {"number": "", "until": instant(0, 16), "values": {"amount": "quarante"}, "errors": wrong}
    yield Page("pay-basket-wrong", "public/pay.html", {**form, **basket})
    yield Page("pay-settled", "public/pay.html", {**form, "most": money(0), "due_now": money(0)})
    for why in ("link", "sale", "basket"):
        yield Page(f"pay-nothing-{why}", "public/pay_nothing.html", {"me": None, "why": why})
    yield from outcomes()
    yield from offers()
    invoice = {"number": "CA-2026-0412", "client": {"id": "c1", **LONG}}
    link: Context = {
        "path": "/factures/i1/payer",
        "invoice": invoice,
        "open": True,
        "most": money(33_500),
        "due_now": money(4_000),
        "link": LINK,
        "ends": instant(30),
        "qr": Markup(qr_code(LINK)),
    }
    yield Page("pay-link", "staff/pay_link.html", link)
    settled = {"number": "EU-2026-0031", "client": {"id": "c1", **ELOISE}}
    yield Page("pay-link-none", "staff/pay_link.html", {**link, "open": False, "invoice": settled})
    yield from cards_awaited()


def cards_awaited() -> Iterator[Page]:
    """A card that the client pays while staff look on."""
    base: Context = {
        "path": "/dossiers/c1/carte/i1",
        "client": {"id": "c1", **LONG},
        "lines": ["Écoute de soi et de l’autre, un chemin vers la communication bienveillante"],
        "workshops": [workshop(1)],
        "state": "waiting",
        "live": True,
        "awaited": False,
        "due_now": money(37_500),
        "most": money(37_500),
        "until": instant(0, 16),
        "number": "",
        "link": LINK,
        "qr": Markup(qr_code(LINK)),
        "again": "/dossiers/c1/inscrire?activite=a1",
        "choose": None,
        "workshop": None,
    }
    over: Context = {"until": None, "live": False}
    paid: Context = {**over, "state": "paid", "number": "CA-2026-0412"}
    near: Context = {"until": None, "choose": "/dossiers/c1/inscriptions/r1/modifier", "workshop": "w1"}
    states: dict[str, Context] = {
        "waiting": {},
        "phase": {"lines": ["Écoute de soi", "Le corps", "La voix"], "most": money(112_500)},
        "begun": {"state": "begun"},
        "declined": {"state": "declined"},
        "confirming": {"state": "confirming"},
        "paid": paid,
        "over": {**over, "state": "over"},
        "over-paying": {"until": None, "state": "over", "awaited": True},
        "given-up": {**over, "state": "given_up"},
        "credit": {**over, "state": "credit"},
        "balance": {**near, "number": "CA-2026-0398"},
        "balance-paid": {**near, **paid},
        "balance-paid-no-date": {**near, **paid, "workshop": None, "workshops": []},
    }
    for name, state in states.items():
        yield Page(f"card-{name}", "staff/card_payment.html", {**base, **state})


def offers() -> Iterator[Page]:
    """A seat offered by e-mail."""
    offered: Context = {
        "me": None,
        "state": "offered",
        "workshop": {
            "activity": "Écoute de soi et de l’autre, un chemin vers la communication bienveillante",
            "starts": instant(20, 14),
            "ends": instant(21, 21),
            "zone": "America/Toronto",
            "venue": {"name": "Centre communautaire Saint-Jean-de-la-Rivière", "city": "Trois-Rivières"},
        },
        "until": instant(1, 16),
        "price": money(37_500),
        "due": money(4_000),
        "online": True,
        "other_basket": False,
    }
    nothing: Context = {"until": None, "price": None, "due": None}
    states: dict[str, Context] = {
        "to-pay": {},
        "free": {"price": money(0), "due": money(0)},
        "moves": {"price": None, "due": None},
        "by-telephone": {"online": False},
        "other-basket": {"other_basket": True},
        "refused": {"refusal": {"sentence": "Communiquez avec nous.", "rule": None, "next": []}},
        "taken": {**nothing, "state": "taken"},
        "declined": {**nothing, "state": "declined"},
        "over": {**nothing, "state": "over"},
    }
    for name, state in states.items():
        yield Page(f"offer-{name}", "public/offer.html", {**offered, **state})


def outcomes() -> Iterator[Page]:
    waiting: Context = {
        "me": None,
        "path": "/payer/retour/1",
        "state": "wanted",
        "outcome": None,
        "amount": money(4_000),
        "of_basket": True,
        "of_school": False,
        "booked": None,
        "back": False,
        "gave_up": False,
        "waits_long": True,
        "approve_url": None,
        "refused": None,
        "onward": None,
    }
    there = {"state": "open", "approve_url": "https://paypal.example/checkoutnow?token=1"}
    home = {"href": "/", "label": "Revenir au portail"}
    again = {"href": "/payer/lien/abc", "label": "Recommencer le paiement"}
    states: dict[str, Context] = {
        "preparing": {},
        "leaving": there,
        "checking": {**there, "back": True},
        "interrupted": {**there, "back": True, "gave_up": True},
        "card-declined": {**there, "back": True, "refused": "INSTRUMENT_DECLINED"},
        "confirming": {"state": "asked"},
        "paid": {"state": "done", "booked": True},
        "too-late": {"state": "done", "booked": False},
        "given-up": {"state": "ended", "outcome": "given_up", "onward": home},
        "given-up-school": {"state": "ended", "outcome": "given_up", "of_school": True, "onward": home},
        "not-asked": {"state": "ended", "outcome": "not_asked_any_more", "onward": home},
        "failed": {
            "state": "ended",
            "outcome": "PAYEE_ACCOUNT_RESTRICTED",
            "of_basket": False,
            "onward": again,
        },
    }
    for name, state in states.items():
        yield Page(f"pay-{name}", "public/pay_outcome.html", {**waiting, **state})
