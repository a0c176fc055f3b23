"""A token in every text that is kept of a person: the export has each at its place, once (T27).

The places are walked: a new personal text of a dossier or an invoice fails here until it has a token.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any, get_args
from uuid import UUID

import orjson
import pytest

from aggregates.client import events as dossier
from aggregates.client.access.events import EmailChangeAsked
from aggregates.client.documents.events import DocumentAttached
from aggregates.client.events import NoteKind
from aggregates.client.impersonation.events import ImpersonationBegun
from aggregates.client.phases.events import MissingPlaceReported
from aggregates.client.preferences.events import Channel, PreferenceRecorded
from aggregates.client.proofs.events import ProofRejected
from aggregates.client.registrations.events import ExceptionGranted
from aggregates.client.removal.events import DeletionProposed
from aggregates.client.state import CLIENT
from aggregates.invoice import events as invoice
from aggregates.invoice.payments import events as payment
from aggregates.invoice.payments.events import PaymentMethod
from aggregates.invoice.state import INVOICE
from aggregates.kernel import Currency, Fact, Money, Role, personal_fields
from commands.clients.ask_price_adjustment import AskPriceAdjustment
from commands.clients.attach_document import AttachDocument
from commands.clients.begin_impersonation import BeginImpersonation
from commands.clients.change_profile import ChangeProfile
from commands.clients.propose_deletion import ProposeDeletion
from commands.clients.record_contact_address import RecordContactAddress
from commands.clients.record_preference import RecordPreference
from commands.clients.refuse_price_adjustment import RefusePriceAdjustment
from commands.clients.remove_dossier import RemoveDossier
from commands.clients.restore_dossier import RestoreDossier
from commands.clients.set_billing import SetBilling
from commands.clients.write_note import WriteNote
from commands.clients.write_to_client import WriteToClient
from commands.entering.ask_email_change import AskEmailChange
from commands.importing import imported_id
from commands.imports.import_balance import ImportBalance
from commands.imports.import_client import ImportClient
from commands.invoices.address_invoice import AddressInvoice
from commands.paying import Typed
from commands.payments.correct_payment import CorrectPayment
from commands.payments.credit_line import CreditLine
from commands.payments.note_payment import NotePayment, Part
from commands.payments.raise_price import RaisePrice
from commands.payments.withdraw_payment import WithdrawPayment
from commands.registrations.cancel_registration import CancelRegistration
from commands.registrations.register_for_phase import RegisterForPhase
from commands.registrations.reject_proof import RejectProof
from commands.registrations.report_missing_place import ReportMissingPlace
from tests.processors.handing_over import door, prepared, unpacked
from tests.processors.post import Post
from tests.support.http import Door
from tests.support.write_side import ACCOUNTING, OFFICE, Sold, principal

pytestmark = pytest.mark.rule("T27")
__all__ = ["door"]
NOW = datetime(2026, 11, 2, 15, tzinfo=UTC)
SYSTEM = principal(Role.SYSTEM)
Text = tuple[type[Fact], str]
HISTORY = None
"""What was overwritten, or stands nowhere but among what happened."""
CODES = {"country"}
"""Two letters of a list are no token."""
NAMES = {"last_name", "first_name", "name", "address", "email"}
"""Invoices say to whom they go; mails do too, and quote what they tell of."""
REPEATED: dict[Text, Text] = {
    (invoice.InvoiceIssued, "billing_name"): (dossier.BillingSet, "name"),
    (invoice.InvoiceIssued, "billing_address"): (dossier.BillingSet, "address"),
    (invoice.InvoiceTakenOver, "billing_name"): (invoice.InvoiceTakenOver, "billing_name"),
}
"""Copied by a command from where it was typed; the last one from the name of who is taken over."""

PLACES: dict[Text, str | None] = {
    (dossier.DossierCreated, "last_name"): HISTORY,
    (dossier.DossierCreated, "first_name"): HISTORY,
    (dossier.DossierCreated, "postal_code"): HISTORY,
    (dossier.DossierCreated, "email"): HISTORY,
    (dossier.DossierCreated, "telephone"): HISTORY,
    (dossier.DossierCreated, "street"): HISTORY,
    (dossier.DossierCreated, "city"): HISTORY,
    (dossier.DossierCreated, "namesake_reason"): HISTORY,
    (dossier.ProfileChanged, "last_name"): "client",
    (dossier.ProfileChanged, "first_name"): "client",
    (dossier.ProfileChanged, "postal_code"): "client",
    (dossier.ProfileChanged, "email"): "client",
    (dossier.ProfileChanged, "telephone"): "client",
    (dossier.ProfileChanged, "street"): "client",
    (dossier.ProfileChanged, "city"): "client",
    (dossier.ProfileChanged, "namesake_reason"): HISTORY,
    (dossier.DossierRestored, "email"): "client",
    (dossier.DossierRestored, "telephone"): "client",
    (dossier.DossierRestored, "street"): "client",
    (dossier.DossierRestored, "city"): "client",
    (dossier.ContactAddressRecorded, "email"): "contact_address",
    (dossier.ContactAddressRecorded, "via"): "contact_address",
    (dossier.NoteWritten, "text"): "notes",
    (dossier.BillingSet, "name"): "billing",
    (dossier.BillingSet, "address"): "billing",
    (dossier.PriceAdjustmentAsked, "reason"): HISTORY,
    (dossier.PriceAdjustmentRefused, "reason"): HISTORY,
    (dossier.MailWritten, "subject"): "communications",
    (dossier.MailWritten, "text"): "communications",
    (EmailChangeAsked, "email"): HISTORY,
    (PreferenceRecorded, "source"): "preferences",
    (DeletionProposed, "reason"): HISTORY,
    (DocumentAttached, "name"): "documents",
    (ImpersonationBegun, "reason"): HISTORY,
    (MissingPlaceReported, "note"): HISTORY,
    (ExceptionGranted, "reason"): HISTORY,
    (ProofRejected, "reason"): "documents",
    (invoice.InvoiceIssued, "reason"): "invoices",
    (invoice.LineCancelled, "note"): "registrations",
    (invoice.LineCredited, "reason"): "invoices",
    (invoice.InvoiceAddressed, "name"): "invoices",
    (invoice.InvoiceAddressed, "address"): HISTORY,
    (payment.PaymentDescribed, "number"): "invoices",
    (payment.PaymentDescribed, "drawer"): "invoices",
    (payment.PaymentDescribed, "comment"): "invoices",
    (payment.PaymentCorrected, "reason"): HISTORY,
    (payment.PaymentWithdrawn, "reason"): "invoices",
}
"""Where in dossier.json a text is read, besides the event that told it."""


def texts() -> set[Text]:
    """Every personal field of a dossier's or an invoice's facts that holds words."""
    return {
        (fact, name)
        for aggregate in (CLIENT, INVOICE)
        for fact in aggregate.facts
        for name in personal_fields(fact)
        if str in get_args(fact.model_fields[name].annotation) and name not in CODES
    }


def token(fact: type[Fact], name: str) -> str:
    """What is typed there and nowhere else."""
    word = f"{fact.TOPIC}.{name}".replace("_", "-")
    return f"jeton.{word}@example.com" if name == "email" else f"Jeton-{word}-fin"


def tokens(fact: type[Fact], *names: str) -> dict[str, Any]:
    return {name: token(fact, name) for name in names}


@dataclass
class Desk:
    """Who types all of it, and for which clients."""

    post: Post
    clients: list[UUID] = field(default_factory=list)

    @property
    def send(self) -> Any:
        return self.post.school.send

    def version(self, client: UUID) -> int:
        return self.post.school.side.store.load([CLIENT.at(client)])[0].version

    def known(self) -> None:
        """Somebody with a namesake whose every particular changed, with all that may be written of them."""
        school, names = self.post.school, ("last_name", "first_name", "postal_code")
        whole = (*names, "email", "telephone", "street", "city", "namesake_reason")
        for fact in (dossier.DossierCreated, dossier.ProfileChanged):
            school.client(**tokens(fact, *names))
        client = school.client(**tokens(dossier.DossierCreated, *whole))
        self.clients.append(client)
        changed = tokens(dossier.ProfileChanged, *whole) | {"form_of_address": None, "language": "fr"}
        seen = {"client": client, "country": "CA", "seen_version": self.version(client)}
        self.send(ChangeProfile.model_validate(changed | seen, strict=False))
        self.send(SetBilling(client=client, **tokens(dossier.BillingSet, "name", "address")))
        self.send(AskEmailChange(client=client, **tokens(EmailChangeAsked, "email")), SYSTEM)
        said = tokens(PreferenceRecorded, "source")
        self.send(RecordPreference(client=client, channel=Channel.POST, allowed=False, **said))
        self.send(BeginImpersonation(client=client, **tokens(ImpersonationBegun, "reason")))
        school.employ(OFFICE.user, roles=(Role.OFFICE,))
        self.send(WriteToClient(client=client, **tokens(dossier.MailWritten, "subject", "text")))
        self.prices(client)
        self.places(client)
        self.money(client)
        self.written(client)

    def written(self, client: UUID) -> None:
        note: dict[str, Any] = {
            "client": client,
            "kind": NoteKind.TRAINER,
            "seen_version": self.version(client),
        }
        self.send(WriteNote(**note | tokens(dossier.NoteWritten, "text")))

    def prices(self, client: UUID) -> None:
        activity = self.post.school.activity("Plus cher")
        asked = tokens(dossier.PriceAdjustmentAsked, "reason")
        self.send(AskPriceAdjustment(client=client, activity=activity, **asked))
        refused = tokens(dossier.PriceAdjustmentRefused, "reason")
        self.send(RefusePriceAdjustment(client=client, activity=activity, **refused), ACCOUNTING)

    def places(self, client: UUID) -> None:
        school = self.post.school
        phase, activities = school.phase(size=2)
        lost = self.send(RegisterForPhase(client=client, phase=phase)).made["registration-1"]
        self.send(
            CancelRegistration(client=client, registration=lost, **tokens(invoice.LineCancelled, "note"))
        )
        missing = tokens(MissingPlaceReported, "note")
        self.send(ReportMissingPlace(client=client, activity=activities[0], **missing))
        near = school.activity("Demain")
        date = school.workshop(near, starts=NOW + timedelta(days=1))
        school.registration(client, near, date, waive_reason=token(ExceptionGranted, "reason"))
        proved = school.registration(client, school.activity("Prouvé"), discount=school.discount())
        paper = school.upload(name=token(DocumentAttached, "name"))
        self.send(AttachDocument(client=client, file=paper, registration=proved))
        rejected = tokens(ProofRejected, "reason")
        self.send(RejectProof(client=client, registration=proved, document=paper, **rejected))

    def money(self, client: UUID) -> None:
        sold = self.post.school.sold(client, self.post.school.activity("Payé"))
        described = tokens(payment.PaymentDescribed, "number", "drawer", "comment")
        self.noted(sold, **described)
        wrong: dict[str, Any] = {"client": client, "invoice": sold.invoice, "payment": self.noted(sold)}
        less: dict[str, Any] = {
            "method": PaymentMethod.CASH,
            "amount": Money(minor=2_000, currency=Currency.CAD),
        }
        self.send(CorrectPayment(**wrong | less | tokens(payment.PaymentCorrected, "reason")))
        never: dict[str, Any] = {"client": client, "invoice": sold.invoice, "payment": self.noted(sold)}
        self.send(WithdrawPayment(**never | tokens(payment.PaymentWithdrawn, "reason")))
        some = Money(minor=1_000, currency=Currency.CAD)
        line: dict[str, Any] = {"client": client, "invoice": sold.invoice, "line": sold.line, "amount": some}
        self.send(CreditLine(**line | tokens(invoice.LineCredited, "reason")), ACCOUNTING)
        more: dict[str, Any] = {"client": client, "registration": sold.registration, "amount": some}
        self.send(RaisePrice(**more | tokens(invoice.InvoiceIssued, "reason")), ACCOUNTING)
        firm: dict[str, Any] = {"client": client, "invoice": sold.invoice}
        self.send(AddressInvoice(**firm | tokens(invoice.InvoiceAddressed, "name", "address")))

    def noted(self, sold: Sold, **described: str) -> UUID:
        part = Part(
            client=sold.client, invoice=sold.invoice, amount=Money(minor=4_000, currency=Currency.CAD)
        )
        wish = NotePayment(payment=Typed(method=PaymentMethod.CHEQUE, **described), parts=(part,))
        made: UUID = self.send(wish).made["payment-1"]
        return made

    def others(self) -> None:
        """Without e-mail and proposed for deletion; restored; taken over from another system."""
        school = self.post.school
        bare = school.client(email=None)
        address = tokens(dossier.ContactAddressRecorded, "email", "via")
        self.send(RecordContactAddress(client=bare, **address))
        self.send(ProposeDeletion(client=bare, **tokens(DeletionProposed, "reason")))
        back = school.client()
        free = school.discount(percent=100, proof_needed=False)
        school.cancelled(back, school.registration(back, school.activity("Libre"), discount=free))
        self.send(RemoveDossier(client=back), principal(Role.CLIENT, user=back))
        restored = tokens(dossier.DossierRestored, "email", "telephone", "street", "city")
        self.send(RestoreDossier(client=back, country="CA", **restored))
        old: dict[str, Any] = {"source": "ancien", "key": "7", "first_name": "Éloïse", "country": "CA"}
        named = {"last_name": token(invoice.InvoiceTakenOver, "billing_name")}
        self.send(ImportClient(**old | named), SYSTEM)
        owed = {"source": "ancien", "key": "9", "client": "7", "amount": Decimal(120)}
        self.send(ImportBalance.model_validate(owed), SYSTEM)
        taken = imported_id("ancien", "client", "7")
        self.clients += [bare, back, taken]


@pytest.fixture
def handed_over(post: Post, door: Door) -> list[dict[str, Any]]:
    """What each of the clients gets, everything having been read."""
    desk = Desk(post)
    post.school.now(NOW)
    desk.known()
    desk.others()
    post.react_and_deliver()
    found = []
    for client in desk.clients:
        files = unpacked(door.http.get(prepared(door, client, *NoteKind, "internal", "payments")))
        about, events = (orjson.loads(files[f"{name}.json"]) for name in ("dossier", "evenements"))
        found.append({"about": about, "events": events, "page": files["LISEZ-MOI.html"].decode()})
    return found


def test_every_personal_text_has_a_place_in_the_export() -> None:
    assert texts() == PLACES.keys() | REPEATED.keys()


def told(handed_over: list[dict[str, Any]], word: str) -> list[tuple[str, str]]:
    """Kind of event and field, wherever the history has the word."""
    return [
        (event["topic"], key)
        for one in handed_over
        for event in one["events"]
        for key, value in event["fields"].items()
        if word in str(value)
    ]


def read(handed_over: list[dict[str, Any]], word: str) -> dict[str, int]:
    """Part of dossier.json, and how often the word stands there."""
    parts = [(key, orjson.dumps(part).decode()) for one in handed_over for key, part in one["about"].items()]
    return {key: part.count(word) for key, part in parts if word in part}


def test_every_text_stands_once_where_it_belongs_and_once_in_the_history(
    handed_over: list[dict[str, Any]],
) -> None:
    pages = "".join(one["page"] for one in handed_over)
    copies = {(fact.TOPIC, name): token(*source) for (fact, name), source in REPEATED.items()}
    for (fact, name), place in PLACES.items():
        word = token(fact, name)
        told_by = [where for where in told(handed_over, word) if copies.get(where) != word]
        assert told_by == [(fact.TOPIC, name)], word
        found = read(handed_over, word)
        repeating = {"communications", "invoices"} if name in NAMES else {"communications"}
        found = {part: n for part, n in found.items() if part == place or part not in repeating}
        assert found == ({} if place is HISTORY else {place: 1}), word
        assert place is HISTORY or word in pages, f"{word} is read without a machine"
    for where, word in copies.items():
        assert where in told(handed_over, word)
