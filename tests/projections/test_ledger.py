"""The ledger: what each fact posts, and that the books agree whatever happened."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from datetime import UTC, date, datetime, timedelta
from functools import partial
from typing import Any
from uuid import UUID, uuid4

import pytest

from aggregates.catalogue.events import SettingsChanged
from aggregates.catalogue.settings import SchoolSettings
from aggregates.catalogue.state import SETTINGS_ID
from aggregates.client.registrations.events import Earned, FollowedUndone, PriceRaised, RegistrationFollowed
from aggregates.invoice.accounts import Account
from aggregates.invoice.basket.events import CreditOpened
from aggregates.invoice.decisions import Verdict, cancel_line, credit_line, decide_case, reopen_line
from aggregates.invoice.events import Line
from aggregates.invoice.imports.decisions import OldInvoice, take_over_balance, take_over_place
from aggregates.invoice.payments.decisions import Incoming, bounce, correct, deposit, receive, split, withdraw
from aggregates.invoice.payments.events import PaymentDeposited, PaymentMethod
from aggregates.invoice.refunds.decisions import Giving, approve_refund, refund, send_credit
from aggregates.invoice.state import INVOICE, Issued
from aggregates.kernel import Currency, Fact, Money
from projections import books
from projections.balances import BALANCE_OF_INVOICE
from projections.books import Period
from tests.projections.trading import histories
from tests.support.builders import (
    NOW,
    cad,
    dossier_created,
    envelope,
    eur,
    invoice_issued,
    invoice_line,
    registered,
)
from tests.support.lanes import figures
from tests.support.projecting import Projecting

CARD, CHEQUE, CASH, CASE, REFUND, ELSEWHERE = (uuid4() for _ in range(6))
FIRST, SECOND = invoice_line(cad(37_500)), invoice_line(cad(20_000))
ALWAYS = Period(date(2000, 1, 1), date(2100, 1, 1), "America/Toronto")
Decide = Callable[[Any], Sequence[Fact]]


def pay(payment: UUID, method: PaymentMethod, minor: int) -> Decide:
    return lambda invoice: receive(invoice, Incoming(payment, method, cad(minor)), [])


def give(refund_id: UUID, payment: UUID, minor: int, method: PaymentMethod, *, second: bool) -> Decide:
    wish = [Giving(refund_id, payment, cad(minor), method)]
    return lambda invoice: refund(invoice, wish, by=uuid4(), needs_second=second)


def note(line: Line, minor: int, number: str) -> Decide:
    return lambda i: credit_line(i, line.id, cad(minor), number=number, today=NOW.date(), reason="x")


def cancelling(line: Line) -> Decide:
    return lambda i: cancel_line(i, line.id, note=None, now=NOW, case=CASE)


def decided(kept: int) -> Decide:
    verdict = Verdict(cad(kept))
    return lambda i: decide_case(
        i, CASE, verdict, number="N-9", today=NOW.date(), by=uuid4(), needs_second=False
    )


STEPS: Sequence[tuple[str, Decide, dict[str, int]]] = (
    ("a card pays", pay(CARD, PaymentMethod.CARD, 45_000), {"card_clearing": 45_000, "receivables": -45_000}),
    (
        "a cheque is noted",
        pay(CHEQUE, PaymentMethod.CHEQUE, 10_000),
        {"cheques": 10_000, "noted": -10_000},
    ),
    (
        "it was a transfer of another amount",
        lambda i: correct(i, CHEQUE, amount=cad(20_000), method=PaymentMethod.TRANSFER, marks=[], reason="x"),
        {"cheques": -10_000, "transfers": 20_000, "noted": -10_000},
    ),
    (
        "a part is noted elsewhere",
        lambda i: split(i, CHEQUE, cad(500), to=ELSEWHERE, part=uuid4()),
        {"noted": 500, "transfers": -500},
    ),
    (
        "it is deposited",
        lambda i: deposit(i, CHEQUE),
        {"bank": 19_500, "transfers": -19_500, "noted": 19_500, "receivables": -19_500},
    ),
    (
        "credit goes to another invoice",
        lambda i: send_credit(i, cad(1_000), to=ELSEWHERE, payment=uuid4()),
        {"receivables": 1_000, "between_invoices": -1_000},
    ),
    ("a refund is proposed", give(REFUND, CARD, 2_000, PaymentMethod.CARD, second=True), {}),
    (
        "and approved",
        lambda i: approve_refund(i, REFUND, by=uuid4()),
        {"receivables": 2_000, "card_clearing": -2_000},
    ),
    (
        "one is made by cheque",
        give(uuid4(), CHEQUE, 500, PaymentMethod.CHEQUE, second=False),
        {"receivables": 500, "refunds": -500},
    ),
    (
        "another one in cash",
        give(uuid4(), CHEQUE, 100, PaymentMethod.CASH, second=False),
        {"receivables": 100, "cash": -100},
    ),
    ("something is credited", note(FIRST, 2_500, "N-1"), {"credit_notes": 2_500, "receivables": -2_500}),
    ("a line is cancelled", cancelling(FIRST), {"cancellations": 35_000, "receivables": -35_000}),
    (
        "it stands again",
        lambda i: reopen_line(i, FIRST.id),
        {"cancellations": -35_000, "receivables": 35_000},
    ),
    ("it is cancelled again", cancelling(FIRST), {"cancellations": 35_000, "receivables": -35_000}),
    (
        "a fee is kept",
        decided(4_000),
        {
            "deferred_revenue": 37_500,
            "cancellations": -35_000,
            "receivables": 4_000,
            "fees": -4_000,
            "credit_notes": -2_500,
        },
    ),
    ("a part of it is let off", note(FIRST, 1_000, "N-2"), {"fees": 1_000, "receivables": -1_000}),
    ("the transfer bounces", lambda i: bounce(i, CHEQUE), {"receivables": 19_500, "bank": -19_500}),
    ("cash is noted", pay(CASH, PaymentMethod.CASH, 100), {"cash": 100, "noted": -100}),
    (
        "and had never been",
        lambda i: withdraw(i, CASH, reason="x"),
        {"cash": -100, "noted": 100},
    ),
    (
        "credit comes from elsewhere",
        pay(uuid4(), PaymentMethod.CREDIT, 700),
        {"between_invoices": 700, "receivables": -700},
    ),
)


def entries(models: Projecting, position: int) -> list[dict[str, Any]]:
    return [row for row in models.rows("ledger_entry") if row["position"] == position]


def posted(rows: list[dict[str, Any]]) -> dict[str, int]:
    """Account → debit less credit."""
    sums: Counter[str] = Counter()
    for row in rows:
        sums[row["account"]] += row["debit"] - row["credit"]
    return {account: minor for account, minor in sums.items() if minor}


def unbalanced(models: Projecting) -> list[tuple[int, str]]:
    """Positions after which debits and credits differ, per currency: all of them from the first fault on."""
    query = """
        select position, currency from (
            select position, currency, sum(sum(debit - credit)) over (partition by currency order by position)
                as difference
            from read.ledger_entry group by position, currency) s
        where difference <> 0 order by position"""
    return list(models.connection.execute(query).fetchall())


@pytest.mark.rule("FAC-6")
def test_each_fact_about_money_posts_what_an_accountant_expects(proven: Projecting) -> None:
    client, invoice, untouched = uuid4(), uuid4(), uuid4()
    proven.given((client, dossier_created(client)), (untouched, invoice_issued(client, "CA-2026-0413")))
    other = [row for row in proven.rows("ledger_entry") if row["invoice"] == untouched]
    sold = invoice_issued(client, "CA-2026-0412", FIRST, SECOND)
    rows = entries(proven, proven.given((invoice, sold)))
    assert posted(rows) == {"receivables": 57_500, "deferred_revenue": -57_500}
    assert {(row["invoice"], row["line"]) for row in rows} == {(invoice, FIRST.id), (invoice, SECOND.id)}
    state = INVOICE.evolve(INVOICE.initial, sold)
    for name, step, expected in STEPS:
        (fact,) = step(state)
        state = INVOICE.evolve(state, fact)
        rows = entries(proven, proven.given((invoice, fact)))
        assert posted(rows) == expected, name
        assert {(row["invoice"], row["currency"]) for row in rows} <= {(invoice, "CAD")}
    assert unbalanced(proven) == []
    assert [row for row in proven.rows("ledger_entry") if row["invoice"] == untouched] == other
    assert proven.rows("ledger_without_amount") == []
    assert isinstance(state, Issued)
    owed = [row for row in proven.rows("ledger_entry") if row["invoice"] == invoice]
    assert posted(owed)["receivables"] == state.balance.minor


@pytest.mark.rule("FAC-6", "INS-13")
def test_what_is_taught_is_revenue_until_the_tick_is_taken_back(proven: Projecting) -> None:
    client, invoice, supplement, place = (uuid4() for _ in range(4))
    line = invoice_line(eur(37_500), registration=place)
    more = invoice_line(eur(5_000), registration=place)
    workshop = uuid4()
    sale = registered(place, workshop=workshop, invoice=invoice, line=line.id, price=eur(37_500))
    proven.given(
        (client, dossier_created(client)),
        (client, sale),
        (invoice, invoice_issued(client, "EU-2026-0001", line)),
    )
    earned = (Earned(invoice=invoice, line=line.id, amount=eur(37_500)),)
    followed = RegistrationFollowed(registration=place, workshop=workshop, earned=earned)
    rows = entries(proven, proven.given((client, followed)))
    assert posted(rows) == {"deferred_revenue": 37_500, "revenue": -37_500}
    assert {(r["invoice"], r["line"], r["currency"]) for r in rows} == {(invoice, line.id, "EUR")}
    raised = PriceRaised(
        registration=place, invoice=supplement, line=more.id, amount=eur(5_000), followed=True
    )
    proven.given((supplement, invoice_issued(client, "EU-2026-0002", more)))
    rows = entries(proven, proven.given((client, raised)))
    assert posted(rows) == {"deferred_revenue": 5_000, "revenue": -5_000}
    assert {row["invoice"] for row in rows} == {supplement}
    both = (*earned, Earned(invoice=supplement, line=more.id, amount=eur(5_000)))
    undone = FollowedUndone(registration=place, workshop=workshop, earned=both)
    rows = entries(proven, proven.given((client, undone)))
    assert posted(rows) == {"deferred_revenue": -42_500, "revenue": 42_500}
    again = raised.model_copy(update={"followed": False})
    assert entries(proven, proven.given((client, again))) == [], "earned when it is followed"


@pytest.mark.rule("FAC-6")
def test_a_fact_that_does_not_say_how_much_is_named_not_guessed(proven: Projecting) -> None:
    client, invoice, payment = uuid4(), uuid4(), uuid4()
    proven.given((client, dossier_created(client)), (invoice, invoice_issued(client)))
    for step in (pay(payment, PaymentMethod.CHEQUE, 4_000),):
        proven.given(
            *((invoice, fact) for fact in step(INVOICE.evolve(INVOICE.initial, invoice_issued(client))))
        )
    position = proven.given((invoice, PaymentDeposited(payment=payment)))
    assert entries(proven, position) == []
    (named,) = proven.rows("ledger_without_amount")
    assert (named["position"], named["topic"]) == (position, "invoice.payment_deposited")
    assert proven.ask(lambda c: books.without_amount(c, ALWAYS)) == 1
    assert proven.ask(lambda c: books.without_amount(c, ALWAYS, position - 1)) == 0


@pytest.mark.rule("FAC-6", "FAC-1")
def test_money_of_a_capture_without_places_is_the_clients(proven: Projecting) -> None:
    client, document = uuid4(), uuid4()
    opened = CreditOpened(client=client, currency=Currency.CAD, attempt=uuid4())
    state = INVOICE.evolve(INVOICE.initial, opened)
    (paid,) = pay(CARD, PaymentMethod.CARD, 4_000)(state)
    proven.given((client, dossier_created(client)), (document, opened), (document, paid))
    (first, _) = proven.ask(lambda c: books.journal(c, ALWAYS))
    assert (first["number"], first["client"]) == ("", str(client))
    assert posted(proven.rows("ledger_entry")) == {"card_clearing": 4_000, "receivables": -4_000}


@pytest.mark.rule("FAC-6", "IMP-1")
def test_what_is_taken_over_comes_from_the_books_of_the_other_system(proven: Projecting) -> None:
    client, place, owed, credit = (uuid4() for _ in range(4))
    old = OldInvoice(client, "F-17", NOW.date(), "Zoé Roy")
    line, today = invoice_line(cad(37_500)), NOW.date()
    sold = take_over_place(INVOICE.initial, old, line, paid=cad(4_000), payment=uuid4(), today=today)
    debt, money = (
        take_over_balance(INVOICE.initial, old, cad(minor), line=uuid4(), payment=uuid4(), today=today)
        for minor in (1_200, -5_000)
    )
    proven.given((client, dossier_created(client)))
    for invoice, facts, expected in (
        (place, sold, {"receivables": 33_500, "deferred_revenue": -37_500, "opening": 4_000}),
        (owed, debt, {"receivables": 1_200, "opening": -1_200}),
        (credit, money, {"receivables": -5_000, "opening": 5_000}),
    ):
        proven.given(*((invoice, fact) for fact in facts))
        assert posted([r for r in proven.rows("ledger_entry") if r["invoice"] == invoice]) == expected
    assert unbalanced(proven) == []
    journal = proven.ask(lambda c: books.journal(c, ALWAYS))
    assert {(row["kind"], row["number"], row["client"]) for row in journal} == {
        ("take_over", "F-17", str(client))
    }
    earned = (Earned(invoice=place, line=line.id, amount=cad(37_500)),)
    assert line.registration is not None
    followed = RegistrationFollowed(registration=line.registration, workshop=uuid4(), earned=earned)
    rows = entries(proven, proven.given((client, followed)))
    assert posted(rows) == {"deferred_revenue": 37_500, "revenue": -37_500}


@pytest.mark.rule("FAC-6")
@figures("events", short=1_500, long=10_000)
def test_the_books_agree_at_every_position_of_any_history(proven: Projecting, events: int) -> None:
    positions, waiting, states = [], Counter[UUID](), {}
    for n, (client, history) in enumerate(histories(7, events)):
        at = datetime(2026, 1, 1, 4, 30, tzinfo=UTC) + timedelta(hours=131 * n)
        positions.append(proven.given(*history, around=envelope(at=at)))
        ids = dict(zip((s for s, _ in client.history), (s for s, _ in history), strict=True))
        for id_, invoice in client.invoices.items():
            states[ids[id_]] = invoice
            waiting[ids[id_]] = invoice.waiting.minor
    assert unbalanced(proven) == []
    assert proven.rows("ledger_without_amount") == []
    found = by_invoice(proven)
    for id_, invoice in states.items():
        assert found[id_]["receivables"] == invoice.balance.minor - waiting[id_]
        undecided = (invoice.price(line).minor for line in invoice.lines if line.id in invoice.undecided)
        assert found[id_]["cancellations"] == sum(undecided)
        noted = (p.amount.minor for p in invoice.payments if p.counts and not p.deposited)
        assert found[id_]["noted"] == -sum(noted)
    balances = dict(
        proven.connection.execute(
            f"select i.invoice, {BALANCE_OF_INVOICE}::bigint from read.ledger_invoice i"
        ).fetchall()
    )
    assert balances == {id_: found[id_]["receivables"] + waiting[id_] for id_ in balances}
    assert {account for accounts in found.values() for account in accounts} == {a.value for a in Account}
    for upto in (*positions[:: max(1, len(positions) // 6)], books.ALL):
        for month in (1, 2, 3):
            period = Period(date(2026, month, 3), date(2026, month, 28), "America/Toronto")
            found_fast = proven.ask(partial(books.trial_balance, period=period, upto=upto))
            assert found_fast == slowly(proven, period, upto)


def by_invoice(models: Projecting) -> dict[UUID, Counter[str]]:
    """Invoice → account → debit less credit."""
    found: dict[UUID, Counter[str]] = {}
    for row in models.rows("ledger_entry"):
        found.setdefault(row["invoice"], Counter())[row["account"]] += row["debit"] - row["credit"]
    return found


def slowly(models: Projecting, period: Period, upto: int) -> list[dict[str, Any]]:
    """The trial balance by adding up every entry."""
    sums: dict[tuple[str, str], Counter[str]] = {}
    for row in models.rows("ledger_entry"):
        if row["position"] <= upto and row["at"] < period.ends:
            kept = sums.setdefault((row["currency"], row["account"]), Counter())
            if row["at"] < period.begins:
                kept["opening"] += row["debit"] - row["credit"]
            else:
                kept["debit"] += row["debit"]
                kept["credit"] += row["credit"]
            kept["closing"] += row["debit"] - row["credit"]
    names = ("opening", "debit", "credit", "closing")
    rows: list[dict[str, Any]] = [
        {"account": account, "currency": currency}
        | {name: Money(minor=kept[name], currency=Currency(currency)).model_dump() for name in names}
        for (currency, account), kept in sorted(sums.items())
    ]
    return [row for row in rows if any(row[name]["minor"] for name in names)]


@pytest.mark.rule("FAC-6")
def test_days_are_those_of_the_schools_zone(proven: Projecting) -> None:
    client = uuid4()
    proven.given((client, dossier_created(client)))
    for hour, number in ((4, "A"), (5, "B")):
        at = datetime(2026, 12, 1, hour, 30, tzinfo=UTC)
        proven.given((uuid4(), invoice_issued(client, number)), around=envelope(at=at))
    november = Period(date(2026, 11, 1), date(2026, 11, 30), proven.ask(books.zone))
    (first, _) = proven.ask(lambda c: books.journal(c, november))
    assert (first["number"], first["day"], first["at"]) == ("A", "2026-11-30", "2026-12-01T04:30:00Z")
    assert len(proven.ask(lambda c: books.trial_balance(c, november))) == 2
    proven.given((SETTINGS_ID, SettingsChanged(settings=SchoolSettings(zone="Europe/Paris"))))
    assert proven.ask(books.zone) == "Europe/Paris"
    moved = Period(november.first, november.last, "Europe/Paris")
    assert proven.ask(lambda c: books.journal(c, moved)) == []


@pytest.mark.rule("FAC-6")
def test_the_check_of_the_books_finds_an_entry_that_has_no_other_side(models: Projecting) -> None:
    client = uuid4()
    models.given((client, dossier_created(client)), (uuid4(), invoice_issued(client)))
    assert unbalanced(models) == []
    models.connection.execute("update read.ledger_entry set debit = debit + 1 where account = 'receivables'")
    (found,) = unbalanced(models)
    assert found[1] == "CAD"
    assert models.differences() > 0, "nor does it survive a comparison with the log"
