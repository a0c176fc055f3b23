"""Whatever happens to many clients' money and places, decided by the rules, as one history of facts."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any
from uuid import UUID, uuid5

from aggregates.client.registrations.decisions import follow, undo_followed
from aggregates.client.registrations.state import Followed
from aggregates.client.state import CLIENT, Dossier
from aggregates.invoice.events import Fee, FeeBasis
from aggregates.invoice.payments.events import PaymentMethod
from aggregates.invoice.state import INVOICE, Issued
from aggregates.kernel import Currency, Fact
from tests.aggregates.given import CLIENT_ID, uid
from tests.aggregates.test_any_invoice import AnyInvoice
from tests.support.builders import STARTS, dossier_created, registered

TYPED = [PaymentMethod.CHEQUE, PaymentMethod.CASH, PaymentMethod.TRANSFER]
BACK = [PaymentMethod.CARD, *TYPED]
PAID = [*BACK, PaymentMethod.TAKEN_OVER]
WORKSHOP = uid("workshop of everybody")
Happened = tuple[UUID, Fact]


class OneClient(AnyInvoice):
    """The invoices of the state machine, driven by chance, and the client's places that they sell."""

    def __init__(self, chance: random.Random) -> None:
        self.chance = chance
        self.history: list[Happened] = []
        self.client: Any = CLIENT.initial
        super().__init__()
        self.tell(CLIENT_ID, [dossier_created(CLIENT_ID)])
        self.invoice()

    def tell(self, stream: UUID, facts: Sequence[Fact]) -> None:
        self.history += [(stream, fact) for fact in facts]
        if stream == CLIENT_ID:
            for fact in facts:
                self.client = CLIENT.evolve(self.client, fact)

    def issue(self, invoice: UUID, prices: Sequence[int], currency: Currency, **more: Any) -> None:
        super().issue(invoice, prices, currency, **more)
        for sold in self.invoices[invoice].lines:
            assert sold.registration is not None
            place = registered(
                sold.registration,
                workshop=WORKSHOP,
                activity=uid(f"activity {sold.registration}"),
                invoice=invoice,
                line=sold.id,
                price=sold.price,
                deposit=sold.deposit,
            )
            self.tell(CLIENT_ID, [place])

    def take(self, of: tuple[UUID, ...], decide: Callable[..., Any], *values: Any, **named: Any) -> bool:
        before = {invoice: len(self.facts[invoice]) for invoice in of}
        done = super().take(of, decide, *values, **named)
        for invoice in of:
            self.tell(invoice, self.facts[invoice][before[invoice] :])
        return done

    @property
    def followed(self) -> set[UUID]:
        """Lines whose place was followed."""
        assert isinstance(self.client, Dossier)
        places = self.client.places.registrations.values()
        return {place.sale.line for place in places if isinstance(place, Followed)}

    def attend(self) -> None:
        """Somebody is ticked present, or the tick is taken back."""
        assert isinstance(self.client, Dossier)
        place = self.chance.choice(list(self.client.places.registrations.values()))
        gone = {line for invoice in self.invoices.values() for line in invoice.cancelled}
        if place.sale.line in gone:
            return
        decide: Any = undo_followed if isinstance(place, Followed) else follow
        when = {"last_day": STARTS.date(), "ends": STARTS, "zone": "America/Toronto"}
        values = {} if isinstance(place, Followed) else when
        self.tell(CLIENT_ID, decide(self.client, place.sale.id, workshop=WORKSHOP, **values))

    def cancel_any(self) -> None:
        which, number = self.chance.randrange(5), self.chance.randrange(12)
        if self.line(self.pick(which), number) not in self.followed:
            fee = Fee(basis=self.chance.choice(list(FeeBasis)), percent=10)
            self.cancel(which=which, number=number, fee=fee)

    def act(self) -> None:
        """One act of anybody, which may be refused."""
        pick = self.chance.randrange
        some: dict[str, Any] = {"which": pick(5), "number": pick(12)}
        two: dict[str, Any] = {"which": pick(5), "to": pick(5)}
        minor, share = self.chance.choice([1, 1_999, 4_000, 37_500, pick(1, 60_000)]), pick(1, 5)
        acts: list[Callable[[], object]] = [
            self.attend,
            self.attend,
            self.cancel_any,
            lambda: self.pay(**some, minor=minor, method=self.chance.choice(PAID), on_roster=bool(pick(2))),
            lambda: self.correct(**some, minor=minor, method=self.chance.choice(TYPED)),
            lambda: self.follow_up(
                **some, what=self.chance.choice(["deposit", "deposit", "bounce", "withdraw", "send"])
            ),
            lambda: self.reallocate(**some, shares=[minor]),
            lambda: self.reopen(**some),
            lambda: self.move_credit(**two, share=share),
            lambda: self.decide(
                **two,
                fee=self.chance.choice([0, 1_999, 4_000]),
                back=self.chance.choice([None, share]),
                method=self.chance.choice(BACK),
                credit=self.chance.choice([None, share]),
                second=bool(pick(2)),
            ),
            lambda: self.refund(**some, share=share, method=self.chance.choice(BACK), second=bool(pick(2))),
            lambda: self.settle_refund(**some, approved=bool(pick(2))),
            lambda: self.credit_line(**some, minor=minor),
            lambda: self.raise_price(which=pick(5), minor=minor),
        ]
        self.chance.choice(acts)()


def histories(seed: int, events: int) -> Iterator[tuple[OneClient, list[Happened]]]:
    """Clients, each with ids of its own, until there are so many events."""
    chance, told = random.Random(seed), 0
    while told < events:
        one = OneClient(chance)
        for _ in range(150):
            one.act()
        told += len(one.history)
        yield one, apart(one.history, told)


def apart(history: Sequence[Happened], number: int) -> list[Happened]:
    """The same history with other ids and numbers."""
    return [
        (_renamed(stream, number), type(fact).model_validate(_renamed(fact.model_dump(), number)))
        for stream, fact in history
    ]


def state_of(history: Sequence[Happened], invoice: UUID) -> Issued:
    """The invoice as its facts make it."""
    state: Any = INVOICE.initial
    for stream, fact in history:
        if stream == invoice:
            state = INVOICE.evolve(state, fact)
    assert isinstance(state, Issued)
    return state


def _renamed(value: Any, number: int) -> Any:
    if isinstance(value, UUID):
        return uuid5(value, str(number))
    if isinstance(value, Mapping):
        names = {"number"} & value.keys()
        renamed = {name: _renamed(inner, number) for name, inner in value.items()}
        return renamed | {name: f"{value[name]} {number}" for name in names if value[name] is not None}
    if isinstance(value, list | tuple):
        return tuple(_renamed(inner, number) for inner in value)
    return value
