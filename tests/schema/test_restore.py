"""A dump restored into a new cluster: start-up refuses, adopting makes all of it readable again."""

from __future__ import annotations

import subprocess
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest

from aggregates.client.state import CLIENT, Dossier
from commands.clients.remove_dossier import RemoveDossier
from schema.migrate import PositionsAheadError, adopt_restored_log, migrate
from service.embedded import Servers
from service.embedded.postgres import install_folder
from tests.support.builders import log_on
from tests.support.write_side import School, school_on

TRANSACTIONS = 20_000
"""Transaction ids that the old cluster is ahead of a new one."""

pytestmark = pytest.mark.owns_servers


@pytest.fixture
def old_cluster(data_dir: Path) -> Iterator[str]:
    with Servers(data_dir / "old", redis_url="redis://unused", fsync=False) as servers:
        with psycopg.connect(servers.database_url, autocommit=True) as connection:
            connection.execute(
                f"do $$ begin for n in 1..{TRANSACTIONS} loop perform pg_current_xact_id(); commit;"
                " end loop; end $$"
            )
        migrate(servers.database_url)
        yield servers.database_url


@pytest.fixture
def new_cluster(data_dir: Path) -> Iterator[str]:
    with Servers(data_dir / "new", redis_url="redis://unused", fsync=False) as servers:
        yield servers.database_url


def tool(name: str, *words: str) -> None:
    """Run one of PostgreSQL's own tools."""
    subprocess.run([install_folder() / "bin" / name, *words], check=True, timeout=60)


def fill(school: School) -> None:
    activity = school.activity()
    workshop = school.workshop(activity)
    for _ in range(20):
        school.registration(school.client(), activity, workshop)


def test_all_events_of_a_restored_dump_are_readable_and_appends_go_on_above(
    old_cluster: str, new_cluster: str, tmp_path: Path
) -> None:
    with school_on(old_cluster) as school:
        fill(school)
        original = school.side.store.read_after(0, 10_000)
        states = [school.side.store.decode(row).fact for row in original]
    dump = tmp_path / "portail.dump"
    tool("pg_dump", "--format=custom", f"--file={dump}", old_cluster)
    tool("pg_restore", "--no-owner", "--no-privileges", f"--dbname={new_cluster}", str(dump))
    with log_on(new_cluster) as log:
        unread = len(original) - len(log.store.read_after(0, 10_000))
    assert unread == len(original), "without adopting, nothing is readable: the check has something to find"

    with pytest.raises(PositionsAheadError):
        migrate(new_cluster)
    adopt_restored_log(new_cluster)
    assert migrate(new_cluster) == []

    with school_on(new_cluster) as school:
        store = school.side.store
        restored = store.read_after(0, 10_000)
        assert restored == original
        assert [store.decode(row).fact for row in restored] == states
        client = school.client()
        answer = school.send(RemoveDossier(client=client))
        newest = store.read_after(original[-1].position, 10)
        assert [row.originator_id for row in newest] == [client, client]
        assert answer.position == newest[-1].position > original[-1].position
        some = next(row.person for row in original if row.topic == "client.dossier_created")
        assert some is not None
        assert isinstance(store.load([CLIENT.at(some)])[0].state, Dossier)
    print(f"restore: {len(restored)} of {len(original)} events readable, 0 before adopting")
