"""Over 200 payloads in names, texts, wordings and file names: no header, recipient or script more (T13)."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from email import policy
from email.message import EmailMessage
from email.parser import BytesParser
from html.parser import HTMLParser
from itertools import product
from uuid import UUID, uuid4

import pytest

from aggregates.client.events import Language, MailWritten
from aggregates.client.preferences.events import Channel, PreferenceChosen
from aggregates.kernel import Role
from aggregates.mailing.events import TemplateKey, TemplateTested
from aggregates.mailing.state import template_id
from schema.files import Files
from tests.aggregates.test_mailings import to_audience
from tests.processors.post import Post
from tests.support.builders import dossier_created, envelope
from tests.support.write_side import ADMIN, OFFICE, VAULT

pytestmark = pytest.mark.rule("T13")
NOW = datetime(2026, 12, 2, 15, tzinfo=UTC)
_BREAKS = ("\r\n", "\n", "\r", "\u2028", "\u0085", "\x0b", "\x00", "%0d%0a", "=0D=0A", "\r\n ")
_HEADERS = (
    "Bcc: victim@example.net",
    "To: victim@example.net",
    "X-Injected: yes",
    "Content-Type: text/html\r\n\r\n<script>alert(1)</script>",
    "Reply-To: thief@example.net",
    "\r\n.\r\nMAIL FROM:<thief@example.net>\r\nRCPT TO:<victim@example.net>\r\nDATA\r\n\r\nx\r\n.",
)
_SCRIPTS = (
    "<script>alert(1)</script>",
    "<img src=x onerror=alert(1)>",
    "<svg/onload=alert(1)>",
    '"><script>alert(1)</script>',
    "' onmouseover='alert(1)",
    "javascript:alert(1)",
    'http://example.net/"onmouseover="alert(1)',
    "https://example.net/'><script>alert(1)</script>",
    "<a href=javascript:alert(1)>x</a>",
    "<style>*{background:url(http://example.net)}</style>",
    "<iframe src=http://example.net></iframe>",
    "<meta http-equiv=refresh content='0;url=http://example.net'>",
    "</p></body><body onload=alert(1)>",
    "<!--><script>alert(1)</script>-->",
    "&lt;script&gt;alert(1)&lt;/script&gt;",
    "<scr\u0000ipt>alert(1)</scr\u0000ipt>",
    "＜script＞alert(1)＜/script＞",
    "<base href=http://example.net>",
    "<form action=http://example.net><input name=p>",
    "<object data=http://example.net></object>",
)
_WORDS = (
    "{{7*7}}",
    "${7*7}",
    "{prix}{solde}",
    "{cher.__class__}",
    "{0}",
    "%s%n",
    "=?utf-8?b?PHNjcmlwdD4=?=",
    "=?utf-8?q?=0D=0ABcc=3A_victim=40example.net?=",
    "a@example.net, b@example.net",
    "victim@example.net",
    "<victim@example.net>",
    "\u202egnp.exe",
    "../../etc/passwd",
    "'; drop table outbox; --",
    "É" * 300,
)
PAYLOADS = [
    *(f"Éloïse{line}{header}" for line, header in product(_BREAKS, _HEADERS)),
    *(f"Éloïse {script}" for script in _SCRIPTS),
    *(f"{script}{line}{script}" for script, line in product(_SCRIPTS, _BREAKS[:6])),
    *_WORDS,
]
_ONCE = {
    "From",
    "To",
    "Reply-To",
    "Subject",
    "Date",
    "Message-ID",
    "Auto-Submitted",
    "MIME-Version",
    "Content-Type",
    "List-Unsubscribe",
    "List-Unsubscribe-Post",
}
_ADDED_BY_THE_SERVER = {"X-Peer", "X-MailFrom", "X-RcptTo"}
_ONE_OF = {"html", "head", "title", "style", "body", "div"}
_HARMLESS = {"meta", "table", "tr", "td", "p", "a", "br", "hr", "ul", "li", "strong", *_ONE_OF}
_LOOKS = {"style", "class", "role", "width", "align", "cellpadding", "cellspacing"}
_OF_A_TAG = {"a": {"href"}, "html": {"lang"}, "meta": {"charset", "name", "content"}}


class _Live(HTMLParser):
    """What a mail program would do more than show words and follow a link that is clicked."""

    def __init__(self) -> None:
        super().__init__()
        self.found: list[str] = []
        self.seen: set[str] = set()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag not in _HARMLESS or (tag in _ONE_OF and tag in self.seen):
            self.found.append(tag)
        self.seen.add(tag)
        for name, value in attrs:
            text = value or ""
            wrong_link = name == "href" and not text.startswith(("http://", "https://"))
            if name not in _OF_A_TAG.get(tag, set()) | _LOOKS or wrong_link or "url(" in text:
                self.found.append(f"{tag} {name}={value}")


def faults(mail: EmailMessage, recipients: list[str], meant_for: str) -> Iterator[str]:
    """Headers, recipients, parts and live elements too many."""
    names = list(mail.keys())
    yield from (name for name in names if name not in _ONCE | _ADDED_BY_THE_SERVER or names.count(name) > 1)
    if recipients != [meant_for] or mail["To"] != meant_for:
        yield f"recipients {recipients}"
    if mail.defects:
        yield f"defects {mail.defects}"
    parts = [part.get_content_type() for part in mail.walk()]
    if parts != ["multipart/alternative", "text/plain", "text/html"]:
        yield f"parts {parts}"
    html = mail.get_body(("html",))
    live = _Live()
    live.feed(str(html.get_content()) if html is not None else "")
    yield from live.found


class TestTheDetector:
    """It finds what a careless portal would send."""

    def naive(self, subject: str, html: str) -> EmailMessage:
        raw = (
            f"From: ecole@example.com\r\nTo: eloise@example.com\r\nSubject: {subject}\r\n"
            'Content-Type: multipart/alternative; boundary="b"\r\n\r\n'
            "--b\r\nContent-Type: text/plain\r\n\r\nx\r\n"
            f"--b\r\nContent-Type: text/html\r\n\r\n<html><body>{html}</body></html>\r\n--b--\r\n"
        )
        parsed = BytesParser(policy=policy.default).parsebytes(raw.encode())
        assert isinstance(parsed, EmailMessage)
        return parsed

    def test_a_clean_mail_has_no_fault(self) -> None:
        mail = self.naive("Bonjour", "<p>x</p>")
        assert list(faults(mail, ["eloise@example.com"], "eloise@example.com")) == []

    def test_each_kind_is_found(self) -> None:
        to = "eloise@example.com"
        assert list(faults(self.naive("x\r\nBcc: victim@example.net", "<p>x</p>"), [to], to)) == ["Bcc"]
        assert list(faults(self.naive("x", "<p>x</p>"), [to, "victim@example.net"], to))
        live = [s for s in _SCRIPTS if list(faults(self.naive("x", f"<p>{s}</p>"), [to], to))]
        assert len(live) >= 12


def test_there_are_enough() -> None:
    assert len({p for p in PAYLOADS if "\x00" not in p}) >= 200


def test_in_a_clients_name_put_into_a_mailing(post: Post) -> None:
    post.school.now(NOW)
    post.school.employ(OFFICE.user, roles=(Role.OFFICE,))
    # PostgreSQL stores no NUL in text, and commands take none.
    named = {uuid4(): payload for payload in PAYLOADS if "\x00" not in payload}
    for client, payload in named.items():
        opened = dossier_created(
            client, first_name=payload, last_name=payload, email=f"{client}@example.com", form_of_address=None
        )
        yes = PreferenceChosen(channel=Channel.EMAIL, allowed=True, wording="1")
        post.log.given((client, opened), (client, yes))
    mailing = uuid4()
    composed = to_audience(
        person=mailing,
        author=OFFICE.user,
        recipients=tuple(named),
        subject="{prenom_client} {nom_client}",
        text="{cher} {prenom_client} {nom_client},\n\nhttps://example.com/{prenom_client}",
        announces=None,
        attachments=(),
    )
    post.log.given((mailing, composed))
    post.round()
    addresses = {f"{client}@example.com" for client in named}
    assert nothing_found(post, {to: to for to in addresses}) == len(named)


def test_in_a_subject_a_text_and_a_files_name(post: Post) -> None:
    post.school.employ(OFFICE.user, roles=(Role.OFFICE,))
    client = post.school.client(email="eloise@example.com")
    files = Files(post.school.side.pool, VAULT)
    for payload in PAYLOADS:
        if "{prix}" in payload:  # refused when it is written: such a mail knows no prices
            continue
        file = uuid4()
        files.keep(file, b"%PDF-", name=payload, media="application/pdf", owner=the(OFFICE.user), at=NOW)
        written = MailWritten(
            person=client,
            author=the(OFFICE.user),
            subject=payload,
            text=payload,
            attachments=(file,),
            image=None,
            image_last=False,
        )
        post.log.given((client, written))
    post.react_and_deliver()
    assert nothing_found(post, {"eloise@example.com": "eloise@example.com"}) == len(PAYLOADS) - 1


def test_in_a_wording(post: Post) -> None:
    post.school.employ(ADMIN.user, roles=(Role.ADMIN,))
    client, admin = post.school.client(), the(ADMIN.user)
    for payload in PAYLOADS:
        tried = TemplateTested(
            key=TemplateKey.DOSSIER_REMOVED,
            language=Language.FR,
            subject=payload,
            body=payload,
            client=client,
            author=admin,
        )
        stream = template_id(TemplateKey.DOSSIER_REMOVED)
        post.log.given((stream, tried), around=envelope(user=admin, role=Role.ADMIN))
    post.react_and_deliver()
    own = f"{admin}@example.com"
    assert nothing_found(post, {own: own}) == len(PAYLOADS)


def nothing_found(post: Post, meant: dict[str, str]) -> int:
    """How many mails arrived, none of them with a fault."""
    for mail, recipients in zip(post.sink.mails, post.sink.recipients, strict=True):
        to = meant[recipients[0]]
        assert list(faults(mail, recipients, to)) == [], mail["Subject"]
    states = post.connection.execute("select distinct state, error from outbox").fetchall()
    assert states == [("sent", None)]
    return len(post.sink.mails)


def the(user: UUID | None) -> UUID:
    assert user is not None
    return user
