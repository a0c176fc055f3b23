"""Webhooks: genuine, fresh and new ones wake the cashier; all others change nothing (FAC-3)."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import orjson
import pytest

from service.provider.notifying import signed
from tests.support.paying import Till


def event(intent: UUID, **changes: Any) -> bytes:
    resource = {"id": "C1", "custom_id": intent.hex, "amount": {"currency_code": "CAD", "value": "375.00"}}
    values = {"id": f"WH-{uuid4().hex}", "event_type": "PAYMENT.CAPTURE.COMPLETED", "resource": resource}
    return orjson.dumps(values | changes)


def kept(till: Till) -> int:
    return till.count("select count(*) from payment_notices")


def approved(till: Till) -> tuple[UUID, UUID]:
    """Nobody tells us so."""
    client, invoice = till.invoice()
    wish = till.wants(client, invoice)
    till.turn()
    till.faults(silent=True)
    till.approve(wish)
    return wish, invoice


@pytest.mark.rule("T17", "FAC-3")
class TestRefused:
    """Nothing is kept, nobody is woken."""

    def refused(self, till: Till, body: bytes, headers: dict[str, str], status: int = 400) -> str:
        answer = till.notify(body, headers)
        assert (answer.status_code, kept(till)) == (status, 0)
        return answer.text

    def test_a_body_that_was_altered(self, till: Till) -> None:
        body = event(uuid4())
        headers = signed(till.book, body)
        for altered in (body.replace(b"375.00", b"1.00"), body + b" ", body[:-1] + b',"x":1}'):
            assert self.refused(till, altered, headers) == "forged"

    def test_a_signature_of_somebody_else(self, till: Till) -> None:
        body = event(uuid4())
        headers = signed(till.book, body)
        for other in ("", "0" * 64, headers["PAYPAL-TRANSMISSION-SIG"][::-1]):
            assert self.refused(till, body, headers | {"PAYPAL-TRANSMISSION-SIG": other}) == "forged"
        assert self.refused(till, body, headers | {"PAYPAL-TRANSMISSION-ID": str(uuid4())}) == "forged"

    def test_a_genuine_one_sent_again_after_300_seconds(self, till: Till) -> None:
        body = event(uuid4())
        for seconds in (-301, -86_400, 305):
            at = datetime.now(UTC) + timedelta(seconds=seconds)
            headers = signed(till.book, body, at)
            assert self.refused(till, body, headers) == "old"

    def test_an_old_one_with_a_new_time_on_it(self, till: Till) -> None:
        body = event(uuid4())
        headers = signed(till.book, body)
        fresh = (datetime.now(UTC) + timedelta(seconds=5)).strftime("%Y-%m-%dT%H:%M:%SZ")
        assert self.refused(till, body, headers | {"PAYPAL-TRANSMISSION-TIME": fresh}) == "forged"

    def test_what_is_no_notification(self, till: Till) -> None:
        for body in (b"", b"{", b"[]", b"null", b'{"id":"x"}', b'{"id":"x","event_type":"y","resource":3}'):
            assert self.refused(till, body, signed(till.book, body)) == "unreadable"
        self.refused(till, b" " * 200_000, signed(till.book, b""), status=413)

    def test_one_of_another_webhook(self, till: Till) -> None:
        body = event(uuid4())
        good = signed(till.book, body)
        other = event(uuid4(), webhook_id="SIMULATED")
        assert self.refused(till, other, good) == "forged"
        assert till.notify(body, good).text == "kept"

    def test_while_the_provider_can_not_say_it_is_asked_for_again(self, till: Till) -> None:
        body = event(uuid4())
        till.faults(fail={"verify": 1})
        headers = signed(till.book, body)
        self.refused(till, body, headers, status=503)
        assert till.notify(body, headers).text == "kept"


@pytest.mark.rule("T17", "FAC-3")
class TestTaken:
    def test_a_genuine_one_wakes_the_cashier_at_once(self, till: Till) -> None:
        wish, invoice = approved(till)
        till.cashier().turn()
        assert till.intent(wish).state == "open"
        body = event(wish, event_type="CHECKOUT.ORDER.APPROVED")
        assert till.notify(body, signed(till.book, body)).text == "kept"
        till.cashier().turn()
        assert (till.intent(wish).state, till.booked(invoice)) == ("done", 37_500)

    def test_the_same_one_again_does_nothing(self, till: Till) -> None:
        wish, _ = approved(till)
        till.settle(2)
        body = event(wish)
        headers = signed(till.book, body)
        assert till.notify(body, headers).text == "kept"
        before = till.count("select count(*) from events")
        for _ in range(5):
            answer = till.notify(body, headers)
            assert (answer.status_code, answer.text) == (200, "known")
        till.settle(2)
        assert (kept(till), till.count("select count(*) from events")) == (1, before)

    def test_what_it_says_is_not_believed(self, till: Till) -> None:
        """Signed and fresh, it tells of money that was never taken."""
        wish, invoice = approved(till)
        other, _ = till.invoice(), None
        unpaid = till.wants(*other)
        till.turn()
        body = event(unpaid)
        till.notify(body, signed(till.book, body))
        till.settle(3)
        assert till.intent(unpaid).state == "open"
        assert till.booked(other[1]) == 0
        assert (till.intent(wish).state, till.booked(invoice)) == ("done", 37_500)

    def test_doubled_late_and_in_the_wrong_order_it_counts_once(self, till: Till) -> None:
        wish, invoice = approved(till)
        till.faults(hold_back=True, duplicate=3)
        till.settle(3)
        for kind in ("PAYMENT.CAPTURE.COMPLETED", "CHECKOUT.ORDER.APPROVED"):
            body = event(wish, event_type=kind)
            till.notify(body, signed(till.book, body))
            till.settle(2)
        till.notifier.release()
        till.settle(2)
        assert till.booked(invoice) == 37_500
        assert till.count("select count(*) from payment_captures") == 1

    def test_it_tells_of_a_second_capture_of_what_is_done(self, till: Till) -> None:
        wish, invoice = approved(till)
        till.settle(2)
        order = till.intent(wish).order_id
        assert order is not None
        till.faults(ignore_ids=True, silent=True)
        till.provider.capture(uuid4(), order)
        second = list(till.book.captures)[-1]
        body = event(wish, resource={"id": second, "custom_id": wish.hex})
        till.notify(body, signed(till.book, body))
        till.settle(2)
        assert till.booked(invoice) == 37_500
        assert till.count("select count(*) from events where topic = 'invoice.credit_opened'") == 1

    def test_after_the_intent_ended_it_is_only_asked_about(self, till: Till) -> None:
        client, invoice = till.invoice()
        wish = till.wants(client, invoice)
        till.turn()
        till.later(hours=4).turn()
        assert till.intent(wish).state == "ended"
        till.faults(silent=True)
        till.approve(wish)
        body = event(wish, event_type="CHECKOUT.ORDER.APPROVED")
        till.notify(body, signed(till.book, body))
        assert till.intent(wish).told
        till.settle(3)
        found = till.intent(wish)
        assert (found.state, found.outcome, found.told) == ("ended", "not_approved", False)
        assert (till.booked(invoice), len(till.book.captures)) == (0, 0)
