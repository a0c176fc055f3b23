"""What a message that came back is taken for, and that no message, however made, takes long (COM-10, T13)."""

from __future__ import annotations

import time
from uuid import UUID, uuid4

import pytest

from aggregates.client.missed_mails.events import UndeliveredReason
from processors.runtime.return_path import ReturnPaths
from processors.runtime.returned import read
from processors.runtime.undelivered import reason_of_reply
from tests.support import returned_mails as made
from tests.support.write_side import VAULT

pytestmark = pytest.mark.rule("COM-10")
PATHS = ReturnPaths("rebonds@example.com", VAULT)
MAIL = UUID("5f0c6f0e-8f57-5d4c-9a2e-0f6f3f9b7a11")
SENT = made.Mail(PATHS.of(MAIL), f"<{MAIL}@example.com>")
R = UndeliveredReason


def verdict(raw: bytes) -> tuple[UndeliveredReason | None, str | None]:
    found = read(raw, return_paths=PATHS, domain="example.com")
    return found.reason, found.status


REPORTS = [
    ("5.1.1", R.BAD_ADDRESS),
    ("5.1.2", R.BAD_ADDRESS),
    ("5.1.10", R.BAD_ADDRESS),
    ("5.2.1", R.BAD_ADDRESS),
    ("5.4.4", R.BAD_ADDRESS),
    ("5.2.2", R.MAILBOX_FULL),
    ("5.7.1", R.REFUSED_AS_SPAM),
    ("5.7.26", R.REFUSED_AS_SPAM),
    ("5.1.8", R.REFUSED),  # the sender's address, not the recipient's
    ("5.3.4", R.REFUSED),
    ("4.4.7", R.GAVE_UP),
]


@pytest.mark.parametrize(("status", "reason"), REPORTS)
def test_a_report_says_why(status: str, reason: UndeliveredReason) -> None:
    assert verdict(made.report(SENT, status)) == (reason, status)


@pytest.mark.parametrize("action", ["delayed", "delivered", "relayed", "expanded"])
def test_a_report_of_a_delay_or_of_success_is_no_bounce(action: str) -> None:
    assert verdict(made.report(SENT, "4.4.1", action=action)) == (None, None)
    assert verdict(made.report(SENT, "4.4.1"))[0] is R.GAVE_UP, "the control"


def test_a_status_that_says_nothing_is_made_out_from_the_servers_words() -> None:
    assert verdict(made.report_of_two_blocks(SENT)) == (R.BAD_ADDRESS, "5.1.10")
    assert verdict(made.report(SENT, "5.0.0", diagnostic="smtp; 550 no")) == (R.REFUSED, "5.0.0")


def test_servers_that_write_no_report_are_understood() -> None:
    assert verdict(made.qmail(SENT)) == (R.BAD_ADDRESS, "5.1.1")
    assert verdict(made.qmail(SENT, "5.7.1")) == (R.REFUSED_AS_SPAM, "5.7.1")


@pytest.mark.parametrize(
    "header", ["Auto-Submitted: auto-replied", "Precedence: auto_reply", "X-Autoreply: yes"]
)
def test_who_is_away_has_got_the_mail(header: str) -> None:
    assert verdict(made.away(SENT, header)) == (None, None)


def test_a_receipt_says_that_it_was_read() -> None:
    receipt = made.report(SENT).replace(b"delivery-status", b"disposition-notification")
    assert (
        verdict(receipt.replace(b"Action: failed\r\n", b"Disposition: automatic; displayed\r\n"))[0] is None
    )


def test_what_nobody_understands_is_for_people() -> None:
    assert verdict(made.letter(SENT)) == (R.UNREADABLE, None)
    assert verdict(made.away(SENT, "X-Nothing: 1"))[0] is R.UNREADABLE, "the control of the automatic ones"


def mails(raw: bytes) -> tuple[UUID, ...]:
    return read(raw, return_paths=PATHS, domain="example.com").mails


def test_the_mail_is_named_by_the_address_that_it_came_to_else_by_its_message_id() -> None:
    other = f"<{uuid4()}@example.com>"
    assert mails(made.report(made.Mail(SENT.back, other)))[0] == MAIL
    assert mails(made.report(made.Mail("rebonds@example.com", SENT.message_id))) == (MAIL,)
    assert mails(made.report(made.Mail(SENT.back.upper(), "<x@y>"))) == (MAIL,)
    assert mails(made.report(made.Mail("rebonds@example.com", f"<{MAIL}@elsewhere.example>"))) == ()


def test_nobody_makes_an_address_but_us() -> None:
    name, _, domain = SENT.back.partition("@")
    last = "a" if name[-1] != "a" else "b"
    for address in (
        f"{name[:-1]}{last}@{domain}",
        f"{name}@elsewhere.example",
        f"rebonds+{'a' * 40}@{domain}",
        f"rebonds+{'1' * 40}@{domain}",
        f"rebonds@{domain}",
        "",
    ):
        assert PATHS.mail_of(address) is None, address
    assert PATHS.mail_of(SENT.back) == MAIL, "the control"
    assert len(name) <= 64


HOSTILE = {
    "nothing": b"",
    "nested": made.nested(SENT, 5_000),
    "parts": made.many_parts(SENT, 60_000),
    "one line": b"To: " + b"(" * 3_000_000,
    "addresses": b"To: " + b"a@b," * 1_000_000 + b"\r\n\r\n",
    "ids": b"".join(b"<%b@example.com>" % str(uuid4()).encode() for _ in range(20_000)),
    "boundary": b'Content-Type: multipart/report; boundary="' + b"b" * 90_000 + b'"\r\n\r\n--b\r\n',
    "zeros": bytes(2_000_000),
    "base64": b"Content-Transfer-Encoding: base64\r\nContent-Type: text/plain\r\n\r\n" + b"=" * 1_000_000,
    "charset": b"Content-Type: text/plain; charset=no\r\nSubject: =?x?q?" + b"=41" * 40_000 + b"?=\r\n\r\nx",
    "actions": b"Action: failed\r\nStatus: " + b"5." * 100_000 + b"\r\n\r\n",
    "code points": "\u202e\x00\ud7ff".encode() * 100_000,
}


@pytest.mark.rule("T13")
@pytest.mark.parametrize("raw", HOSTILE.values(), ids=HOSTILE)
def test_no_message_stops_the_reader_or_takes_it_long(raw: bytes) -> None:
    begun = time.process_time()
    found = read(raw, return_paths=PATHS, domain="example.com")
    assert time.process_time() - begun < 2
    assert len(found.mails) <= 50
    assert found.reason is None or found.reason in UndeliveredReason


def test_a_report_after_so_much_text_that_nobody_looks_further_is_for_people() -> None:
    raw = made.report(SENT)
    late = raw.replace(b"This is the relay.", b"x" * 70 + b"\r\n" * 200_000, 1)
    assert verdict(raw)[0] is R.BAD_ADDRESS
    found = read(late, return_paths=PATHS, domain="example.com")
    assert (found.mails, found.reason) == ((MAIL,), R.UNREADABLE)


REPLIES = [
    (550, "5.1.1 no such user", True, R.BAD_ADDRESS),
    (550, "no such user", True, R.BAD_ADDRESS),
    (550, "5.7.1 blocked", True, R.REFUSED_AS_SPAM),
    (550, "content refused", False, R.REFUSED),
    (552, "over quota", True, R.MAILBOX_FULL),
    (552, "5.3.4 too big", False, R.REFUSED),
    (554, "no", False, R.REFUSED),
    (554, "5.7.1 spam", False, R.REFUSED_AS_SPAM),
]


@pytest.mark.parametrize(("code", "text", "at_recipient", "reason"), REPLIES)
def test_a_refusal_says_why(code: int, text: str, at_recipient: bool, reason: UndeliveredReason) -> None:
    assert reason_of_reply(code, text, at_recipient=at_recipient) is reason
