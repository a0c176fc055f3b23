"""A school whose clients pay at the simulated provider: portal, provider and cashier over real HTTP."""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import timedelta
from functools import partial
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import httpx2
import psycopg

from aggregates.invoice.state import INVOICE, Issued
from aggregates.kernel import Currency, Money, Role
from commands import payable
from commands.access import Principal, Scope
from commands.baskets.finalise_basket import FinaliseBasket
from commands.baskets.put_in_basket import PutInBasket
from commands.payable import Payable
from processors.runtime.following import Runtime
from processors.runtime.payments import intents
from processors.runtime.payments.cashier import Cashier
from processors.runtime.payments.intents import Intent
from processors.runtime.payments.paypal import Account, PayPal
from projections.runtime.builds import add_missing
from projections.runtime.connection import connect
from projections.runtime.reader import Reader
from schema.pools import query_pool
from service.bootstrap import DISPATCH_THREADS, MODELS
from service.provider import WEBHOOK_ID
from service.provider.app import provider_app
from service.provider.book import Book, Faults
from service.provider.notifying import Notifier
from service.reactions import PROCESSORS
from service.web import assemble
from tests.support.http import served
from tests.support.write_side import School, school_on

REPLY_SECONDS = 1.0


def cad(minor: int) -> Money:
    return Money(minor=minor, currency=Currency.CAD)


def oneself(client: UUID) -> Principal:
    return Principal(client, frozenset({Role.CLIENT}), Role.CLIENT)


@dataclass
class Till:
    """Everything a payment passes on its way; it moves when the test says so."""

    school: School
    url: str
    provider: PayPal
    book: Book
    notifier: Notifier
    portal: str
    account: Account
    http: httpx2.Client = field(default_factory=httpx2.Client)

    @property
    def connection(self) -> Any:
        return self.school.side.pool.connection()

    def cashier(self, **changes: Any) -> Cashier:
        """A worker's; any number of them may look."""
        side = self.school.side
        values: dict[str, Any] = {"public_url": "https://portail.example.com"} | changes
        return Cashier(side.pool, self.provider, side.dispatcher, **values)

    def later(self, **time: float) -> Till:
        """The same as the school's clock shows it later."""
        side = self.school.side
        then = timedelta(**time)
        moved = replace(side, dispatcher=replace(side.dispatcher, clock=lambda: side.clock() + then))
        return replace(self, school=School(moved))

    def invoice(self, client: UUID | None = None, **changes: Any) -> tuple[UUID, UUID]:
        """A client and an invoice of 375.00."""
        who = client or self.school.client()
        return who, self.school.sold(who, self.school.activity(), **changes).invoice

    def deposited_cheque(self, client: UUID, invoice: UUID, minor: int) -> None:
        """Staff note a cheque on the invoice, and accounting deposit it."""
        self.school.deposited(invoice, self.school.paid(client, minor, invoice=invoice))

    def finalised(self, workshop: UUID | None, activity: UUID) -> Payable:
        """The finalised basket of a new client: 375.00, of which 40.00 are due now."""
        client = self.school.client()
        self.react()
        self.school.send(PutInBasket(client=client, activity=activity, workshop=workshop), oneself(client))
        wish = FinaliseBasket(client=client, total=cad(37_500), due_now=cad(4_000))
        self.school.send(wish, oneself(client))
        found = self.school.side.dispatcher.consider(
            partial(payable.payable_basket, client=client), oneself(client), {Role.CLIENT: _ANY}
        )
        assert found is not None
        return found

    def wants(self, client: UUID, invoice: UUID, minor: int = 37_500) -> UUID:
        """The client wants to pay that much of an invoice."""
        return self._keep(Payable(client, invoice, "", cad(0), cad(minor)), minor)

    def wants_basket(self, basket: Payable, minor: int = 4_000) -> UUID:
        return self._keep(basket, minor)

    def _keep(self, what: Payable, minor: int) -> UUID:
        intent = intents.wanted(
            uuid4(),
            kind="basket" if what.attempt else "invoice",
            client=what.client,
            invoice=what.invoice,
            attempt=what.attempt,
            amount=cad(minor),
            now=self.school.side.dispatcher.clock(),
        )
        with self.connection as connection:
            intents.keep(connection, intent)
        return intent.id

    def intent(self, id_: UUID) -> Intent:
        with self.connection as connection:
            found = intents.find(connection, id_)
        assert found is not None
        return found

    def approve(self, id_: UUID) -> None:
        """The payer presses « Payer » on the provider's page; on a busy machine the order may come late."""
        for _ in range(10):
            if self.intent(id_).state != "wanted":
                break
            self.turn()
        address = self.intent(id_).approve_url
        assert address is not None
        answer = self.http.post(address, data={"act": "pay"})
        assert answer.status_code == 303

    def turn(self, times: int = 1) -> None:
        """The pauses are over, and the cashier looks."""
        for _ in range(times):
            self.due_now()
            self.cashier().turn()

    def due_now(self, only: Iterable[UUID] | None = None) -> None:
        """The pauses are over, of all intents or of these; whoever held one is dead."""
        with self.connection as connection:
            connection.execute(
                "update payment_intents set next_try = now() - interval '1 s', lease_until = now()"
                " - interval '1 s' where (state not in ('done', 'ended') or told)"
                " and (%(only)b::uuid[] is null or id = any(%(only)b::uuid[]))",
                {"only": None if only is None else list(only)},
            )

    def states(self, intents_: Iterable[UUID]) -> dict[UUID, str]:
        """Where these stand, asked for at once."""
        with self.connection as connection:
            rows = connection.execute(
                "select id, state from payment_intents where id = any(%b)", (list(intents_),)
            ).fetchall()
        return dict(rows)

    def give_up(self, id_: UUID) -> bool:
        """The payer goes away from the page."""
        with self.connection as connection:
            return intents.give_up(connection, id_, self.school.side.dispatcher.clock())

    def settle(self, turns: int = 12) -> None:
        """Look until nothing is left that could move by itself."""
        for _ in range(turns):
            self.turn()

    def react(self) -> None:
        """Processors read to the end of the log, timers fire, and what they ask for is done."""
        runtime = self.runtime()
        with psycopg.connect(self.url, autocommit=True) as connection:
            runtime.start(connection)
            while runtime.step(connection) or runtime.fire(connection) or runtime.carry_out(connection):
                pass

    def runtime(self) -> Runtime:
        """All processors, to be moved by hand."""
        side = self.school.side
        return Runtime(
            self.url,
            side.store,
            PROCESSORS,
            dispatcher=side.dispatcher,
            enqueue=lambda _: None,
            room=lambda: 0,
            clock=side.dispatcher.clock,
            wait=lambda _: None,
        )

    def show(self) -> None:
        """Read models read to the end of the log."""
        with connect(self.url) as line:
            add_missing(line, MODELS)
        with psycopg.connect(self.url, autocommit=True) as connection:
            reader = Reader(self.url, self.school.side.store, MODELS, wait=lambda _: None)
            while reader.step(connection):
                pass

    def faults(self, **wanted: Any) -> None:
        self.book.faults = Faults(**wanted)

    def notify(self, body: bytes, headers: dict[str, str]) -> httpx2.Response:
        """As the provider does, or somebody in its place."""
        return self.http.post(f"{self.portal}/api/webhooks/paypal", content=body, headers=headers)

    def booked(self, invoice: UUID) -> int:
        """Minor units of card money on the invoice."""
        state = self.school.side.store.load([INVOICE.at(invoice)])[0].state
        return sum(p.amount.minor for p in state.payments) if isinstance(state, Issued) else 0

    def count(self, query: str) -> int:
        with psycopg.connect(self.url, autocommit=True) as connection:
            row = connection.execute(query).fetchone()
        assert row is not None
        return int(row[0])


@contextmanager
def till_on(database_url: str, wake: Callable[[], None] = lambda: None) -> Iterator[Till]:
    """A till on that database, with its own provider; `wake` is called when something was committed."""
    where: dict[str, str] = {}
    with tempfile.TemporaryDirectory() as mails, school_on(database_url, wake) as school:
        simulator = provider_app(
            webhook_url=lambda: f"{where['portal']}/api/webhooks/paypal",
            client="ecole",
            secret="secret",
            address=lambda: where["provider"],
            test_door=True,
        )
        with served(simulator) as provider_url:
            where["provider"] = provider_url
            account = Account(provider_url, "ecole", "secret", WEBHOOK_ID)
            with PayPal(account, reply_seconds=REPLY_SECONDS) as provider:
                app = assemble(
                    school.side,
                    query_pool(database_url, DISPATCH_THREADS),
                    secure=False,
                    settable_clock=True,
                    mails_dir=Path(mails),
                    provider=provider,
                )
                with served(app) as portal, httpx2.Client(timeout=10) as http:
                    where["portal"] = portal
                    state = simulator.state
                    yield Till(
                        school, database_url, provider, state.book, state.notifier, portal, account, http
                    )


_ANY = Scope.ANY
