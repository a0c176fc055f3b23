"""What the payer was told is over stays over: asked about, counted if taken, never taken (FAC-3)."""

from __future__ import annotations

from uuid import UUID

import orjson
import pytest

from processors.runtime.payments import intents
from service.provider.notifying import signed
from tests.support.paying import Till

HUNDRED = 10_000
DIFFERENCES = "select count(*) from events where topic = 'ledger.payment_differed'"


def told(till: Till, wish: UUID, kind: str = "CHECKOUT.ORDER.APPROVED", resource: str = "R1") -> None:
    """The provider's genuine notice about that wish."""
    body = orjson.dumps(
        {
            "id": f"WH-{wish.hex}-{kind}",
            "event_type": kind,
            "resource": {"id": resource, "custom_id": wish.hex},
        }
    )
    assert till.notify(body, signed(till.book, body)).text == "kept"


def outcome(till: Till, wish: UUID) -> tuple[str, str | None, bool]:
    found = till.intent(wish)
    return found.state, found.outcome, found.told


def opened(till: Till, client: UUID, invoice: UUID) -> UUID:
    wish = till.wants(client, invoice, HUNDRED)
    till.turn()
    return wish


@pytest.mark.rule("FAC-3")
class TestSuperseded:
    def test_of_two_clicks_only_the_second_is_paid(self, till: Till) -> None:
        """100.00 of 375.00 wanted, then wanted anew; both agreed to, the first one's notice comes last."""
        client, invoice = till.invoice()
        till.faults(silent=True)
        first = opened(till, client, invoice)
        till.approve(first)
        second = till.wants(client, invoice, HUNDRED)
        till.turn()
        till.approve(second)
        till.settle(2)
        told(till, first)
        till.settle(3)
        assert outcome(till, first) == ("ended", "superseded", False)
        assert (till.booked(invoice), len(till.book.captures)) == (HUNDRED, 1)

    def test_also_where_the_first_was_being_looked_at_when_the_second_came(self, till: Till) -> None:
        client, invoice = till.invoice()
        till.faults(silent=True)
        first = opened(till, client, invoice)
        till.approve(first)
        with till.connection as connection:
            connection.execute(
                "update payment_intents set lease = gen_random_uuid(), lease_until = now() + interval '9 s'"
            )
        second = till.wants(client, invoice, HUNDRED)
        assert till.intent(first).state == "open"
        till.turn()
        till.approve(second)
        till.settle(3)
        assert outcome(till, first) == ("ended", "superseded", False)
        assert (till.booked(invoice), len(till.book.captures)) == (HUNDRED, 1)

    def test_the_first_forms_second_click_leaves_the_newer_one(self, till: Till) -> None:
        client, invoice = till.invoice()
        first = opened(till, client, invoice)
        second = opened(till, client, invoice)
        with till.connection as connection:
            again = intents.find(connection, first)
            assert again is not None
            intents.keep(connection, again)
        assert till.intent(second).state == "open"


@pytest.mark.rule("FAC-3")
class TestLateMoney:
    def test_taken_all_the_same_it_is_counted_once(self, till: Till) -> None:
        """The control: the notice about what is over does make us ask."""
        client, invoice = till.invoice()
        till.faults(silent=True)
        wish = opened(till, client, invoice)
        till.approve(wish)
        order = till.intent(wish).order_id
        assert order is not None
        newer = till.wants(client, invoice, 37_500)
        till.provider.capture(wish, order)
        (capture,) = till.book.captures
        told(till, wish, "PAYMENT.CAPTURE.COMPLETED", capture)
        till.settle(3)
        assert outcome(till, wish) == ("done", None, False)
        assert (till.booked(invoice), till.intent(newer).state) == (HUNDRED, "open")

    def test_beside_another_payment_under_way_it_is_kept_too(self, till: Till) -> None:
        client, invoice = till.invoice()
        till.faults(silent=True)
        first = opened(till, client, invoice)
        till.approve(first)
        order = till.intent(first).order_id
        assert order is not None
        second = till.wants(client, invoice, HUNDRED)
        till.turn()
        till.approve(second)
        till.faults(silent=True, fail={"capture": 1})
        till.turn()
        assert till.intent(second).state == "asked"
        till.provider.capture(first, order)
        told(till, first)
        till.settle(3)
        assert (till.intent(first).state, till.intent(second).state) == ("done", "done")
        assert till.booked(invoice) == 2 * HUNDRED


@pytest.mark.rule("FAC-3")
class TestAsked:
    def asked(self, till: Till) -> tuple[UUID, UUID]:
        """Money moved, its answer was lost."""
        client, invoice = till.invoice()
        till.faults(silent=True)
        wish = opened(till, client, invoice)
        till.approve(wish)
        till.faults(silent=True, lose={"capture": 1})
        till.turn()
        assert till.intent(wish).state == "asked"
        return wish, invoice

    @pytest.mark.parametrize("word", ["PERMISSION_DENIED", "INTERNAL_SERVICE_ERROR"])
    def test_an_inquiry_that_is_refused_ends_nothing(self, till: Till, word: str) -> None:
        wish, invoice = self.asked(till)
        till.faults(silent=True, refuse={"order": word})
        till.turn(2)
        assert till.intent(wish).state == "asked"
        till.faults(silent=True)
        till.turn()
        assert (till.intent(wish).state, till.booked(invoice)) == ("done", HUNDRED)

    def test_an_order_that_is_unknown_for_once_ends_nothing(self, till: Till) -> None:
        wish, invoice = self.asked(till)
        orders = dict(till.book.orders)
        till.book.orders.clear()
        till.turn()
        assert till.intent(wish).state == "asked"
        till.book.orders.update(orders)
        till.turn()
        assert (till.intent(wish).state, till.booked(invoice)) == ("done", HUNDRED)

    def test_asked_for_an_hour_it_is_a_to_do_once(self, till: Till) -> None:
        wish, _ = self.asked(till)
        till.faults(silent=True, refuse={"order": "PERMISSION_DENIED"})
        till.later(minutes=55).turn()
        assert till.count(DIFFERENCES) == 0
        till.later(minutes=65).turn(3)
        assert (till.count(DIFFERENCES), till.intent(wish).state) == (1, "asked")
        kind = "select count(*) from events where convert_from(state, 'utf8')::jsonb->>'kind' = 'unsettled'"
        assert till.count(kind) == 1

    def test_paid_by_cheque_while_it_is_asked_it_ends_once_no_request_can_arrive(self, till: Till) -> None:
        client, invoice = till.invoice()
        till.faults(silent=True)
        wish = opened(till, client, invoice)
        till.approve(wish)
        till.faults(silent=True, fail={"capture": 1})
        till.turn()
        till.deposited_cheque(client, invoice, 37_500)
        till.turn()
        assert outcome(till, wish) == ("asked", None, False)
        till.later(minutes=3).turn()
        assert outcome(till, wish) == ("ended", "not_asked_any_more", False)
        assert not till.book.captures

    def test_refused_for_good_it_ends_and_the_invoice_can_be_paid(self, till: Till) -> None:
        client, invoice = till.invoice()
        wish = opened(till, client, invoice)
        till.faults(refuse={"capture": "PAYEE_ACCOUNT_RESTRICTED"})
        till.approve(wish)
        till.turn()
        assert outcome(till, wish) == ("ended", "PAYEE_ACCOUNT_RESTRICTED", False)
        till.faults()
        other = opened(till, client, invoice)
        till.approve(other)
        till.settle(2)
        assert (till.intent(other).state, till.booked(invoice)) == ("done", HUNDRED)

    def test_refused_after_it_was_taken_it_is_counted(self, till: Till) -> None:
        wish, invoice = self.asked(till)
        till.faults(silent=True, fail={"order": 1}, refuse={"capture": "PAYEE_ACCOUNT_RESTRICTED"})
        till.settle(3)
        assert (till.intent(wish).state, till.booked(invoice)) == ("done", HUNDRED)
