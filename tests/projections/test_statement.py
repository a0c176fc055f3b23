"""Lists of money: invoices, aged balances, deposits not used, payments to deposit, cheques, cases."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest

from aggregates.client.registrations.events import RegistrationDeferred
from aggregates.invoice.basket.events import CreditOpened
from aggregates.invoice.events import (
    CaseDecided,
    CreditNote,
    Fee,
    FeeBasis,
    InvoiceAddressed,
    InvoiceIssued,
    LineCancelled,
    LineReopened,
    PriceReason,
    Reason,
)
from aggregates.invoice.payments.events import (
    ChequeSent,
    Move,
    PaymentDeposited,
    PaymentDescribed,
    PaymentMethod,
    PaymentReceived,
    Pocket,
    PocketKind,
    RefundApproved,
    RefundProposed,
)
from aggregates.kernel import Currency, Fact, Money
from aggregates.workshop.events import Session
from projections import cases, invoices, statement
from tests.support.builders import (
    NOW,
    STARTS,
    activity_added,
    cad,
    dossier_created,
    dossier_deactivated,
    envelope,
    eur,
    invoice_issued,
    invoice_line,
    registered,
    staff_added,
    workshop_planned,
)
from tests.support.projecting import Projecting, Row

TODAY = NOW.date()


def issued(client: UUID, number: str, *lines: Any, days_ago: int = 0, **changes: Any) -> InvoiceIssued:
    day = TODAY - timedelta(days=days_ago)
    return invoice_issued(client, number, *lines).model_copy(update={"issued_on": day} | changes)


def paid(
    line: UUID | None, amount: Money, method: PaymentMethod = PaymentMethod.CARD, **changes: Any
) -> PaymentReceived:
    payment = changes.pop("payment", uuid4())
    target = Pocket(kind=PocketKind.CREDIT) if line is None else Pocket(kind=PocketKind.LINE, id=line)
    move = Move(payment=payment, amount=amount, target=target)
    return PaymentReceived(payment=payment, method=method, amount=amount, moves=(move,), **changes)


def listed(models: Projecting, **wanted: Any) -> list[str]:
    rows = models.ask(lambda c: invoices.invoices(c, invoices.Wanted(**wanted)))
    return [row["number"] for row in rows]


@pytest.mark.rule("FAC-8", "FAC-2")
def test_invoices_are_found_by_client_state_series_and_day(proven: Projecting) -> None:
    roy, zola = uuid4(), uuid4()
    ids = [uuid4() for _ in range(4)]
    line, over = invoice_line(cad(10_000)), invoice_line(cad(5_000))
    proven.given(
        (roy, dossier_created(roy, last_name="Roy", first_name="Léa")),
        (zola, dossier_created(zola, last_name="Zola", email="z@example.com")),
        (ids[0], issued(roy, "CA-2026-0001", line, days_ago=40)),
        (ids[0], paid(line.id, cad(10_000))),
    )
    proven.given((ids[1], issued(roy, "EU-2026-0001", invoice_line(eur(2_000)))))
    proven.given((ids[2], issued(zola, "CA-2026-0002", over)), (ids[2], paid(over.id, cad(5_000))))
    proven.given((ids[2], paid(None, cad(700))))
    opened = CreditOpened(client=zola, currency=Currency.CAD, attempt=uuid4())
    late = NOW + timedelta(hours=1)
    proven.given((ids[3], opened), (ids[3], paid(None, cad(300))), around=envelope(at=late))
    assert listed(proven)[0] == "", "newest first; credit without invoice has no number"
    assert sorted(listed(proven)) == ["", "CA-2026-0001", "CA-2026-0002", "EU-2026-0001"]
    questions: list[tuple[dict[str, Any], list[str]]] = [
        ({"state": "open"}, ["EU-2026-0001"]),
        ({"state": "settled"}, ["CA-2026-0001"]),
        ({"state": "credit"}, ["", "CA-2026-0002"]),
        ({"state": "credit", "client": roy}, []),
        ({"client": roy}, ["CA-2026-0001", "EU-2026-0001"]),
        ({"series": "EU"}, ["EU-2026-0001"]),
        ({"until": TODAY - timedelta(days=40)}, ["CA-2026-0001"]),
        ({"since": TODAY - timedelta(days=39), "series": "CA"}, ["CA-2026-0002"]),
    ]
    for wanted, expected in questions:
        assert sorted(listed(proven, **wanted)) == expected, wanted
    pages: list[Row] = []
    after = None
    while page := proven.ask(
        lambda c, after=after: invoices.invoices(c, invoices.Wanted(), after=after, limit=1)  # type: ignore[misc]
    ):
        pages += page
        after = page[-1]["at"], UUID(page[-1]["id"])
    assert [row["number"] for row in pages] == listed(proven)


@dataclass
class Story:
    """An invoice that was paid, cancelled, credited and refunded, with a supplement; another stands apart."""

    client: UUID = field(default_factory=uuid4)
    first: UUID = field(default_factory=uuid4)
    more: UUID = field(default_factory=uuid4)
    payment: UUID = field(default_factory=uuid4)
    refund: UUID = field(default_factory=uuid4)
    case: UUID = field(default_factory=uuid4)
    workshop: UUID = field(default_factory=uuid4)
    by: UUID = field(default_factory=uuid4)

    def told(self) -> list[tuple[UUID, Fact]]:
        reason = Reason(code=PriceReason.RETAKE, after=cad(10_000))
        line = invoice_line(cad(10_000), reasons=(reason,), deposit=cad(4_000))
        added = invoice_line(cad(1_500), registration=line.registration)
        note = CreditNote(number="CA-N-2026-0001", issued_on=TODAY, amount=cad(9_000))
        on_line, credit = Pocket(kind=PocketKind.LINE, id=line.id), Pocket(kind=PocketKind.CREDIT)
        aside = Pocket(kind=PocketKind.PROPOSED, id=self.refund)
        gone = Pocket(kind=PocketKind.REFUNDED, id=self.refund)
        fee = Fee(basis=FeeBasis.LATE, workshop=self.workshop)
        cancelled = LineCancelled(
            person=self.client,
            line=line.id,
            note=None,
            cancelled_at=NOW,
            case=self.case,
            fee=fee,
            proposed=cad(4_000),
        )

        def move(source: Pocket, target: Pocket) -> tuple[Move, ...]:
            return (Move(payment=self.payment, amount=cad(9_000), source=source, target=target),)

        way: dict[str, Any] = {"refund": self.refund, "method": PaymentMethod.TRANSFER}
        cheque: dict[str, Any] = {"payment": self.payment, "cheque": uuid4(), "holder": self.by}
        facts: list[Fact] = [
            issued(self.client, "CA-2026-0001", line),
            paid(line.id, cad(10_000), PaymentMethod.CHEQUE, **cheque),
            PaymentDeposited(payment=self.payment),
            InvoiceAddressed(person=self.client, name="Ateliers Roy inc.", address=None),
            cancelled,
            CaseDecided(
                case=self.case, line=line.id, kept=cad(1_000), credit_note=note, moves=move(on_line, credit)
            ),
            RefundProposed(moves=move(credit, aside), by=self.by, **way),
            RefundApproved(moves=move(aside, gone), **way),
        ]
        return [
            (self.client, dossier_created(self.client)),
            (uuid4(), issued(self.client, "CA-2026-0003", invoice_line(cad(800)))),
            *((self.first, fact) for fact in facts),
            (self.more, issued(self.client, "CA-2026-0002", added, supplement_of=self.first)),
        ]


@pytest.mark.rule("FAC-9")
def test_an_invoice_and_its_supplements_are_one_balance(proven: Projecting) -> None:
    story = Story()
    proven.given(*story.told())
    for asked, number in ((story.first, "CA-2026-0001"), (story.more, "CA-2026-0002")):
        found = proven.ask(lambda c, asked=asked: invoices.invoice(c, asked))  # type: ignore[misc]
        assert found is not None
        assert found["number"] == number
        assert found["together"]["balance"] == {"minor": 1_500, "currency": "CAD"}
        numbers = [row["number"] for row in found["together"]["invoices"]]
        assert sorted(numbers) == ["CA-2026-0001", "CA-2026-0002"], "the third stands apart"


@pytest.mark.rule("FAC-9", "FAC-2", "FAC-4", "CAT-3", "DOS-16")
def test_one_invoice_tells_all_that_came_after_it(proven: Projecting) -> None:
    story = Story()
    proven.given(*story.told())
    found = proven.ask(lambda c: invoices.invoice(c, story.first))
    assert found is not None
    assert found["billing_name"] == "Ateliers Roy inc."
    assert (found["balance"]["minor"], found["state"], found["open_cases"]) == (0, "settled", 0)
    [sold] = found["lines"]
    assert sold["reasons"] == [
        {"code": "retake", "after": {"minor": 10_000, "currency": "CAD"}, "evidence": None}
    ]
    assert (sold["due"]["minor"], sold["paid"]["minor"]) == (1_000, 1_000)
    assert [(n["number"], n["amount"]["minor"]) for n in sold["credit_notes"]] == [("CA-N-2026-0001", 9_000)]
    told = {name: sold["case"][name] for name in ("id", "basis", "workshop", "decided_at")}
    assert told == {
        "id": str(story.case),
        "basis": "late",
        "workshop": str(story.workshop),
        "decided_at": "2026-11-24T15:00:00Z",
    }
    assert (sold["case"]["proposed"]["minor"], sold["case"]["kept"]["minor"]) == (4_000, 1_000)
    [received] = found["payments"]
    shown = (received["status"], received["method"], received["amount"]["minor"], received["holder"])
    assert shown == ("deposited", "cheque", 10_000, None)
    [given] = found["refunds"]
    assert (given["status"], given["amount"]["minor"], given["by"]) == ("made", 9_000, str(story.by))
    assert proven.ask(lambda c: invoices.invoice(c, uuid4())) is None


@pytest.mark.rule("FAC-8")
def test_balances_are_told_by_client_currency_and_age(proven: Projecting) -> None:
    roy, zola, paying = uuid4(), uuid4(), uuid4()
    settled = invoice_line(cad(100))
    noted = invoice_line(cad(50))
    proven.given(
        (roy, dossier_created(roy, last_name="Roy", first_name="Léa")),
        (zola, dossier_created(zola, last_name="Zola", email="z@example.com")),
        (paying, dossier_created(paying, last_name="Abel", email="a@example.com")),
        *(
            (uuid4(), issued(roy, f"CA-2026-{n:04d}", invoice_line(cad(amount)), days_ago=days))
            for n, (amount, days) in enumerate(
                [(1, 0), (2, 30), (10, 31), (20, 60), (100, 61), (200, 90), (1_000, 91), (2_000, 400)], 1
            )
        ),
        (uuid4(), issued(roy, "EU-2026-0001", invoice_line(eur(7)), days_ago=45)),
        (bill := uuid4(), issued(zola, "CA-2026-0101", noted, days_ago=5)),
        (bill, paid(noted.id, cad(50), PaymentMethod.CASH)),
        (done := uuid4(), issued(paying, "CA-2026-0102", settled)),
        (done, paid(settled.id, cad(100))),
    )
    rows = proven.ask(lambda c: statement.balances(c, TODAY))
    ages = ("total", "days_0_30", "days_31_60", "days_61_90", "days_over_90")

    def told(owed: list[Row]) -> list[list[Any]]:
        return [[one["currency"], *(one[age] for age in ages)] for one in owed]

    assert [(row["last_name"], told(row["owed"])) for row in rows] == [
        ("Roy", [["CAD", 3_333, 3, 30, 300, 3_000], ["EUR", 7, 0, 7, 0, 0]]),
        ("Zola", [["CAD", 50, 50, 0, 0, 0]]),
    ], "noted money is not deposited yet"
    assert told(proven.ask(lambda c: statement.totals(c, TODAY))) == [
        ["CAD", 3_383, 53, 30, 300, 3_000],
        ["EUR", 7, 0, 7, 0, 0],
    ]
    last = (rows[0]["sort"], UUID(rows[0]["id"]))
    assert proven.ask(lambda c: statement.balances(c, TODAY, after=last)) == rows[1:]
    assert proven.ask(lambda c: statement.balances(c, TODAY, limit=1)) == rows[:1]


@pytest.mark.rule("FAC-8", "FAC-1")
def test_deposits_not_used_are_those_without_date_and_of_open_cases(proven: Projecting) -> None:
    client, invoice, activity = uuid4(), uuid4(), uuid4()
    waiting, cancelled, dated, unpaid = (invoice_line(cad(10_000)) for _ in range(4))
    places = {waiting.id: None, cancelled.id: uuid4(), dated.id: uuid4(), unpaid.id: None}
    proven.given(
        (activity, activity_added()),
        (client, dossier_created(client)),
        *(
            (
                client,
                registered(
                    line.registration,
                    workshop=places[line.id],
                    activity=activity,
                    invoice=invoice,
                    line=line.id,
                ),
            )
            for line in (waiting, cancelled, dated, unpaid)
            if line.registration
        ),
        (invoice, issued(client, "CA-2026-0001", waiting, cancelled, dated, unpaid)),
        *((invoice, paid(line.id, cad(n))) for n, line in enumerate((waiting, cancelled, dated), 4_000)),
    )
    at = NOW + timedelta(days=1)
    proven.given(
        (invoice, LineCancelled(person=client, line=cancelled.id, note=None, cancelled_at=at)),
    )

    def unused() -> list[tuple[str, str, int]]:
        rows = proven.ask(lambda c: statement.unused_deposits(c))
        assert (
            proven.ask(
                lambda c: statement.unused_deposits(
                    c, after=(rows[0]["since"], UUID(rows[0]["registration"]))
                )
            )
            == rows[1:]
        )
        assert {(row["number"], row["activity"]) for row in rows} == {("CA-2026-0001", "Écoute de soi")}
        return [(row["registration"], row["why"], row["paid"]["minor"]) for row in rows]

    assert unused() == [
        (str(waiting.registration), "to_schedule", 4_000),
        (str(cancelled.registration), "open_case", 4_001),
    ]
    decided = CaseDecided(case=cancelled.id, line=cancelled.id, kept=cad(4_001), credit_note=None, moves=())
    deferred = RegistrationDeferred(registration=dated.registration or uuid4(), workshop=uuid4())
    proven.given((invoice, decided))
    proven.given((client, deferred), around=envelope(at=NOW + timedelta(days=2)))
    assert unused() == [
        (str(waiting.registration), "to_schedule", 4_000),
        (str(dated.registration), "to_schedule", 4_002),
    ]


def planned_by(organiser: UUID, days: int) -> Any:
    starts = NOW + timedelta(days=days)
    session = Session(starts=starts, ends=starts + timedelta(hours=6))
    return workshop_planned(organiser=organiser, sessions=(session,))


@pytest.mark.rule("DOS-11", "FAC-2")
@pytest.mark.parametrize("comment", [None, "Pour deux personnes"])
def test_whether_a_cheque_was_explained_is_known_after_its_words_are_gone(
    proven: Projecting, comment: str | None
) -> None:
    client, invoice, cheque = uuid4(), uuid4(), uuid4()
    line = invoice_line(cad(50_000))
    described = PaymentDescribed(
        person=client,
        payment=cheque,
        number="12",
        drawer=None,
        comment=comment,
        explained=comment is not None,
    )
    proven.given(
        (client, dossier_created(client)),
        (invoice, issued(client, "CA-2026-0001", line)),
        (invoice, paid(line.id, cad(100), PaymentMethod.CHEQUE, payment=cheque)),
        (invoice, described),
    )
    proven.given((client, dossier_deactivated(client)))
    [row] = proven.ask(lambda c: statement.to_deposit(c, statement.Noted()))
    assert row["commented"] is (comment is not None)


@pytest.mark.rule("FAC-8", "FAC-10", "FAC-2")
def test_payments_to_deposit_and_cheques_per_holder(proven: Projecting) -> None:
    client, invoice, monique, marc = (uuid4() for _ in range(4))
    line = invoice_line(cad(50_000))
    cheque, cash, sent, card = (uuid4() for _ in range(4))
    proven.given(
        (monique, staff_added(monique, "Monique Tremblay")),
        (marc, staff_added(marc, "Marc Ouellet")),
        (client, dossier_created(client)),
        (invoice, issued(client, "CA-2026-0001", line)),
        (invoice, paid(line.id, cad(100), PaymentMethod.CHEQUE, payment=cheque, holder=monique)),
    )
    comment = PaymentDescribed(
        person=client, payment=cheque, number="12", drawer=None, comment="Pour deux personnes"
    )
    proven.given(
        (invoice, comment),
        (invoice, paid(line.id, cad(20), PaymentMethod.CASH, payment=cash)),
        (invoice, paid(line.id, cad(3), PaymentMethod.CHEQUE, payment=sent, holder=marc)),
        (invoice, ChequeSent(payment=sent)),
        (invoice, paid(line.id, cad(4_000), payment=card)),
        (uuid4(), planned_by(monique, -3)),
        (uuid4(), planned_by(monique, -9)),
        (uuid4(), planned_by(monique, 40)),
        (uuid4(), planned_by(monique, 20)),
        around=envelope(at=NOW + timedelta(hours=1)),
    )

    def noted(**wanted: Any) -> list[str]:
        rows = proven.ask(lambda c: statement.to_deposit(c, statement.Noted(**wanted)))
        return [row["id"] for row in rows]

    assert noted()[0] == str(cheque)
    assert sorted(noted()) == sorted(map(str, (cheque, cash, sent))), "what a card paid is there already"
    assert noted(method="cash") == [str(cash)]
    assert noted(holder=monique) == noted(before=NOW + timedelta(minutes=1)) == [str(cheque)]
    [row] = proven.ask(lambda c: statement.to_deposit(c, statement.Noted(holder=monique)))
    assert (row["commented"], row["holder"], row["amount"]["minor"]) == (True, "Monique Tremblay", 100)
    short = proven.ask(statement.to_deposit_in_short)
    assert [(r["method"], r["holder"], r["count"], r["amount"]["minor"]) for r in short] == [
        ("cash", None, 1, 20),
        ("cheque", None, 1, 3),
        ("cheque", "Monique Tremblay", 1, 100),
    ]
    [held] = proven.ask(lambda c: statement.cheques(c, NOW))
    assert (held["holder"], [c["id"] for c in held["cheques"]]) == ("Monique Tremblay", [str(cheque)])
    assert (held["last_ended"], held["next_starts"]) == ("2026-11-21T21:00:00Z", "2026-12-14T15:00:00Z")
    assert proven.ask(lambda c: statement.cheques(c, NOW, holder=marc)) == []
    proven.given((invoice, PaymentDeposited(payment=cheque)))
    assert str(cheque) not in noted()
    assert proven.ask(lambda c: statement.cheques(c, NOW)) == []


@pytest.mark.rule("FAC-4", "INS-8", "INS-9", "INS-14")
def test_cases_are_open_until_decided_or_the_place_is_back(proven: Projecting) -> None:
    client, invoice, workshop = uuid4(), uuid4(), uuid4()
    first, second = invoice_line(cad(10_000)), invoice_line(cad(20_000))

    def cancelled(line: Any, hours: int, **changes: Any) -> LineCancelled:
        at = NOW + timedelta(hours=hours)
        return LineCancelled(person=client, line=line.id, note=None, cancelled_at=at, **changes)

    def shown(rows: list[Row]) -> list[tuple[str, str, int]]:
        return [(row["line"], row["basis"], row["proposed"]["minor"]) for row in rows]

    fee = Fee(basis=FeeBasis.ABSENT_SHARE, workshop=workshop, percent=10)
    proven.given(
        (client, dossier_created(client)),
        (workshop, workshop_planned()),
        (invoice, issued(client, "CA-2026-0001", first, second)),
        (invoice, paid(first.id, cad(4_000))),
        (invoice, cancelled(first, 2, fee=fee, proposed=cad(1_000))),
        (invoice, cancelled(second, 1)),
    )
    rows = proven.ask(cases.open_cases)
    assert shown(rows) == [(str(second.id), "none", 0), (str(first.id), "absent_share", 1_000)]
    asked = rows[1]
    assert (asked["percent"], asked["paid"]["minor"], asked["price"]["minor"]) == (10, 4_000, 10_000)
    assert (asked["workshop_starts"], asked["workshop_zone"]) == ("2026-12-05T14:00:00Z", "America/Toronto")
    assert (asked["client"]["last_name"], asked["number"]) == ("D'Arcy-Lévesque", "CA-2026-0001")
    place = (rows[0]["opened_at"], second.id)
    assert proven.ask(lambda c: cases.open_cases(c, after=place)) == rows[1:]
    proven.given((invoice, LineReopened(line=second.id)))
    assert shown(proven.ask(cases.open_cases)) == shown(rows[1:])
    decided = CaseDecided(case=first.id, line=first.id, kept=cad(500), credit_note=None, moves=())
    proven.given((invoice, decided), around=envelope(at=STARTS))
    assert proven.ask(cases.open_cases) == []
    [row] = proven.ask(cases.decided_cases)
    assert (row["kept"]["minor"], row["decided_at"]) == (500, "2026-12-05T14:00:00Z")
    for since, until, count in [(STARTS, None, 1), (None, STARTS, 0), (None, STARTS + timedelta(1), 1)]:
        found = proven.ask(
            lambda c, since=since, until=until: cases.decided_cases(c, since=since, until=until)  # type: ignore[misc]
        )
        assert len(found) == count
