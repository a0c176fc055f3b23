"""Between the portal and the mail server: trust, refusals, headers that hold only what was meant (T13)."""

from __future__ import annotations

import ssl
from datetime import UTC, datetime, timedelta
from email import policy
from email.parser import BytesParser
from ipaddress import ip_address
from pathlib import Path
from uuid import UUID, uuid4

import pytest
from aiosmtpd.smtp import AuthResult
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

from processors.runtime.delivery import MOST_TRIES, pause_after
from processors.runtime.letters import Letter
from processors.runtime.mail_server import BadAddressError, MailServer, single
from tests.processors.post import Post
from tests.support.builders import activity_added, dossier_created, registered, workshop_planned
from tests.support.mail_server import mail_server

AT = datetime(2026, 11, 24, 15, tzinfo=UTC)
ENDS = ("\r", "\n", "\r\n", "\x00", "\x0b", "\x0c", "\x1c", "\x1d", "\x1e", "\x85", "\u2028", "\u2029")
INTENTS = (
    "Bcc: victim@example.com",
    "Cc: victim@example.com",
    "To: victim@example.com",
    "Reply-To: victim@example.com",
    "From: victim@example.com",
    "Subject: other",
    "Content-Type: text/html",
    "X-Extra: 1",
    " folded",
    ".\r\nMAIL FROM:<victim@example.com>",
)
PAYLOADS = [f"Léa{end}{intent}" for end in ENDS for intent in INTENTS]
STORABLE = [payload for payload in PAYLOADS if "\x00" not in payload]
"""PostgreSQL holds no NUL in a text."""
HEADERS = [
    "From",
    "To",
    "Reply-To",
    "Subject",
    "Date",
    "Message-ID",
    "Auto-Submitted",
    "MIME-Version",
    "Content-Type",
]


def a_mail(post: Post) -> UUID:
    """One confirmation waiting for its worker."""
    post.school.registration(post.school.client(), post.school.activity())
    post.react()
    (id_,) = post.woken
    post.woken.clear()
    return id_


def states(post: Post) -> list[tuple[str, str | None, int]]:
    return post.connection.execute("select state, error, attempts from outbox").fetchall()


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Key and certificate of a server on loopback, signed by itself."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "127.0.0.1")])
    now = datetime.now(UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.IPAddress(ip_address("127.0.0.1"))]), False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), True)
        .sign(key, hashes.SHA256())
    )
    path = tmp_path_factory.mktemp("tls") / "server.pem"
    clear = serialization.NoEncryption()
    pem = serialization.Encoding.PEM
    path.write_bytes(
        key.private_bytes(pem, serialization.PrivateFormat.PKCS8, clear) + made.public_bytes(pem)
    )
    return path


@pytest.fixture
def identity(certificate: Path) -> ssl.SSLContext:
    """What the server shows."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate)
    return context


def knows(_server: object, _session: object, _envelope: object, _way: str, given: object) -> AuthResult:
    password = getattr(given, "password", b"")
    return AuthResult(success=password == b"right", handled=password == b"right")


@pytest.mark.rule("COM-1")
@pytest.mark.parametrize("scheme", ["smtp", "smtps"])
def test_a_server_whose_certificate_nobody_vouches_for_gets_nothing(
    post: Post, identity: ssl.SSLContext, scheme: str
) -> None:
    id_ = a_mail(post)
    way = {"tls_context": identity} if scheme == "smtp" else {"ssl_context": identity}
    with mail_server(authenticator=knows, auth_require_tls=scheme == "smtp", **way) as sink:
        post.delivery_to(f"{scheme}://ecole:right@{sink.url[7:]}").deliver(id_)
        assert not sink.mails
    assert states(post) == [("to_send", "SSLCertVerificationError", 1)]


@pytest.mark.rule("COM-1")
def test_a_refused_log_in_fails_no_mail_and_the_right_one_sends_it(
    post: Post, identity: ssl.SSLContext, certificate: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SSL_CERT_FILE", str(certificate))
    id_ = a_mail(post)
    with mail_server(authenticator=knows, tls_context=identity, auth_required=True) as sink:
        post.delivery_to(f"smtp://ecole:wrong@{sink.url[7:]}").deliver(id_)
        assert states(post) == [("to_send", "smtp_535", 1)]
        post.due_now()
        post.delivery_to(f"smtp://ecole:right@{sink.url[7:]}").deliver(id_)
        assert len(sink.mails) == 1
    assert states(post) == [("sent", None, 2)]


@pytest.mark.rule("COM-1")
def test_a_sender_refused_by_a_server_in_trouble_is_tried_again(post: Post) -> None:
    id_ = a_mail(post)
    post.sink.mail_answers.append("550 not today")
    post.delivery.deliver(id_)
    assert states(post) == [("to_send", "smtp_550", 1)]


@pytest.mark.rule("COM-1")
def test_a_mail_comes_back_from_a_recipient_the_server_does_not_know(post: Post) -> None:
    id_ = a_mail(post)
    post.sink.rcpt_answers.append("550 no such user")
    post.delivery.deliver(id_)
    assert states(post) == [("bounced", "smtp_550", 1)]


@pytest.mark.rule("COM-1")
def test_a_recipient_on_a_grey_list_is_tried_again(post: Post) -> None:
    id_ = a_mail(post)
    post.sink.rcpt_answers.append("450 greylisted")
    post.delivery.deliver(id_)
    post.redrive()
    assert states(post) == [("sent", None, 2)]


@pytest.mark.rule("COM-3")
def test_a_mail_that_was_taken_is_not_sent_again_because_the_good_bye_went_wrong(post: Post) -> None:
    id_ = a_mail(post)
    post.sink.quit_answers.append("421 too busy to say good-bye")
    post.delivery.deliver(id_)
    post.redrive()
    assert states(post) == [("sent", None, 1)]
    assert len(post.sink.mails) == 1


@pytest.mark.rule("COM-1")
def test_after_eight_tries_a_mail_stands_as_failed(post: Post) -> None:
    id_ = a_mail(post)
    for _ in range(MOST_TRIES):
        post.sink.answers.append("451 try later")
        post.due_now()
        post.delivery.deliver(id_)
    assert states(post) == [("failed", "smtp_451", MOST_TRIES)]
    assert post.due() == []
    assert not post.sink.mails


def test_the_pauses_between_tries_grow_to_nine_hours_in_all() -> None:
    pauses = [pause_after(tried) for tried in range(1, MOST_TRIES)]
    assert pauses == sorted(pauses)
    assert pauses[0] == 30
    assert 8 * 3_600 < sum(pauses) < 10 * 3_600


@pytest.mark.rule("COM-1")
def test_a_mail_that_kills_each_worker_is_given_up_after_eight(post: Post) -> None:
    id_ = a_mail(post)
    post.connection.execute(
        "update outbox set state = 'claimed', lease = gen_random_uuid(), attempts = %s,"
        " lease_until = now() - interval '1 s'",
        (MOST_TRIES,),
    )
    assert post.due() == [id_]
    post.delivery.deliver(id_)
    assert states(post) == [("failed", "gave_up", MOST_TRIES + 1)]
    assert post.due() == []


@pytest.mark.rule("T13")
def test_no_payload_in_a_name_adds_a_header_or_a_recipient(post: Post) -> None:
    """Both mails of each registration carry the client's name: 220 mails."""
    activity, workshop = uuid4(), uuid4()
    note = "Salle 3\r\nBcc: victim@example.com"
    post.log.given((activity, activity_added("Écoute\u2028Bcc: victim@example.com", note=note)))
    post.log.given((workshop, workshop_planned(activity=activity, place_note=note, practical_note=note)))
    for n, payload in enumerate(STORABLE):
        client = uuid4()
        who = dossier_created(client, first_name=payload, last_name=payload, email=f"c{n}@example.com")
        post.log.given((client, who), (client, registered(uuid4(), activity=activity, workshop=workshop)))
    post.react_and_deliver()
    assert {state for _, state, _ in post.outbox()} == {"sent"}
    assert len(post.sink.mails) == 2 * len(STORABLE)
    for mail, recipients in zip(post.sink.mails, post.sink.recipients, strict=True):
        assert mail.keys() == HEADERS
        assert recipients == [mail["To"]]
        assert mail["From"] == "ecole@example.com"
        assert "victim" not in f"{mail['To']}{mail['Reply-To']}"
        assert mail["Message-ID"].endswith("@example.com>")
        assert not mail.defects


@pytest.mark.rule("T13")
@pytest.mark.parametrize("payload", PAYLOADS)
def test_no_payload_in_a_subject_adds_a_header(payload: str) -> None:
    letter = Letter("lea@example.com", "ecole@example.com", payload, payload, "fr")
    sent = MailServer("smtp://127.0.0.1", "ecole@example.com").message(uuid4(), letter, AT).as_bytes()
    read = BytesParser(policy=policy.default).parsebytes(sent)
    assert [name for name in read if name not in HEADERS] == []
    assert sorted(read.keys()) == sorted(HEADERS)


@pytest.mark.rule("T13")
def test_a_header_that_slipped_in_would_be_seen() -> None:
    slipped = BytesParser(policy=policy.default).parsebytes(b"Subject: L\r\nBcc: victim@example.com\r\n\r\n")
    assert [name for name in slipped if name not in HEADERS] == ["Bcc"]


@pytest.mark.rule("T13")
@pytest.mark.parametrize(
    "address",
    [
        "a@example.com, victim@example.com",
        "a@example.com;victim@example.com",
        "a@example.com victim@example.com",
        "<a@example.com>",
        "a@example.com\r\nBcc: victim@example.com",
        "a@example.com\x00",
        "a@example.com\x85",
        "a@example.com\u2028Bcc: victim@example.com",
        "A <a@example.com>",
        "a@",
        "@example.com",
        "nobody",
        "",
    ],
)
def test_what_is_not_exactly_one_address_is_refused(address: str) -> None:
    with pytest.raises(BadAddressError):
        single(address)
    server = MailServer("smtp://127.0.0.1", "ecole@example.com")
    with pytest.raises(BadAddressError):
        server.message(uuid4(), Letter(address, "a@example.com", "s", "t", "fr"), AT)
    with pytest.raises(BadAddressError):
        server.message(uuid4(), Letter("a@example.com", address, "s", "t", "fr"), AT)


def test_a_domain_with_accents_is_written_as_every_server_takes_it() -> None:
    assert single("lea@école.example").addr_spec == "lea@xn--cole-9oa.example"


@pytest.mark.rule("COM-1")
def test_a_bad_address_fails_at_once_and_says_so(post: Post) -> None:
    activity = post.school.activity()
    client = uuid4()
    who = dossier_created(client, email="a@example.com, victim@example.com")
    post.log.given((client, who), (client, registered(uuid4(), activity=activity)))
    post.react_and_deliver()
    assert post.outbox() == [("registration_confirmed", "failed", "bad_address")]
    assert not post.sink.mails
