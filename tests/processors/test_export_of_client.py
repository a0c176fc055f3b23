"""A client's data handed over: each seeded token once per place, staff's words after review (T27, AUD-4)."""

from __future__ import annotations

import time
from datetime import UTC, datetime, timedelta
from uuid import UUID

import orjson
import pytest

from aggregates.client.events import NoteKind
from aggregates.client.preferences.events import Channel
from aggregates.client.state import CLIENT
from aggregates.invoice.payments.events import PaymentMethod
from aggregates.kernel import Currency, Money, Role
from commands.access import Principal
from commands.clients.ask_price_adjustment import AskPriceAdjustment
from commands.clients.attach_document import AttachDocument
from commands.clients.record_preference import RecordPreference
from commands.clients.set_billing import SetBilling
from commands.clients.write_note import WriteNote
from commands.clients.write_to_client import WriteToClient
from commands.paying import Typed
from commands.payments.note_payment import NotePayment, Part
from commands.registrations.cancel_registration import CancelRegistration
from commands.registrations.reject_proof import RejectProof
from commands.staff.add_staff import AddStaff
from processors.runtime.links import EXPORT_HOURS
from tests.processors.handing_over import door, prepared, unpacked
from tests.processors.post import Post
from tests.support.desk import Page
from tests.support.http import Door
from tests.support.write_side import ADMIN

pytestmark = pytest.mark.rule("T27")
__all__ = ["door"]
NOW = datetime(2026, 11, 2, 15, tzinfo=UTC)
STAFF_ONLY = {
    "accounting": "jeton-note-comptable",
    "trainer": "jeton-note-animation",
    "general": "jeton-note",
}
NUMBER = "jeton-0412"
INTERNAL = "jeton-rajustement"
ONCE_READ = {"cheque": "jeton-cheque", "comment": "jeton-commentaire"}
"""What stands at a payment: the drawer's name and a comment may be about somebody else (decision 0087)."""
ONCE = {
    "street": "jeton-rue",
    "source": "jeton-source",
    "billing address": "jeton-facturation-adresse",
    "proof": "jeton-refus",
    "cancellation": "jeton-annulation",
    "document": "jeton-document",
    "mail": "jeton-texte-du-courriel",
}
"""Values that stand once wherever they do: among documents, on an invoice, in a mail."""
OFTEN = {"last_name": "Jetonnom", "email": "jeton-courriel@example.com", "billing": "Jeton-Coopérative"}
"""Values that mails, invoices and the dossier repeat."""

ALL = ONCE | ONCE_READ | OFTEN | STAFF_ONLY | {"internal": INTERNAL}


def seeded(post: Post, last_name: str, tokens: dict[str, str]) -> UUID:
    """Somebody with a token in every field, note, file name and mail."""
    school = post.school
    school.now(NOW)
    ida = AddStaff(name="Ida Roy", email=f"ida.{last_name}@example.com", roles=(Role.OFFICE,))
    author = Principal(school.send(ida, ADMIN).made["staff"], frozenset({Role.OFFICE}), Role.OFFICE)
    client = school.client(last_name=last_name, email=f"{tokens['email']}", street=tokens["street"])
    activity = school.activity()
    kept = school.registration(client, activity, discount=school.discount())
    school.send(SetBilling(client=client, name=tokens["billing"], address=tokens["billing address"]))
    gone = school.registration(client, school.activity("Autonomie"))
    school.send(CancelRegistration(client=client, registration=gone, note=tokens["cancellation"]))
    cheque = Typed(
        method=PaymentMethod.CHEQUE, number=NUMBER, drawer=tokens["cheque"], comment=tokens["comment"]
    )
    amount = Money(minor=4_000, currency=Currency.CAD)
    school.send(NotePayment(payment=cheque, parts=(Part(client=client, registration=kept, amount=amount),)))
    paper = school.upload(
        name=f"{tokens['document']}.pdf", content=b"%PDF-1.7 " + tokens["document"].encode()
    )
    school.send(AttachDocument(client=client, file=paper, registration=kept))
    school.send(RejectProof(client=client, registration=kept, document=paper, reason=tokens["proof"]))
    no = RecordPreference(client=client, channel=Channel.POST, allowed=False, source=tokens["source"])
    school.send(no)
    for kind in NoteKind:
        version = school.side.store.load([CLIENT.at(client)])[0].version
        school.send(WriteNote(client=client, kind=kind, seen_version=version, text=tokens[kind.value]))
    school.send(AskPriceAdjustment(client=client, activity=activity, reason=tokens["internal"]))
    school.send(WriteToClient(client=client, subject="Bonjour", text=tokens["mail"]), author)
    post.react_and_deliver()
    return client


def link_of(door: Door, client: UUID, *reviewed: str) -> str:
    """Office reads what the staff wrote, ticks some of it, and makes the link."""
    return prepared(door, client, *reviewed, shown=(*STAFF_ONLY.values(), INTERNAL, *ONCE_READ.values()))


def test_every_token_is_handed_over_once_per_place_and_no_one_elses(post: Post, door: Door) -> None:
    tokens = ALL
    client = seeded(post, OFTEN["last_name"], tokens)
    foreign = {name: f"autre-{n}@example.com" for n, name in enumerate(tokens)}
    seeded(post, "Autre", foreign)
    started = time.monotonic()
    files = unpacked(door.http.get(link_of(door, client, *STAFF_ONLY, "internal", "payments")))
    assert time.monotonic() - started < 300
    dossier = files["dossier.json"].decode()
    page, events = files["LISEZ-MOI.html"].decode(), files["evenements.json"].decode()
    places = {name: orjson.dumps(part).decode() for name, part in orjson.loads(dossier).items()}
    for what, token in (ONCE | ONCE_READ | {"number": NUMBER}).items():
        found = {name: part.count(token) for name, part in places.items() if token in part}
        assert set(found.values()) == {1}, (what, found)
        assert token in page, what
        assert token in events, "what was once told stands in the history"
    for token in (*OFTEN.values(), *STAFF_ONLY.values()):
        assert token in dossier
        assert token in page
    for token in (*STAFF_ONLY.values(), INTERNAL):
        assert token in events
    (paper,) = [content for name, content in files.items() if name.startswith("documents/")]
    assert paper == b"%PDF-1.7 " + ONCE["document"].encode()
    assert sum(name.startswith("factures/") for name in files) == 2
    assert orjson.loads(dossier)["client"]["last_name"] == OFTEN["last_name"]
    everything = b"".join(files.values()).decode("utf-8", "replace")
    assert not [token for token in foreign.values() if token in everything]


def test_staffs_words_stay_unless_they_were_reviewed(post: Post, door: Door) -> None:
    client = seeded(post, OFTEN["last_name"], ALL)
    files = unpacked(door.http.get(link_of(door, client, "trainer")))
    everything = b"".join(content for name, content in files.items() if not name.endswith(".pdf")).decode()
    assert STAFF_ONLY["trainer"] in everything
    for hidden in (STAFF_ONLY["accounting"], INTERNAL):
        assert hidden not in everything


def test_who_drew_a_cheque_is_named_once_it_was_read_or_is_the_client(post: Post, door: Door) -> None:
    client = seeded(post, OFTEN["last_name"], ALL)
    school = post.school
    bought = school.sold(client, school.activity("Oser être soi"), red_flag_confirmed=True)
    own = Typed(
        method=PaymentMethod.CHEQUE, number="0413", drawer="ÉLOÏSE JETONNOM", comment="Encaisser le 15."
    )
    part = Part(client=client, invoice=bought.invoice, amount=Money(minor=5_000, currency=Currency.CAD))
    school.send(NotePayment(payment=own, parts=(part,)))
    post.react()
    page = Page(door, f"/dossiers/{client}/donnees", Role.OFFICE).text
    assert page.count("au nom de quelqu’un d’autre") == 1

    def cheques(*reviewed: str) -> list[tuple[str | None, ...]]:
        held = orjson.loads(unpacked(door.http.get(link_of(door, client, *reviewed)))["dossier.json"])
        payments = [p for invoice in held["invoices"] for p in invoice["payments"]]
        return sorted((p["number"], p.get("drawer"), p.get("comment")) for p in payments)

    assert cheques("internal") == [
        ("0413", "ÉLOÏSE JETONNOM", None),
        (NUMBER, "(une autre personne ; remis sur demande, une fois relu)", None),
    ]
    assert cheques("payments") == [
        ("0413", "ÉLOÏSE JETONNOM", "Encaisser le 15."),
        (NUMBER, ONCE_READ["cheque"], ONCE_READ["comment"]),
    ]
    files = unpacked(door.http.get(link_of(door, client, "internal")))
    told = b"".join(content for name, content in files.items() if not name.endswith(".pdf")).decode()
    assert ONCE_READ["cheque"] not in told, "not in the history either"


@pytest.mark.rule("AUD-4")
def test_the_link_dies_within_a_day_and_each_use_is_in_the_trail(post: Post, door: Door) -> None:
    client = seeded(post, OFTEN["last_name"], ALL)
    link = link_of(door, client)
    assert door.http.get(link).status_code == 200
    assert door.http.get(link[:-2] + "AA").status_code == 404
    trail = door.http.get(f"/api/access-trail?subject={client}", headers=door.as_(Role.ADMIN)).json()["items"]
    assert [(row["role"], row["kind"]) for row in trail] == [
        ("client", "client_export"),
        ("office", "client_export"),
    ]
    post.school.now(NOW + timedelta(hours=EXPORT_HOURS, minutes=5))
    assert door.http.get(link).status_code == 404
    for role in (Role.ORGANISER, Role.ACCOUNTING, Role.AUDITOR):
        page = Page(door, f"/dossiers/{client}", role)
        assert "Remettre ses données" not in page.text
        assert page.http.get(f"/dossiers/{client}/donnees", headers=page.headers).status_code == 403
