"""A write side on a test's own database, and the few objects most tests start from."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, TypeVar
from uuid import UUID, uuid4

from aggregates.catalogue.settings import Category, Region
from aggregates.client.state import CLIENT, Dossier
from aggregates.invoice.payments.events import PaymentMethod
from aggregates.invoice.state import INVOICE, Issued
from aggregates.kernel import Currency, Fact, Money, Role, Stream
from aggregates.staff.state import STAFF
from commands.access import Principal
from commands.catalogue.add_activity import AddActivity
from commands.catalogue.add_discount import AddDiscount
from commands.catalogue.add_phase import AddPhase
from commands.catalogue.add_venue import AddVenue
from commands.claims import difference
from commands.clients.attach_document import AttachDocument
from commands.clients.choose_preferences import ChoosePreferences
from commands.clients.create_dossier import CreateDossier
from commands.files import recognised
from commands.message import Answer, Command
from commands.paying import PaymentOn, Typed
from commands.payments.decide_case import DecideCase
from commands.payments.deposit_payments import DepositPayments
from commands.payments.note_payment import NotePayment, Part
from commands.registrations.cancel_registration import CancelRegistration
from commands.registrations.register_client import RegisterClient
from commands.workshops.plan_workshop import PlannedSession, PlanWorkshop
from schema.append import Effect
from schema.clock import ShiftedClock
from schema.envelope import Envelope
from schema.files import Files
from schema.keys import Vault
from schema.store import Change
from service.bootstrap import WriteSide, write_side
from tests.support.builders import staff_added

VAULT = Vault(master=bytes(range(32)), lookup=bytes(range(32, 64)))
S = TypeVar("S")
_people = itertools.count(1)


def principal(*roles: Role, user: UUID | None = None) -> Principal:
    """A user with these roles."""
    return Principal(user or uuid4(), frozenset(roles), roles[0])


OFFICE = principal(Role.OFFICE)
ADMIN = principal(Role.ADMIN)
ACCOUNTING = principal(Role.ACCOUNTING)
ORGANISER = principal(Role.ORGANISER)


@dataclass(frozen=True)
class Sold:
    """A registration with its invoice and line."""

    client: UUID
    registration: UUID
    invoice: UUID
    line: UUID


class School:
    """Sends commands as somebody of the school, and makes what a test needs beforehand."""

    def __init__(self, side: WriteSide) -> None:
        self.side = side

    def send(self, command: Command, who: Principal = OFFICE, id_: UUID | None = None) -> Answer:
        return self.side.dispatcher.dispatch(command, who, id_ or uuid4())

    def now(self, now: datetime) -> None:
        """Let it be that moment for everybody in the school; the clock ticks on."""
        assert isinstance(self.side.clock, ShiftedClock)
        self.side.clock.set(now)

    def state(self, stream: Stream[S]) -> S:
        """What the stream comes to."""
        state: S = self.side.store.load([stream])[0].state
        return state

    def facts(self, stream: Stream[Any]) -> tuple[Fact, ...]:
        """What happened in the stream."""
        return self.side.store.load([stream])[0].facts

    def activity(self, name: str = "Écoute de soi", **changes: Any) -> UUID:
        values: dict[str, Any] = {
            "name": name,
            "category": Category.REGULAR,
            "days": 2,
            "prices": (
                Money(minor=37_500, currency=Currency.CAD),
                Money(minor=37_500, currency=Currency.EUR),
            ),
        }
        return self.send(AddActivity(**values | changes), ADMIN).made["activity"]

    def discount(self, **changes: Any) -> UUID:
        """Ten per cent off, against a proof."""
        values: dict[str, Any] = {
            "name": "Chômage",
            "percent": 10,
            "proof_needed": True,
            "chosen_by": (Role.CLIENT, Role.ORGANISER, Role.OFFICE, Role.ACCOUNTING),
        }
        return self.send(AddDiscount(**values | changes), ADMIN).made["discount"]

    def phase(self, number: int = 1, size: int = 9, **changes: Any) -> tuple[UUID, tuple[UUID, ...]]:
        """A phase and its activities."""
        activities = tuple(self.activity(f"Activité {n}", days=1) for n in range(1, size + 1))
        values: dict[str, Any] = {"number": number, "name": f"Phase {number}", "activities": activities}
        return self.send(AddPhase(**values | changes), ADMIN).made["phase"], activities

    def venue(self, **changes: Any) -> UUID:
        values: dict[str, Any] = {
            "name": "Hôtel du Parc",
            "city": "Laval",
            "country": "CA",
            "region": Region.CANADA,
            "zone": "America/Toronto",
        }
        return self.send(AddVenue(**values | changes), ADMIN).made["venue"]

    def workshop(self, activity: UUID, *, starts: datetime | None = None, **changes: Any) -> UUID:
        first = starts or datetime.now(UTC) + timedelta(days=30)
        values: dict[str, Any] = {
            "activity": activity,
            "venue": None,
            "zone": "America/Toronto",
            "sessions": (PlannedSession(starts=first, ends=first + timedelta(hours=8)),),
            "organiser": ORGANISER.user,
            "capacity": 60,
        }
        values |= changes
        self.employ(values["organiser"], *values.get("trainers", ()))
        return self.send(PlanWorkshop(**values)).made["workshop"]

    def employ(self, *people: UUID | None, roles: tuple[Role, ...] = (Role.ORGANISER,)) -> None:
        """Make staff users of these ids, those apart who are known already."""
        store = self.side.store
        streams = [STAFF.at(person) for person in dict.fromkeys(people) if person is not None]
        new = [staff for staff in store.load(streams) if staff.version == 0]
        changes = [Change(staff, [staff_added(staff.id, "Monique Tremblay", *roles)]) for staff in new]
        if changes:
            take, _ = difference(changes, store.vault)
            store.append(changes, Envelope(None, Role.SYSTEM, self.side.clock(), uuid4()), Effect(take=take))

    def client(self, **changes: Any) -> UUID:
        n = next(_people)
        values: dict[str, Any] = {
            "last_name": f"D'Arcy-Lévesque {n}",
            "first_name": "Éloïse",
            "email": f"eloise.{n}@example.com",
            "postal_code": "H2X 1Y4",
            "city": "Montréal",
            "country": "CA",
        }
        return self.send(CreateDossier(**values | changes)).made["client"]

    def at_home(self, **changes: Any) -> UUID:
        """A client who has answered the first log-in's question, so that their pages open."""
        made = self.client(**{"postal_code": uuid4().hex[:6]} | changes)
        said = ChoosePreferences(client=made, telephone=True, post=False, email=True, wording="1")
        self.send(said, principal(Role.CLIENT, user=made))
        return made

    def document(self, client: UUID, who: Principal = OFFICE, **how: Any) -> UUID:
        """A paper in the client's dossier; with `registration` the proof of its discount."""
        file = self.upload(who)
        self.send(AttachDocument(client=client, file=file, **how), who)
        return file

    def upload(self, who: Principal = OFFICE, name: str = "carte.pdf", content: bytes = b"%PDF-1.7") -> UUID:
        """A file that nobody's dossier holds yet."""
        file = uuid4()
        assert who.user is not None
        files = Files(self.side.pool, self.side.store.vault)
        files.keep(file, content, name=name, media=recognised(content), owner=who.user, at=self.side.clock())
        return file

    def registration(
        self, client: UUID, activity: UUID, workshop: UUID | None = None, **changes: Any
    ) -> UUID:
        command = RegisterClient(client=client, activity=activity, workshop=workshop, **changes)
        return self.send(command).made["registration"]

    def sold(self, client: UUID, activity: UUID, workshop: UUID | None = None, **changes: Any) -> Sold:
        """The same, with what it was sold on."""
        command = RegisterClient(client=client, activity=activity, workshop=workshop, **changes)
        made = self.send(command).made
        return Sold(client, made["registration"], made["invoice"], made["line"])

    def issued(self, invoice: UUID) -> Issued:
        """The invoice as it stands."""
        state = self.side.store.load([INVOICE.at(invoice)])[0].state
        assert isinstance(state, Issued)
        return state

    def paid(self, client: UUID, minor: int, method: Any = PaymentMethod.CHEQUE, **on: UUID) -> UUID:
        """A payment noted by the office, on a `registration` or an `invoice`; its id."""
        invoice = on.get("invoice")
        if invoice is None:
            dossier = self.side.store.load([CLIENT.at(client)])[0].state
            assert isinstance(dossier, Dossier)
            invoice = dossier.registrations[on["registration"]].sale.invoice
        amount = Money(minor=minor, currency=self.issued(invoice).currency)
        part = Part(client=client, amount=amount, **on)
        return self.send(NotePayment(payment=Typed(method=method), parts=(part,))).made["payment-1"]

    def deposited(self, invoice: UUID, *payments: UUID) -> None:
        """Accounting mark these payments deposited."""
        named = tuple(PaymentOn(invoice=invoice, payment=payment) for payment in payments)
        self.send(DepositPayments(payments=named), ACCOUNTING)

    def cancelled(self, client: UUID, registration: UUID, note: str = "Ne vient plus.") -> None:
        """Cancel it, and let accounting keep nothing of it: no case is left open."""
        dossier = self.side.store.load([CLIENT.at(client)])[0].state
        assert isinstance(dossier, Dossier)
        invoice = dossier.registrations[registration].sale.invoice
        wish = CancelRegistration(client=client, registration=registration, note=note)
        case, fee = self.send(wish).made["case-1"], Money.zero(self.issued(invoice).currency)
        self.send(DecideCase(client=client, invoice=invoice, case=case, fee=fee), ACCOUNTING)

    def late_registration(self, client: UUID, activity: UUID, workshop: UUID) -> UUID:
        """For a workshop that starts within 48 h or has started; office waives the payment."""
        return self.registration(client, activity, workshop, waive_reason="Paie sur place.")


@contextmanager
def school_on(database_url: str, wake: Callable[[], None] = lambda: None) -> Iterator[School]:
    """A school on that database; `wake` is called when something was committed."""
    with write_side(database_url, VAULT, wake, settable_clock=True) as side:
        yield School(side)
