"""A backup from before an erasure is restored: the ledger outside is replayed before anybody sees it."""

from __future__ import annotations

import subprocess
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from uuid import UUID

import psycopg
import pytest

from aggregates.client.state import CLIENT, DeactivatedDossier, Dossier, ErasedDossier
from aggregates.kernel import Role
from aggregates.mailing.events import MailingEnded, MailingSendingStarted
from commands.access import SYSTEM
from commands.clients.approve_deletion import ApproveDeletion
from commands.clients.merge_dossiers import MergeDossiers
from commands.clients.propose_deletion import ProposeDeletion
from commands.clients.remove_dossier import RemoveDossier
from commands.clients.restore_dossier import RestoreDossier
from commands.mailing.forget_mailing_text import ForgetMailingText
from commands.staff.remove_staff import RemoveStaff
from processors.runtime.erasing import carry_out
from projections.runtime.check import check as check_models
from schema import access_trail
from schema.access_trail import TRAIL, Access, Reading
from schema.migrate import migrate
from schema.seals import EVENTS, seal_once
from service.bootstrap import MODELS, vault_of
from service.embedded.postgres import install_folder
from service.erasing import outside_stores
from service.replaying import LedgerError, adopt, replay
from service.scanning.places import pieces
from service.scanning.readings import Value
from service.scanning.scan import Found, scan
from service.settings import Settings
from service.verify import seal_key_of, verified
from tests.aggregates.test_mailings import to_audience
from tests.processors.post import Post, post_on
from tests.support.write_side import ADMIN, VAULT, principal, school_on

pytestmark = [pytest.mark.owns_servers, pytest.mark.rule("T16", "DOS-11")]
GONE = ("Zyxwvut Erablière", "zyxwvut@example.com")
KEPT = ("Quetzalcoatl Rivard", "quetzal@example.com")
OTHER = ("Wolframine Dubois", "wolframine@example.com")
PART = ("Xantippe Fleurent", "xantippe@example.com")
LATE = ("Ysengrin Malouin", "ysengrin@example.com")
MAILING, WRITTEN = UUID(int=89), "Xylographie chez Quetzalina"


@dataclass
class Restored:
    """Before the erasure a dump was taken; it stands in another database now, with the same notary."""

    live: Post
    settings: Settings
    clients: Mapping[str, UUID]
    totals: Sequence[Any]

    def found(self, settings: Settings | None = None) -> Found:
        """Where the values stand, in the restored database or another one."""
        where = settings or self.settings
        values = [
            Value.of(n, text) for n, text in enumerate((*GONE, *KEPT, *OTHER, WRITTEN, *PART, *LATE), 1)
        ]
        with school_on(where.database_url) as school:
            return scan(pieces(where, school.side), values)

    def state(self, name: str) -> Any:
        with school_on(self.settings.database_url) as school:
            return school.state(CLIENT.at(self.clients[name]))


def tool(name: str, *words: str) -> None:
    subprocess.run([install_folder() / "bin" / name, *words], check=True, timeout=60)


def totals(url: str) -> list[Any]:
    """Number, currency and what is open of each invoice, folded from the log."""
    with school_on(url) as school, school.side.pool.connection() as connection:
        rows = connection.execute("select stream from events where topic = 'invoice.issued' order by stream")
        issued = [school.issued(stream) for (stream,) in rows.fetchall()]
    return [(i.number, i.currency, i.balance, [line.price for line in i.lines]) for i in issued]


@pytest.fixture
def restored(database: str, empty_database: str, redis_url: str, tmp_path: Path) -> Iterator[Restored]:
    live = Settings(mode="test", data_dir=tmp_path / "var", database_url=database, redis_url=redis_url)
    keys(live)
    with post_on(database) as post:
        clients = populated(post)
        post.react_and_deliver()
        sealed(live)
        dump = tmp_path / "portail.dump"
        tool("pg_dump", "--format=custom", f"--file={dump}", database)
        before = totals(database)
        erased(post, live, clients)
        tool("pg_restore", "--no-owner", f"--dbname={empty_database}", str(dump))
        settings = live.model_copy(update={"database_url": empty_database})
        yield Restored(post, settings, clients, before)


def keys(settings: Settings) -> None:
    """Those of the schools that tests make, in the files that an installation has."""
    settings.master_key_file.parent.mkdir(parents=True)
    settings.master_key_file.write_text(bytes(range(32)).hex())
    settings.lookup_key_file.write_text(bytes(range(32, 64)).hex())
    assert vault_of(settings).keyed_hash("x", "y") == VAULT.keyed_hash("x", "y")


def populated(post: Post) -> dict[str, UUID]:
    school = post.school
    clients = {
        name: school.client(last_name=whose[0], email=whose[1])
        for name, whose in (("gone", GONE), ("kept", KEPT), ("other", OTHER))
    }
    clients["deleted"] = school.client(email="deleted@example.com")
    for stays, part, whose in (("stays", "part", PART), ("later", "late part", LATE)):
        clients[stays] = school.client(email=f"{stays}@example.com")
        clients[part] = school.client(last_name=whose[0], email=whose[1])
    school.send(MergeDossiers(survivor=clients["stays"], other=clients["part"]))
    activity = school.activity()
    for name in ("kept", "other"):
        school.registration(clients[name], activity)
    school.employ(UUID(int=88))
    over = MailingEnded(sent=0, skipped=0, stopped=None)
    mailing = to_audience(person=MAILING, recipients=(), subject=WRITTEN)
    post.log.given((MAILING, mailing), (MAILING, MailingSendingStarted()), (MAILING, over))
    return clients


def sealed(settings: Settings) -> None:
    key = seal_key_of(settings)
    with psycopg.connect(settings.database_url, autocommit=True) as line:
        for chain in (EVENTS, TRAIL):
            seal_once(line, key, settings.notary_file, chain)


def erased(post: Post, live: Settings, clients: Mapping[str, UUID]) -> None:
    """After the backup: each in its way, told to the ledger."""
    school = post.school
    dossier = school.state(CLIENT.at(clients["kept"]))
    assert isinstance(dossier, Dossier)
    (registration,) = dossier.registrations
    school.cancelled(clients["kept"], registration)
    school.send(MergeDossiers(survivor=clients["later"], other=clients["late part"]))
    for name in ("gone", "kept", "later"):
        school.send(RemoveDossier(client=clients[name]))
    for name in ("deleted", "stays"):
        school.send(ProposeDeletion(client=clients[name], reason="Ne veut plus rien."))
        school.send(ApproveDeletion(client=clients[name]), principal(Role.OFFICE))
    school.send(RemoveStaff(staff=UUID(int=88)), ADMIN)
    school.send(ForgetMailingText(mailing=MAILING), SYSTEM)
    post.react_and_deliver()
    sealed(live)
    assert carry_out(post.connection, school.side.clock(), outside_stores(live)) == 0


def test_the_erasures_are_replayed_and_the_money_stays(restored: Restored) -> None:
    settings, begun = restored.settings, time.monotonic()
    before = restored.found()
    assert {number for number, _ in before} == set(range(1, 12)), "the control: the backup has it all"

    past, aside, replayed = adopt(settings)
    assert past is None, "it is the same cluster"
    assert aside is not None
    assert aside.exists()
    assert replayed == 9
    after = restored.found()
    assert {number for number, _ in after} == {3, 5, 6}, "the name of who was deactivated, and the neighbour"
    assert isinstance(restored.state("gone"), ErasedDossier)
    assert isinstance(restored.state("kept"), DeactivatedDossier)
    assert isinstance(restored.state("deleted"), ErasedDossier)
    assert restored.state("deleted").suppressed is not None, "no import writes to it either"
    stays = restored.state("stays")
    assert (len(stays.suppressed_too), stays.suppressed is None) == (1, False), "of what was part of it too"
    assert isinstance(restored.state("late part"), ErasedDossier), "merged after the backup: on its own there"
    assert totals(settings.database_url) == restored.totals

    with school_on(settings.database_url) as school:
        compared = check_models(settings.database_url, school.side.store, MODELS, lambda *_: None)
    assert not any(one.differs for one in compared)
    sealed(settings)
    assert verified(settings, settings.notary_file).fault is None
    assert replay(settings) == 0, "once more is once"
    seconds = time.monotonic() - begun
    print(f"restore: {len(before)} places before, 0 of the erased after, {seconds:.1f} s")
    assert seconds < 300


@pytest.mark.rule("DOS-9")
def test_who_is_restored_by_people_after_a_replay_stays_restored(restored: Restored) -> None:
    settings = restored.settings
    migrate(settings.database_url)
    assert replay(settings) == 9, "a start alone does it too"
    with school_on(settings.database_url) as school:
        school.send(RestoreDossier(client=restored.clients["kept"], email="neuve@example.com", country="CA"))
    assert replay(settings) == 0
    assert isinstance(restored.state("kept"), Dossier)
    with post_on(settings.database_url) as post:
        post.react_and_deliver()
        assert carry_out(post.connection, post.school.side.clock(), outside_stores(settings)) == 0
    assert replay(settings) == 0, "its own new lines are in the log"


def test_a_live_log_has_nothing_to_replay(restored: Restored) -> None:
    live = restored.settings.model_copy(update={"database_url": restored.live.url})
    assert replay(live) == 0
    left = {number for number, _ in restored.found(live)}
    assert left == {3, 5, 6}, "of who was merged and then erased nothing is found"
    assert adopt(live) == (None, None, 0)


@pytest.mark.rule("T26")
def test_where_only_readings_were_lost_their_chain_goes_on_too(
    database: str, empty_database: str, redis_url: str, tmp_path: Path
) -> None:
    """Nothing happened after the backup, but somebody read: the notary knows a seal of the trail too many."""
    live = Settings(mode="test", data_dir=tmp_path / "var", database_url=database, redis_url=redis_url)
    keys(live)
    with post_on(database) as post:
        post.school.client()
        sealed(live)
        dump = tmp_path / "portail.dump"
        tool("pg_dump", "--format=custom", f"--file={dump}", database)
        read_by_somebody(post)
        sealed(live)
        tool("pg_restore", "--no-owner", f"--dbname={empty_database}", str(dump))
        settings = live.model_copy(update={"database_url": empty_database})
        _, aside, _ = adopt(settings)
        assert aside is not None
        with post_on(empty_database) as again:
            read_by_somebody(again)
        sealed(settings)
        assert verified(settings, settings.notary_file).fault is None
        old = verified(settings, aside).fault
        assert old is not None, "the control: the old file contradicts it"
        assert old.trail


def read_by_somebody(post: Post) -> None:
    seen = Access(post.school.side.clock(), UUID(int=7), Role.OFFICE, None, Reading.DOSSIER, UUID(int=8), 1)
    access_trail.write_now(post.connection, seen)


def test_a_ledger_that_somebody_changed_stops_the_start(restored: Restored) -> None:
    file = restored.settings.notary_file
    file.write_bytes(file.read_bytes().replace(b'"client.dossier_erased"', b'"client.dossier_kept"'))
    with pytest.raises(LedgerError, match="rejoués"):
        replay(restored.settings)
