"""T17: whatever the provider, the network or our processes do, money is taken once and counted once."""

from __future__ import annotations

import random
import threading
from collections import Counter
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, replace
from uuid import UUID, uuid4

import pytest

from processors.runtime.payments import answers
from processors.runtime.payments.answers import Order, ProviderTroubleError
from processors.runtime.payments.paypal import PayPal
from service.provider.book import Book
from tests.support.lanes import figures
from tests.support.paying import REPLY_SECONDS, Till, cad

AT_ONCE = 50
WORKERS = 4
PATIENCE = 0.3
"""Seconds a client waits here: the flows where the provider is slower cost the test as long."""
PRICE = 37_500


class Killed(BaseException):
    """The process ends between the call and what it would have stored."""


class Mortal(PayPal):
    """A client whose process dies after some calls have been carried out."""

    chance: random.Random

    def capture(self, request: UUID, order: str) -> Order:
        answer = super().capture(request, order)
        if self.chance.random() < 0.2:
            raise Killed
        return answer

    def create_order(self, request: UUID, *what: object) -> Order:
        answer = super().create_order(request, *what)  # type: ignore[arg-type]
        if self.chance.random() < 0.1:
            raise Killed
        return answer


def doubly_captured(book: Book) -> list[str]:
    """Orders whose money was taken more than once."""
    return [order for order, n in Counter(c["_order"] for c in book.captures.values()).items() if n > 1]


def misfortune(till: Till, chance: random.Random) -> None:
    """What goes wrong with the next few requests."""

    def some(verbs: tuple[str, ...]) -> dict[str, int]:
        return {verb: chance.randrange(12) for verb in verbs if chance.random() < 0.5}

    till.faults(
        lose=some(("create", "order", "capture", "verify")),
        fail=some(("create", "order", "capture", "verify")),
        decline=chance.randrange(6),
        duplicate=chance.choice((1, 1, 2, 3)),
        hold_back=chance.random() < 0.3,
        silent=chance.random() < 0.1,
        slow_seconds=1.5 * PATIENCE if chance.random() < 0.02 else 0.0,
    )


def work(till: Till) -> None:
    """One worker's look at all that is due; a killed one is started again."""
    left = True
    while left:
        with suppress(Killed):
            left = till.cashier().turn() > 0


def together(act: Callable[[], None]) -> None:
    workers = [threading.Thread(target=act) for _ in range(WORKERS)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()


@dataclass(frozen=True)
class Flow:
    """An amount that a client wants to pay on an invoice of 375.00; not every payer agrees."""

    invoice: UUID
    amount: int
    agrees: bool


def begun(till: Till, chance: random.Random, activities: list[UUID]) -> dict[UUID, Flow]:
    """As many new flows as go on at the same time, by intent; each client pays an invoice per activity."""
    flows: dict[UUID, Flow] = {}
    for _ in range(AT_ONCE // len(activities)):
        client = till.school.client()
        for activity in activities:
            invoice = till.school.sold(client, activity).invoice
            flow = Flow(invoice, chance.randrange(4_000, PRICE + 1), chance.random() < 0.9)
            flows[till.wants(client, invoice, flow.amount)] = flow
    return flows


def round_of(till: Till, flows: dict[UUID, Flow]) -> list[str]:
    """Whoever agrees and is asked does; then all workers look. Answers where those stand who agree."""
    agreeing = [wish for wish, flow in flows.items() if flow.agrees]
    for wish, state in till.states(agreeing).items():
        if state == "open":
            till.approve(wish)
    till.due_now(flows)
    together(lambda: work(till))
    return list(till.states(agreeing).values())


def given_up_in_the_end(till: Till, flows: dict[UUID, Flow], wish: UUID) -> None:
    """While a killed worker's hold on it lasts the payer is told to try again, as on the page."""
    for _ in range(10):
        if till.give_up(wish):
            return
        round_of(till, flows)
    raise AssertionError(f"{wish} is {till.states([wish])}")


@pytest.mark.rule("T17", "FAC-3")
@figures("flows", short=500, long=10_000)
def test_no_flow_takes_money_twice_or_loses_it(till: Till, flows: int) -> None:
    chance = random.Random(17)
    activities = [till.school.activity(f"Activité {n}") for n in range(5)]
    done: dict[UUID, Flow] = {}
    with Mortal(till.account, reply_seconds=PATIENCE) as provider:
        provider.chance = chance
        till = replace(till, provider=provider)
        while len(done) < flows:
            batch = begun(till, chance, activities)
            for _ in range(5):
                misfortune(till, chance)
                round_of(till, batch)
                till.notifier.release()
            till.faults()
            till.notifier.release()
            while set(round_of(till, batch)) - {"done", "ended"}:
                pass
            for wish in [wish for wish, flow in batch.items() if not flow.agrees]:
                given_up_in_the_end(till, batch, wish)
            done |= batch
    paid = {wish: flow for wish, flow in done.items() if flow.agrees}
    assert doubly_captured(till.book) == []
    assert {c["custom_id"] for c in till.book.captures.values()} == {wish.hex for wish in paid}
    assert len(till.book.captures) == len(paid)
    assert set(till.states(paid).values()) == {"done"}
    for flow in done.values():
        assert till.booked(flow.invoice) == (flow.amount if flow.agrees else 0)


@pytest.mark.rule("T17")
class TestControls:
    """What the checks above would find, if our side did less."""

    def test_another_id_at_each_try_takes_the_money_twice(self, till: Till) -> None:
        client, invoice = till.invoice()
        wish = till.wants(client, invoice)
        till.turn()
        till.approve(wish)
        till.faults(ignore_ids=True, lose={"capture": 1})
        order = till.intent(wish).order_id
        assert order is not None
        with pytest.raises(ProviderTroubleError):
            till.provider.capture(uuid4(), order)
        till.provider.capture(uuid4(), order)
        assert doubly_captured(till.book) == [order]
        till.faults()
        till.settle(3)
        credit = "select count(*) from events where topic = 'invoice.credit_opened'"
        assert (till.booked(invoice), till.count(credit)) == (PRICE, 1)

    def test_without_an_inquiry_the_same_id_takes_it_once(self, till: Till) -> None:
        client, invoice = till.invoice()
        wish = till.wants(client, invoice)
        till.turn()
        till.approve(wish)
        till.faults(lose={"capture": 1})
        order = till.intent(wish).order_id
        assert order is not None
        with pytest.raises(ProviderTroubleError):
            till.provider.capture(wish, order)
        till.provider.capture(wish, order)
        assert doubly_captured(till.book) == []

    def test_the_mortal_client_does_die(self, till: Till) -> None:
        with Mortal(till.account) as provider:
            provider.chance = random.Random(1)
            died = 0
            for _ in range(30):
                try:
                    provider.create_order(uuid4(), cad(100), "http://localhost", "x")
                except Killed:
                    died += 1
        assert died > 0


@pytest.mark.rule("T17", "FAC-3")
class TestUnknown:
    """What became of a request is not known: asked, never guessed."""

    def approved(self, till: Till) -> tuple[UUID, UUID]:
        client, invoice = till.invoice()
        wish = till.wants(client, invoice)
        till.turn()
        till.approve(wish)
        till.book.faults.silent = True
        return wish, invoice

    def seconds(self, till: Till) -> int:
        return till.count(
            "select ceil(extract(epoch from max(next_try) - now())) from payment_intents"
            " where state not in ('done', 'ended')"
        )

    def test_a_lost_answer_is_settled_by_inquiry_within_15_minutes(self, till: Till) -> None:
        wish, invoice = self.approved(till)
        till.faults(silent=True, lose={"capture": 4, "order": 4}, fail={"order": 3})
        waited = 0
        for _ in range(20):
            till.turn()
            if till.intent(wish).state == "done":
                break
            waited += self.seconds(till)
        assert (till.intent(wish).state, till.booked(invoice)) == ("done", PRICE)
        assert 0 < waited <= 15 * 60

    def test_a_provider_that_was_away_is_asked_again_soon_after(self, till: Till) -> None:
        wish, _ = self.approved(till)
        till.faults(silent=True, fail={"order": 1_000, "capture": 1_000})
        till.settle(12)
        assert till.intent(wish).state == "open"
        assert self.seconds(till) <= 120

    def test_slower_than_we_wait_it_counts_once(self, till: Till) -> None:
        wish, invoice = self.approved(till)
        till.faults(silent=True, slow_seconds=2 * REPLY_SECONDS)
        till.turn(2)
        till.faults(silent=True)
        till.settle(4)
        assert (till.intent(wish).state, till.booked(invoice)) == ("done", PRICE)
        assert len(till.book.captures) == 1

    def test_a_known_id_answered_with_another_order_takes_nothing(self, till: Till) -> None:
        first, _ = self.approved(till)
        client, invoice = till.invoice()
        wish = till.wants(client, invoice, 5_000)
        till.faults(lose={"create": 1})
        till.turn()
        till.faults(other_data=True)
        till.turn()
        assert till.intent(wish).outcome == "other_order"
        assert till.count("select count(*) from events where topic = 'ledger.payment_differed'") == 1
        assert till.booked(invoice) == 0
        assert till.intent(first).state == "done"

    def test_more_taken_than_asked_is_counted_as_taken_and_reported(self, till: Till) -> None:
        client, invoice = till.invoice()
        wish = till.wants(client, invoice, 10_000)
        till.turn()
        till.approve(wish)
        till.faults(amount_off=50)
        till.settle(3)
        assert till.booked(invoice) == 10_050
        assert till.count("select count(*) from events where topic = 'ledger.payment_differed'") == 1

    def test_shut_out_for_a_while_nothing_is_taken_for_settled(self, till: Till) -> None:
        wish, invoice = self.approved(till)
        till.faults(silent=True, lose={"capture": 1})
        till.turn()
        assert till.intent(wish).state == "asked"
        till.faults(silent=True, shut_out=True)
        till.turn(3)
        assert till.intent(wish).state == "asked"
        till.faults(silent=True)
        till.turn()
        assert (till.intent(wish).state, till.booked(invoice)) == ("done", PRICE)

    def test_an_order_that_the_provider_does_not_know_pays_nothing(self, till: Till) -> None:
        wish, invoice = self.approved(till)
        till.book.orders.clear()
        till.turn()
        assert (till.intent(wish).state, till.booked(invoice)) == ("ended", 0)

    def test_the_payer_is_sent_to_web_addresses_only(self) -> None:
        def order(href: str) -> Order:
            unit = {"custom_id": "1", "amount": {"currency_code": "CAD", "value": "40.00"}}
            link = {"rel": "payer-action", "href": href}
            return answers.order({"id": "O", "status": "CREATED", "purchase_units": [unit], "links": [link]})

        assert order("https://paypal.example/checkoutnow").approve_url == "https://paypal.example/checkoutnow"
        assert order("javascript:alert(1)").approve_url is None
