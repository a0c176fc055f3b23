"""From what staff type to payments on invoices: amounts, parts of one cheque, several invoices in one act."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Annotated, Literal, Protocol, TypeVar
from uuid import UUID

from pydantic import AfterValidator, model_validator

from aggregates.client.proofs.state import Proof
from aggregates.client.refusals import DossierNotActive, NoSuchDossier
from aggregates.client.registrations.state import Followed, Places, Registration, Scheduled
from aggregates.client.state import Client, DeactivatedDossier, Dossier
from aggregates.invoice.events import InvoiceFact
from aggregates.invoice.payments.decisions import Incoming
from aggregates.invoice.payments.events import PaymentMethod
from aggregates.invoice.policies import known_invoice
from aggregates.invoice.refusals import NoSuchInvoice
from aggregates.invoice.state import INVOICE, Invoice, Issued
from aggregates.kernel import Money, Role, Value
from aggregates.workshop.closing.policies import verifier
from aggregates.workshop.policies import planned, roster_open
from aggregates.workshop.state import Planned, Workshop
from commands.catalogue.add_activity import payable
from commands.message import Act, Name, Text
from schema.store import Change, Loaded, fold


def _above_zero(amount: Money) -> Money:
    if amount.minor <= 0:
        raise ValueError("not above 0")
    return amount


def _not_negative(amount: Money) -> Money:
    if amount.minor < 0:
        raise ValueError("below 0")
    return amount


Amount = Annotated[Money, AfterValidator(payable), AfterValidator(_above_zero)]
"""Money that changes hands."""
AmountOrNone = Annotated[Money, AfterValidator(payable), AfterValidator(_not_negative)]
"""The same, or 0."""
TypedMethod = Literal[PaymentMethod.CHEQUE, PaymentMethod.CASH, PaymentMethod.TRANSFER]
"""What staff type; cards are captured by the payment provider (FAC-2)."""


class PaymentOn(Value):
    """One payment of one invoice."""

    invoice: UUID
    payment: UUID


class Typed(Value):
    """A payment as staff type it; number and drawer are a cheque's."""

    method: TypedMethod
    number: Name | None = None
    drawer: Name | None = None
    comment: Text | None = None

    @model_validator(mode="after")
    def _only_cheques_have_numbers(self) -> Typed:
        if self.method is not PaymentMethod.CHEQUE and (self.number or self.drawer):
            raise ValueError("number and drawer belong to a cheque")
        return self

    def incoming(self, act: Act, name: str, amount: Money, *, registration: UUID | None = None) -> Incoming:
        """The payment under the new id of that name; a cheque is held by who typed it (FAC-10)."""
        is_cheque = self.method is PaymentMethod.CHEQUE
        return Incoming(
            payment=act.new(name),
            method=self.method,
            amount=amount,
            registration=registration,
            cheque=act.new("cheque") if is_cheque else None,
            holder=act.who.user if is_cheque else None,
            number=self.number,
            drawer=self.drawer,
            comment=self.comment,
        )

    @property
    def says_something(self) -> bool:
        """Whether it holds text, which only an active dossier takes (DOS-11)."""
        return any((self.number, self.drawer, self.comment))


class FirstPayment(Typed):
    """A payment noted in the same act as a registration (INS-4)."""

    amount: Amount


class PaidAtOnce(Protocol):
    """How a sale is paid in the same act (INS-4)."""

    payment: FirstPayment | None
    by_card: bool
    waive_reason: str | None


P = TypeVar("P", bound=PaidAtOnce)


def paid_in_one_way(sale: P) -> P:
    """A card that is awaited is the payment: nothing else is noted, nothing waived. Raises ValueError."""
    if sale.by_card and (sale.payment is not None or sale.waive_reason is not None):
        raise ValueError("a card, or a payment noted, or a reason to do without")
    return sale


@dataclass
class Invoices:
    """Invoices of one act; each decision sees what those before it did."""

    loaded: Mapping[UUID, Loaded[Invoice]]
    facts: dict[UUID, list[InvoiceFact]] = field(default_factory=dict)

    @classmethod
    def of(cls, loaded: Iterable[Loaded[Invoice]]) -> Invoices:
        return cls({invoice.id: invoice for invoice in loaded})

    def begin(self, issued: Change) -> None:
        """A new invoice."""
        self.facts[issued.loaded.id] = list(issued.facts)  # type: ignore[arg-type]

    def state(self, invoice: UUID) -> Issued:
        """The invoice after what was decided so far. Raises NoSuchInvoice."""
        return known_invoice(fold(INVOICE, self.facts.get(invoice, ()), self.loaded[invoice].state))

    def state_of(self, invoice: UUID, client: Loaded[Client]) -> Issued:
        """The same, of this client's file. Raises NoSuchDossier, NoSuchInvoice."""
        file_of(client.state)
        state = self.state(invoice)
        if state.client != client.id:
            raise NoSuchInvoice
        return state

    def take(self, invoice: UUID, decide: Callable[[Invoice], Sequence[InvoiceFact]]) -> None:
        """Decide on this invoice."""
        self.facts.setdefault(invoice, []).extend(decide(self.state(invoice)))

    @property
    def changes(self) -> list[Change]:
        return [Change(self.loaded[invoice], facts) for invoice, facts in self.facts.items()]


def file_of(client: Client) -> Dossier | DeactivatedDossier:
    """A file that may owe or be owed, active or not. Raises NoSuchDossier."""
    if not isinstance(client, Dossier | DeactivatedDossier):
        raise NoSuchDossier
    return client


def takes_text(file: Dossier | DeactivatedDossier) -> None:
    """Text about a person is written under a key that a deactivated dossier has no more (DOS-11).

    Raises DossierNotActive.
    """
    if not isinstance(file, Dossier):
        raise DossierNotActive


def roster_takes_money(act: Act, workshop: Workshop, registration: Registration) -> Planned:
    """Once handed over or closed the roster is frozen, and money moves on invoices (ATE-6, ATE-7).

    Accounting are not bound by it, nor is the price without proof (INS-6). Raises NoSuchWorkshop,
    WorkshopIsCancelled, WorkshopIsClosed, RosterIsHandedOver.
    """
    date = planned(workshop)
    if Role.ACCOUNTING in act.who.roles or registration.sale.proof is Proof.MISSING:
        return date
    return roster_open(workshop, verifies=verifier(date) in act.who.roles)


def starts_of(places: Places) -> dict[UUID, datetime]:
    """The dates of the registrations that have one now: balances are paid in their order (FAC-1)."""
    return {id_: r.starts for id_, r in places.registrations.items() if isinstance(r, Scheduled | Followed)}
