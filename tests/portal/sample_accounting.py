"""What waits for staff, the pages of accounting and of one invoice, in every state."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from portal.staff.accounting import AGES, amounts, bars
from schema.labels import label, tables
from tests.portal.sample_office import then
from tests.portal.sample_parts import COMMON, ELOISE, EVERYTHING, LONG, Context, Page, instant, money

_MAY = [
    *EVERYTHING,
    "list-invoices",
    "list-cases",
    "read-statement",
    "list-cheques",
    "read-ledger",
    "read-dossier",
    "list-to-dos",
    "decide-case",
    "note-payment",
    "deposit-payments",
    "bounce-payments",
    "correct-payment",
    "refund-credit",
    "approve-refund",
    "move-credit",
    "credit-line",
    "raise-price",
    "address-invoice",
    "correct-invoice",
    "tell-of-mistake",
    "send-cheques",
    "close-period",
]
_ME = {**COMMON["me"], "roles": ["comptabilité"], "may": _MAY}
_LONG = {"id": "c7", **LONG}
_METHODS = tables("fr")["payment_method"]


def accounting_pages() -> Iterator[Page]:
    yield from _to_dos()
    yield from _statement()
    yield from _lists()
    yield from _ledger()
    yield from _invoices()


def to_do(kind: str, n: int, **changes: Any) -> Context:
    """An entry as the routes pass it."""
    return {
        "kind": kind,
        "id": f"t{n}",
        "label": label("fr", "to_do_kind", kind),
        "since": instant(-n),
        "due": None,
        "client": ELOISE if n % 2 else _LONG,
        "workshop": None,
        "workshop_starts": None,
        "registration": None,
        "invoice": "i1",
        "activity_id": None,
        "activity": "ÊTRE BIEN dans son corps et dans ses relations",
        "missing": {},
        "responsible": {"responsibility": None, "roles": ["accounting"], "user": None, "name": None},
        "act": "Décider",
        "href": "/factures/i1",
        "whose": "comptabilité",
    } | changes


def groups() -> list[Context]:
    closing = {
        "client": None,
        "workshop": "w1",
        "workshop_starts": instant(-12),
        "due": instant(-11),
        "missing": {"attendance": 2, "balance": 1, "envelope": 1},
        "act": "Vérifier et fermer",
    }
    made = [
        ("decide_case", [to_do("decide_case", n) for n in (1, 2, 3)], True),
        ("close_quebec", [to_do("close_quebec", 4, **closing)], False),
        ("phase_letter", [to_do("phase_letter", 5, since=None, activity=None)], False),
    ]
    return [
        {"kind": kind, "label": items[0]["label"], "items": items, "more": more} for kind, items, more in made
    ]


def _to_dos() -> Iterator[Page]:
    base = {"me": _ME, "path": "/a-faire", "now": instant(0), "next_href": None, "may_see_all": True}
    listed = {**base, "groups": groups(), "everybody": False, "kind": ""}
    yield Page("to-dos", "staff/to_dos.html", listed)
    yield Page("to-dos-all", "staff/to_dos.html", {**listed, "everybody": True})
    alone = {"groups": groups()[:1], "kind": "decide_case", "next_href": "/a-faire?genre=decide_case&suite=x"}
    yield Page("to-dos-kind", "staff/to_dos.html", {**listed, **alone})
    yield Page("to-dos-none", "staff/to_dos.html", {**listed, "groups": []})


def _statement() -> Iterator[Page]:
    cad = {"currency": "CAD", "total": 126_250_00, "days_0_30": 90_000_00, "days_31_60": 30_000_00}
    cad |= {"days_61_90": 0, "days_over_90": 6_250_00}
    eur = {**cad, "currency": "EUR", "total": 375_00, "days_0_30": 375_00, "days_31_60": 0, "days_over_90": 0}
    one = {**ELOISE, "owed": [amounts(cad), amounts(eur)]}
    base = {"me": _ME, "path": "/comptabilite", "ages": AGES, "next_href": None}
    owed = {
        "debtors": [one, {**_LONG, "owed": [amounts(eur)]}],
        "totals": [amounts(cad), amounts(eur)],
        "charts": [bars(cad), bars(eur)],
    }
    yield Page("accounting", "staff/accounting.html", {**base, **owed})
    yield Page(
        "accounting-none", "staff/accounting.html", {**base, "debtors": [], "totals": [], "charts": []}
    )


_BASE: Context = {"me": _ME, "now": instant(0), "next_href": None}


def _lists() -> Iterator[Page]:
    case = {
        "client": ELOISE,
        "invoice": "i1",
        "number": "CA-2026-0412",
        "activity": "Écoute de soi",
        "workshop_starts": instant(20),
        "workshop_zone": "America/Toronto",
        "opened_at": instant(-3),
        "paid": money(37500),
        "proposed": money(4000),
        "label": label("fr", "fee_basis", "late"),
        "kept": money(4000),
        "credit_note": "CA-N-2026-0007",
    }
    far = {
        **case,
        "client": _LONG,
        "workshop_starts": None,
        "proposed": money(0, "EUR"),
        "paid": money(0, "EUR"),
    }
    cases = {**_BASE, "path": "/comptabilite/cas", "rows": [case, far], "decided": False}
    yield Page("cases", "staff/cases.html", cases)
    yield Page("cases-decided", "staff/cases.html", {**cases, "decided": True})
    yield Page("cases-none", "staff/cases.html", {**cases, "rows": []})
    yield from _noted()
    yield from _unused()
    listed = {**_invoice(), "open_cases": 1}
    invoices = {
        **_BASE,
        "path": "/comptabilite/factures",
        "filters": {"etat": "", "serie": "CA", "du": "2026-11-01", "au": ""},
        "series": ["CA", "EU"],
    }
    yield Page("invoices", "staff/invoices.html", {**invoices, "rows": [listed, _credit(), _void()]})
    yield Page("invoices-none", "staff/invoices.html", {**invoices, "rows": []})
    yield from _shared()


def _shared() -> Iterator[Page]:
    page = "staff/shared_payment.html"
    typed = {
        "method": "cheque",
        "total": "500",
        "drawer": "Zoé D’Arcy-Lévesque de Beaumont",
        "invoice-0": "CA-2026-0412",
        "owed-0": "375,00",
        "amount-0": "375",
        "invoice-1": "CA-1999-0001",
        "amount-1": "100",
    }
    wrong = {
        "total": "Les parts font 475,00 : ce doit être le montant entier.",
        "invoice-1": "Aucune facture ne porte ce numéro.",
    }
    blank = {"rows": range(8), "methods": _METHODS, "values": {}, "errors": {}}
    shown = {**_BASE, "path": "/paiements/partage", **blank}
    yield Page("shared-payment", page, {**shown, "values": {"invoice-0": "CA-2026-0412", "owed-0": "375,00"}})
    yield Page("shared-payment-wrong", page, {**shown, "values": typed, "errors": wrong})


def _noted() -> Iterator[Page]:
    noted = {
        "id": "p1",
        "invoice": "i1",
        "number": "CA-2026-0412",
        "client": _LONG,
        "method": "cheque",
        "holder": "Monique Tremblay",
        "at": instant(-40),
        "amount": money(33500),
    }
    cash = {**noted, "id": "p2", "client": ELOISE, "method": "cash", "holder": None}
    short = [
        {
            "method": "cheque",
            "holder_id": "s1",
            "holder": "Monique Tremblay",
            "count": 12,
            "amount": money(400000),
        },
        {"method": "cash", "holder_id": None, "holder": None, "count": 1, "amount": money(33500, "EUR")},
    ]
    deposits = {
        **_BASE,
        "path": "/comptabilite/depots",
        "methods": _METHODS,
        "filters": {"moyen": "", "chez": ""},
    }
    yield Page("deposits", "staff/deposits.html", {**deposits, "rows": [noted, cash], "in_short": short})
    yield Page("deposits-none", "staff/deposits.html", {**deposits, "rows": [], "in_short": []})
    holder = {
        "holder_id": "s1",
        "holder": "Jean-Sébastien Archambault-Vaillancourt",
        "oldest": instant(-80),
        "last_ended": instant(-30),
        "next_starts": None,
        "send_now": True,
        "cheques": [noted, {**noted, "id": "p3", "client": ELOISE}],
    }
    cheques = {**_BASE, "path": "/comptabilite/cheques", "own": False}
    yield Page("cheques", "staff/cheques.html", {**cheques, "holders": [holder]})
    yield Page("cheques-none", "staff/cheques.html", {**cheques, "holders": [], "own": True})


def _unused() -> Iterator[Page]:
    unused = {
        "registration": "r1",
        "why": "to_schedule",
        "since": instant(-200),
        "client": _LONG,
        "activity": "Écoute de soi",
        "invoice": "i1",
        "number": "CA-2026-0412",
        "paid": money(4000),
    }
    rows = [unused, {**unused, "why": "open_case", "client": ELOISE}]
    path: Context = {**_BASE, "path": "/comptabilite/acomptes"}
    yield Page("unused-deposits", "staff/unused_deposits.html", {**path, "rows": rows})
    yield Page("unused-deposits-none", "staff/unused_deposits.html", {**path, "rows": []})


def _ledger() -> Iterator[Page]:
    days = {"du": "2026-10-01", "au": "2026-10-31"}
    base = {"me": _ME, "days": days, "file_query": "from=2026-10-01&to=2026-10-31"}

    def account(name: str, opening: int, debit: int, credit: int) -> Context:
        amounts = {"opening": opening, "debit": debit, "credit": credit, "closing": opening + debit - credit}
        worded = {"account": name, "label": label("fr", "account", name)}
        return worded | {key: money(minor) for key, minor in amounts.items()}

    accounts = [
        account("receivables", 1_000_00, 2_000_00, 500_00),
        account("revenue", -1_000_00, 500_00, 2_000_00),
    ]
    sums: Context = {
        "opening": money(0),
        "debit": money(2_500_00),
        "credit": money(2_500_00),
        "closing": money(0),
    }
    cad: Context = {"currency": "CAD", "accounts": accounts, "sums": sums}
    closed = [{"first": None, "last": "2026-09-30", "at": instant(-20), "by": "Monique Tremblay"}]
    balance = {**base, "path": "/comptabilite/balance", "over": True, "errors": {}}
    shown = {"currencies": [cad], "closed": closed, "without_amount": 0}
    yield Page("trial-balance", "staff/trial_balance.html", {**balance, **shown})
    wrong = {**cad, "currency": "EUR", "sums": {**sums, "closing": money(1, "EUR")}}
    odd = {
        "currencies": [cad, wrong],
        "closed": [],
        "without_amount": 2,
        "errors": {"through": "Ce champ manque."},
    }
    yield Page("trial-balance-odd", "staff/trial_balance.html", {**balance, **odd})
    nothing = {"currencies": [], "closed": [], "without_amount": 0, "over": False}
    yield Page("trial-balance-none", "staff/trial_balance.html", {**balance, **nothing})
    entry = {
        "day": "2026-10-02",
        "happened": "2026-09-30",
        "text": "facture",
        "label": "comptes à recevoir",
        "invoice": "i1",
        "number": "CA-2026-0412",
        "debit": money(37500),
        "credit": money(0),
    }
    other = {**entry, "happened": "2026-10-02", "invoice": None, "debit": money(0), "credit": money(37500)}
    names = [{"id": name, "name": words} for name, words in tables("fr")["account"].items()]
    journal = {**base, "path": "/comptabilite/journal", "account": "", "accounts": names, "next_href": "/x"}
    yield Page("journal", "staff/journal.html", {**journal, "entries": [entry, other]})
    yield Page("journal-none", "staff/journal.html", {**journal, "entries": [], "next_href": None})


def _line(n: int, **changes: Any) -> Context:
    return {
        "id": f"l{n}",
        "registration": f"r{n}",
        "activity": ["Écoute de soi", "ÊTRE BIEN dans son corps et dans ses relations"][n % 2],
        "starts": instant(20 + n),
        "done_on": None,
        "price": money(37500),
        "deposit": money(4000),
        "reasons": [],
        "paid": money(4000),
        "balance": money(33500),
        "credit_notes": [],
        "case": None,
    } | changes


def _payment(n: int, **changes: Any) -> Context:
    return {
        "id": f"p{n}",
        "method": "card",
        "status": "deposited",
        "label": label("fr", "payment_status", "deposited"),
        "amount": money(4000),
        "held": money(4000),
        "at": instant(-n),
        "credit_from": None,
    } | changes


def _invoice(**changes: Any) -> Context:
    return {
        "id": "i1",
        "number": "CA-2026-0412",
        "issued_on": "2026-11-20",
        "client": _LONG,
        "billing_name": "Éditions de la Rochefoucauld et Beaumont, S.E.N.C.R.L.",
        "total": money(75000),
        "balance": money(67000),
        "balance_noted": money(33500),
        "open_cases": 0,
        "void": False,
        "lines": [_line(1), _line(2, reasons=[{"label": "carte privilège"}])],
        "payments": [],
        "refunds": [],
        "together": {"balance": money(67000), "invoices": [{"id": "i1", "number": "CA-2026-0412"}]},
    } | changes


def _credit() -> Context:
    note = {"number": "CA-N-2026-0007", "amount": money(5000)}
    return _invoice(
        id="i2",
        client=ELOISE,
        balance=money(-4000),
        balance_noted=money(-4000),
        lines=[_line(1, credit_notes=[note], paid=money(32500), balance=money(0))],
        payments=[_payment(1), _payment(2, method="cheque", credit_from="i1")],
        together={
            "balance": money(29500),
            "invoices": [{"id": "i2", "number": "CA-2026-0412"}, {"id": "i3", "number": "CA-2026-0500"}],
        },
    )


def _void() -> Context:
    return _invoice(
        number="", void=True, balance=money(0), balance_noted=money(0), lines=[_line(3, activity=None)]
    )


def _invoices() -> Iterator[Page]:
    case = {
        "id": "k1",
        "opened_at": instant(-2),
        "label": label("fr", "fee_basis", "late"),
        "proposed": money(4000),
        "kept": None,
    }
    cancelled = _line(3, case=case, paid=money(37500), balance=money(0))
    decided = _line(4, case={**case, "kept": money(4000)}, balance=money(0))
    noted = _payment(
        3, method="cheque", status="noted", label=label("fr", "payment_status", "noted"), amount=money(33500)
    )
    bounced = _payment(4, method="transfer", status="bounced", label="revenu impayé", held=money(0))
    refund = {
        "id": "f1",
        "payment": "p1",
        "method": "card",
        "status": "proposed",
        "label": label("fr", "refund_status", "proposed"),
        "amount": money(60000),
        "at": instant(-1),
    }
    base = {
        "me": _ME,
        "path": "/factures/i1",
        "cases": [],
        "credit": [],
        "others": [],
        "mistakes": {"untold": [], "told": []},
        "mistaken": [],
        "methods": _METHODS,
        "opened": "",
        "values": {},
        "errors": {},
    }
    full = _invoice(
        lines=[_line(1), _line(2), cancelled, decided],
        payments=[_payment(1), noted, bounced],
        refunds=[refund],
    )
    others = [{"id": "i9", "number": "CA-2026-0500", "balance": money(33500)}]
    deciding = {"invoice": full, "cases": [cancelled], "credit": [_payment(1)], "others": others}
    yield Page("invoice", "staff/invoice.html", {**base, "invoice": _invoice()})
    yield Page("invoice-case", "staff/invoice.html", {**base, **deciding})
    typed = {"fee": "quarante", "refund-p1": "40"}
    failed = {
        "opened": "decide-k1",
        "values": typed,
        "errors": {"fee": "Écrivez un montant, par exemple 40,00."},
    }
    yield Page("invoice-error", "staff/invoice.html", {**base, **deciding, **failed})
    paid_back = {"invoice": _credit(), "credit": [_payment(1)], "others": others, "opened": "refund"}
    yield Page("invoice-credit", "staff/invoice.html", {**base, **paid_back})
    yield Page("invoice-void", "staff/invoice.html", {**base, "invoice": _void()})
    yield from _mistakes(base, case)
    reader = {**_ME, "may": ["read-dossier", "list-dossiers"]}
    yield Page("invoice-reader", "staff/invoice.html", {**base, **deciding, "me": reader})
    yield Page("invoice-past", "staff/invoice.html", {**base, **deciding, "me": reader, "then": then()})


def _mistakes(base: Context, case: Context) -> Iterator[Page]:
    """Of today and unpaid; taken off, told to the client or not yet."""
    off = _line(3, case={**case, "kept": money(0), "label": label("fr", "fee_basis", "mistake")})
    wrong = {"invoice": _invoice(lines=[_line(1), off]), "mistaken": [_line(1), _line(2)]}
    untold = {"mistakes": {"untold": [off], "told": []}}
    lacks = {"opened": "take_off", "errors": {"reason": label("fr", "malformed", "missing")}}
    yield Page("invoice-mistake", "staff/invoice.html", {**base, **wrong, **untold})
    told = {"mistakes": {"untold": [], "told": [off]}}
    yield Page("invoice-mistake-told", "staff/invoice.html", {**base, **wrong, **told, **lacks})
