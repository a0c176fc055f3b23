"""A client seeded with unique values everywhere: all are found before the erasure, none after it (T14)."""

from __future__ import annotations

import logging
import secrets
import time
from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from uuid import UUID, uuid4

import psycopg
import pytest
from psycopg import sql

from aggregates.client.events import Language, NoteKind
from aggregates.client.preferences.events import Channel
from aggregates.invoice.payments.events import PaymentMethod
from aggregates.kernel import Currency, Money, Role
from commands.clients.ask_price_adjustment import AskPriceAdjustment
from commands.clients.change_profile import ChangeProfile
from commands.clients.propose_deletion import ProposeDeletion
from commands.clients.record_contact_address import RecordContactAddress
from commands.clients.record_preference import RecordPreference
from commands.clients.refuse_price_adjustment import RefusePriceAdjustment
from commands.clients.remove_dossier import RemoveDossier
from commands.clients.set_billing import SetBilling
from commands.clients.write_note import WriteNote
from commands.clients.write_to_client import WriteToClient
from commands.invoices.address_invoice import AddressInvoice
from commands.paying import Typed
from commands.payments.correct_payment import CorrectPayment
from commands.payments.note_payment import NotePayment, Part
from commands.payments.withdraw_payment import WithdrawPayment
from processors.runtime.bounces import Taken
from processors.runtime.erasing import carry_out
from processors.runtime.queue import DeliveryQueue
from schema.files import Files
from service.erasing import outside_stores
from service.scanning.places import pieces, tables
from service.scanning.readings import Value
from service.scanning.scan import read_values, report, scan
from service.settings import Settings
from tests.processors.post import Post, post_on
from tests.support import returned_mails
from tests.support.write_side import ACCOUNTING, OFFICE, VAULT, principal

pytestmark = pytest.mark.rule("T14", "DOS-11")
EVENTS, ROWS, MAILS = "events, lu", "rm_", "outbox, lu"


@dataclass
class Seeds:
    """Unique values, and where each must be found as long as it is not erased."""

    kept_by_name: list[str] = field(default_factory=list)
    """What a deactivated dossier keeps."""
    expected: dict[str, tuple[str, ...]] = field(default_factory=dict)

    def plant(self, *places: str, like: str = "{}") -> str:
        """A value to put somewhere; the places begin with these words."""
        value = like.format(secrets.token_hex(6))
        self.expected[value] = places
        return value

    def name(self, like: str = "{}") -> str:
        """One under the identity key."""
        value = self.plant(EVENTS, like=like)
        self.kept_by_name.append(value)
        return value

    def phone(self, *places: str) -> str:
        """Ten digits, as people write them."""
        digits = f"{secrets.randbelow(8 * 10**9) + 2 * 10**9}"
        value = f"+1 {digits[:3]} {digits[3:6]}-{digits[6:]}"
        self.expected[value] = places
        return value


@dataclass
class Scene:
    """A portal with everything that keeps something."""

    post: Post
    settings: Settings
    queue: DeliveryQueue

    def found(self, values: Mapping[str, tuple[str, ...]]) -> dict[str, set[str]]:
        """Places by value."""
        wanted = dict(enumerate(values, 1))
        looked_for = [Value.of(n, value) for n, value in wanted.items()]
        where: dict[str, set[str]] = defaultdict(set)
        for number, place in scan(pieces(self.settings, self.post.school.side), looked_for):
            where[wanted[number]].add(place)
        return where

    def erase(self, client: UUID) -> None:
        """As the client wishes, to the end."""
        self.post.school.send(RemoveDossier(client=client), principal(Role.CLIENT, user=client))
        self.post.react_and_deliver()
        left = carry_out(self.post.connection, self.post.school.side.clock(), outside_stores(self.settings))
        assert left == 0


@pytest.fixture
def scene(database: str, redis_url: str, tmp_path: Path) -> Iterator[Scene]:
    (tmp_path / "log").mkdir()
    log = logging.FileHandler(tmp_path / "log" / "work.log")
    logging.getLogger().addHandler(log)
    settings = Settings(mode="test", data_dir=tmp_path, database_url=database, redis_url=redis_url)
    with post_on(database) as post:
        queue = DeliveryQueue(redis_url, post.delivery.deliver)
        yield Scene(post, settings, queue)
        queue.close()
    logging.getLogger().removeHandler(log)
    log.close()


def seeded(scene: Scene, seeds: Seeds) -> UUID:
    """All that a dossier may hold beside registrations: 30 values and more."""
    post, school = scene.post, scene.post.school
    school.employ(OFFICE.user, roles=(Role.OFFICE,))
    client = school.client(
        last_name=seeds.name(),
        first_name=seeds.name("Zoé {}"),
        postal_code=seeds.name("H{}"),
        email=seeds.plant(EVENTS, like="{}@example.com"),
        telephone=seeds.phone(EVENTS),
        street=seeds.plant(EVENTS),
        city=seeds.plant(EVENTS),
    )
    for kind in NoteKind:
        note = WriteNote(client=client, kind=kind, seen_version=99, text=seeds.plant(EVENTS, ROWS))
        school.send(note)
    school.send(SetBilling(client=client, name=seeds.name(), address=seeds.plant(EVENTS, ROWS)))
    school.send(
        RecordPreference(client=client, channel=Channel.POST, allowed=False, source=seeds.plant(EVENTS, ROWS))
    )
    for refused in (False, True):
        activity = school.activity(f"Activité {refused}")
        school.send(AskPriceAdjustment(client=client, activity=activity, reason=seeds.plant(EVENTS)))
        if refused:
            no = RefusePriceAdjustment(client=client, activity=activity, reason=seeds.plant(EVENTS))
            school.send(no, ACCOUNTING)
    written(scene, seeds, client)
    came_back(scene, seeds, client)
    moved(scene, seeds, client)
    school.send(
        RecordContactAddress(
            client=client, email=seeds.plant(EVENTS, like="{}@example.com"), via=seeds.plant(EVENTS)
        )
    )
    school.send(ProposeDeletion(client=client, reason=seeds.plant(EVENTS)))
    post.react_and_deliver()
    return client


def written(scene: Scene, seeds: Seeds, client: UUID) -> None:
    """A mail with a file, refused once with words of the mail server's."""
    post, school = scene.post, scene.post.school
    file, at = uuid4(), school.side.clock()
    assert OFFICE.user is not None
    name = seeds.plant("files, nom", MAILS, like="{}.pdf")
    content = b"%PDF-1.7\n" + seeds.plant("files, contenu").encode()
    Files(school.side.pool, VAULT).keep(
        file, content, name=name, media="application/pdf", owner=OFFICE.user, at=at
    )
    subject, text = seeds.plant(EVENTS, MAILS), seeds.plant(EVENTS, MAILS)
    school.send(WriteToClient(client=client, subject=subject, text=text, attachments=(file,)))
    post.sink.rcpt_answers = [f"451 4.2.1 {seeds.plant()} is away"]
    post.react()
    scene.queue.enqueue(post.woken)
    post.deliver()
    post.redrive()
    assert text in post.sink.mails[-1].as_string()


def came_back(scene: Scene, seeds: Seeds, _client: UUID) -> None:
    """It came back, with words of somebody else's."""
    sent = scene.post.sink.mails[-1]
    mail = returned_mails.Mail(scene.post.sink.senders[-1], sent["Message-ID"])
    said = seeds.plant("returned_mails, lu").encode()
    taken = scene.post.bounces.take(returned_mails.report(mail) + b"\n" + said + b"\n")
    assert taken is Taken.NOTED
    scene.post.react()


def moved(scene: Scene, seeds: Seeds, client: UUID) -> None:
    """Another name and address: these are the ones that views show."""
    scene.post.school.send(
        ChangeProfile(
            client=client,
            seen_version=99,
            last_name=seeds.name("D’Arcy-{}"),
            first_name=seeds.name(),
            form_of_address=None,
            email=None,
            telephone=seeds.phone(EVENTS, ROWS),
            street=seeds.plant(EVENTS, ROWS),
            postal_code=seeds.name("G{}"),
            city=seeds.plant(EVENTS, ROWS),
            country="CA",
            language=Language.FR,
        )
    )


def with_an_invoice(scene: Scene, seeds: Seeds, client: UUID) -> UUID:
    """A place given up again, with all that people typed about it and its money; the invoice."""
    school = scene.post.school
    activity = school.activity()
    soon = school.workshop(activity, starts=datetime.now(UTC) + timedelta(hours=20))
    sold = school.sold(client, activity, soon, waive_reason=seeds.plant(EVENTS), red_flag_confirmed=True)
    amount = Money(minor=5_000, currency=Currency.CAD)
    typed = Typed(
        method=PaymentMethod.CHEQUE,
        number=seeds.plant(EVENTS),
        drawer=seeds.plant(EVENTS),
        comment=seeds.plant(EVENTS),
    )
    part = Part(client=client, amount=amount, registration=sold.registration)
    payment = school.send(NotePayment(payment=typed, parts=(part,))).made["payment-1"]
    on = {"client": client, "invoice": sold.invoice, "payment": payment}
    less = amount.percent(50)
    school.send(
        CorrectPayment(method=PaymentMethod.CHEQUE, amount=less, reason=seeds.plant(EVENTS), **on),
        ACCOUNTING,
    )
    school.send(WithdrawPayment(reason=seeds.plant(EVENTS), **on), ACCOUNTING)
    school.send(
        AddressInvoice(
            client=client, invoice=sold.invoice, name=seeds.name(), address=seeds.plant(EVENTS, ROWS)
        ),
        ACCOUNTING,
    )
    school.cancelled(client, sold.registration, seeds.plant(EVENTS, ROWS))
    scene.post.react_and_deliver()
    return sold.invoice


def lacking(found: Mapping[str, set[str]], seeds: Seeds) -> list[tuple[str, str]]:
    """Values that a store should hold and in which the scan did not find them."""
    return [
        (value, place)
        for value, places in seeds.expected.items()
        for place in places
        if not any(where.startswith(place) for where in found.get(value, ()))
    ]


def test_of_who_is_erased_nothing_is_found_and_of_who_is_deactivated_the_name(scene: Scene) -> None:
    gone, kept, other = Seeds(), Seeds(), Seeds()
    clients = [seeded(scene, seeds) for seeds in (gone, kept, other)]
    with_an_invoice(scene, kept, clients[1])
    everything = gone.expected | kept.expected | other.expected
    before = scene.found(everything)
    assert [miss for seeds in (gone, kept, other) for miss in lacking(before, seeds)] == []

    for client in clients[:2]:
        scene.erase(client)
    after = scene.found(everything)
    assert {value: after[value] for value in gone.expected if value in after} == {}
    left = {value for value in kept.expected if value in after}
    assert left == set(kept.kept_by_name)
    assert {value: before[value] for value in other.expected if value in before} == {
        value: after[value] for value in other.expected if value in after
    }, "a neighbour's stay where they were"
    print(
        f"erasure: {len(gone.expected)} + {len(kept.expected)} values planted, before all of"
        f" {sum(map(len, (gone.expected, kept.expected)))} in their stores, after 0 and the"
        f" {len(left)} of the name that stays"
    )
    assert len(gone.expected) + len(kept.expected) >= 2 * 30
    assert len(kept.expected) >= 40
    receipts = scene.post.connection.execute("select store, forgotten::text from erasure_receipts").fetchall()
    assert not any(value in str(receipts) for value in everything)


def test_the_command_prints_lines_and_places_and_never_a_value(
    scene: Scene, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    value = f"Marguerite-{secrets.token_hex(4)}"
    client = scene.post.school.client(last_name=value)
    scene.post.react()
    file = tmp_path.parent / "values.txt"
    file.write_text(f"\n{value}\nPersonne Du Tout\n")
    wanted = read_values(file)
    found = scan(pieces(scene.settings, scene.post.school.side), wanted)
    printed = list(report(found, wanted))
    assert printed[-1] == "1 des 2 valeurs trouvées"
    assert any(line.startswith("ligne 2") and "events, lu" in line for line in printed)
    assert value not in "\n".join(printed)
    assert any("mails" in line and line.startswith("pas lu") for line in printed)
    scene.erase(client)
    assert scan(pieces(scene.settings, scene.post.school.side), wanted) == {}


def test_a_look_that_takes_its_time_is_not_cut_off(database: str) -> None:
    """PostgreSQL ends who idles within a transaction; a page of long values takes longer than that."""
    with psycopg.connect(database, autocommit=True) as line:
        name = sql.Identifier(line.info.dbname)
        line.execute(sql.SQL("alter database {} set idle_in_transaction_session_timeout = 100").format(name))
    found = tables(database)
    next(found)
    time.sleep(0.5)
    assert len(list(found)) > 0
    line = psycopg.connect(database)
    line.execute("select 1")
    time.sleep(0.5)
    with pytest.raises(psycopg.errors.IdleInTransactionSessionTimeout):
        line.execute("select 1 -- the control")
    line.close()
