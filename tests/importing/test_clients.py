"""Clients of another system: every reason of a refusal, the same file twice, a killed run, 50,000 of them."""

from __future__ import annotations

import multiprocessing
import resource
import time
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from aggregates.client.events import DossierOrigin, FormOfAddress
from aggregates.client.state import CLIENT, Dossier, ErasedDossier
from aggregates.kernel import Role
from commands.access import SYSTEM, ForbiddenError
from commands.clients.approve_deletion import ApproveDeletion
from commands.clients.propose_deletion import ProposeDeletion
from commands.importing import imported_id
from commands.imports.import_client import ImportClient
from service.importing.mapping import ImportFileError, read_mapping
from service.importing.running import ImportOutcome, import_file
from service.verify import claims_check
from tests.support.importing import CLIENTS, CLIENTS_HEAD, import_until_killed, imported, many, written
from tests.support.lanes import figures
from tests.support.write_side import ADMIN, VAULT, School, principal, school_on


@pytest.fixture
def school(database: str) -> Iterator[School]:
    with school_on(database) as made:
        yield made


@pytest.fixture
def other(other_database: str) -> Iterator[School]:
    with school_on(other_database) as made:
        yield made


def facts(school: School) -> list[tuple[Any, ...]]:
    """Everything that happened, in the order of streams."""
    read = [school.side.store.decode(row) for row in school.side.store.read_after(0, 10**6)]
    return sorted(((e.originator_id, e.originator_version, e.fact) for e in read), key=lambda e: e[:2])


def clients(folder: Path, *lines: str) -> tuple[Path, Path]:
    return written(folder, CLIENTS, CLIENTS_HEAD, lines)


def told(rows: list[Any]) -> list[tuple[str, ...]]:
    return [(r["Ligne"], r["Clé"], r["Résultat"], r["Colonne"], r["Règle"]) for r in rows]


@pytest.mark.rule("IMP-1")
def test_a_line_becomes_a_dossier_marked_as_imported(school: School, tmp_path: Path) -> None:
    paths = clients(tmp_path, "17;D'Arcy;Éloïse;Mme;Eloise@example.com;H2X 1Y4;", "18;Roy;Luc;;;;Canada")
    assert told(imported(school, paths)) == [("2", "17", "importée", "", ""), ("3", "18", "importée", "", "")]
    dossier = school.state(CLIENT.at(imported_id("ancien", "client", "17")))
    assert isinstance(dossier, Dossier)
    assert (dossier.last_name, dossier.first_name) == ("D'Arcy", "Éloïse")
    assert (dossier.form_of_address, dossier.country) == (FormOfAddress.MADAM, "CA")
    (created,) = school.facts(CLIENT.at(imported_id("ancien", "client", "18")))
    assert created.origin is DossierOrigin.IMPORT  # type: ignore[attr-defined]


BAD = [
    (";Roy;Luc;;;;", "No", "IMP-1"),
    ("1;;Luc;;;;", "Nom", "IMP-1"),
    ("1;Roy;Luc;Dr;;;", "Titre", "IMP-1"),
    ("1;Roy;Luc;;luc@;;", "Courriel", "IMP-1"),
    ("1;Roy;Luc;;;;Belgique", "Pays", "IMP-1"),
    ("1;Roy;Luc;;;", "", "IMP-1"),
    ("1;Roy;Luc;;zoe@example.com;;", "Courriel", "DOS-4"),
    ("1;d arcy;Zoe;;;h2x1y4;", "Nom", "DOS-4"),
]


@pytest.mark.rule("IMP-1", "DOS-4")
@pytest.mark.parametrize("dry_run", [True, False])
@pytest.mark.parametrize(("line", "column", "rule"), BAD)
def test_what_is_wrong_is_told_with_column_and_rule_and_the_next_line_goes_on(
    school: School, tmp_path: Path, line: str, column: str, rule: str, *, dry_run: bool
) -> None:
    there = school.client(
        last_name="D'Arcy", first_name="Zoé", email="zoe@example.com", postal_code="H2X 1Y4"
    )
    bad, good = imported(school, clients(tmp_path, line, "2;Roy;Luc;;;;"), dry_run=dry_run)
    assert (bad["Résultat"], bad["Colonne"], bad["Règle"]) == ("refusée", column, rule)
    assert bad["Raison"].endswith((".", "»"))
    assert bad["Dossier"] == (str(there) if rule == "DOS-4" else "")
    assert good["Résultat"] == ("à importer" if dry_run else "importée")


@pytest.mark.rule("IMP-1")
def test_a_text_of_another_encoding_is_told(school: School, tmp_path: Path) -> None:
    paths = clients(tmp_path)
    paths[1].write_bytes(f"{CLIENTS_HEAD}\n1;Roy;Éloi;;;;\n2;Roy;Luc;;;;\n".encode("cp1252"))
    with pytest.raises(ImportFileError, match="Prénom"):
        imported(school, paths)
    head = CLIENTS_HEAD.encode()
    paths[1].write_bytes(b"\xef\xbb\xbf" + head + "\n1;Roy;Éloi;;;;\n".encode("cp1252"))
    (row,) = imported(school, paths)
    assert (row["Résultat"], row["Colonne"]) == ("refusée", "Prénom")
    paths[0].write_text('encoding = "cp1252"\n' + CLIENTS, "utf-8")
    paths[1].write_bytes(f"{CLIENTS_HEAD}\n1;Roy;Éloi;;;;\n".encode("cp1252"))
    assert imported(school, paths)[0]["Résultat"] == "importée"


@pytest.mark.rule("IMP-1", "DOS-10")
def test_who_was_deleted_is_not_brought_back(school: School, tmp_path: Path) -> None:
    gone = school.client(email="zoe@example.com")
    school.send(ProposeDeletion(client=gone, reason="Ne souhaite plus rien."))
    school.send(ApproveDeletion(client=gone), principal(Role.OFFICE))
    assert isinstance(school.state(CLIENT.at(gone)), ErasedDossier)
    before = facts(school)
    (row,) = imported(school, clients(tmp_path, "1;Roy;Zoé;;ZOE@example.com;;"))
    assert (row["Résultat"], row["Colonne"], row["Règle"]) == ("refusée", "Courriel", "DOS-10")
    assert facts(school) == before


@pytest.mark.rule("IMP-1")
def test_a_dry_run_says_the_same_and_writes_nothing(school: School, tmp_path: Path) -> None:
    lines = ("1;Roy;Luc;;luc@example.com;;", "2;Roy;Léa;;LUC@example.com;;", "1;Roy;Luc;;luc@example.com;;")
    paths = clients(tmp_path, *lines, "3;Roy;Zoé;;;H2X;", "4;ROY;Zoe;;;h2x;", "1;Roy;Luce;;;;")
    rehearsed = imported(school, paths, dry_run=True)
    assert facts(school) == []
    done = imported(school, paths)
    assert [
        {**row, "Résultat": row["Résultat"].replace("à importer", "importée")} for row in rehearsed
    ] == done
    assert [row["Résultat"].split(",")[0] for row in done] == [
        "importée",
        "refusée",
        "déjà importée",
        "importée",
        "refusée",
        "déjà importée",
    ]


@pytest.mark.rule("IMP-1")
def test_the_same_file_twice_changes_nothing_and_a_changed_line_is_told(
    school: School, tmp_path: Path
) -> None:
    imported(school, clients(tmp_path, *many(5)))
    before = facts(school)
    rows = imported(school, clients(tmp_path, *many(4), "4;D'Arcy;Zoé;;;;"))
    assert Counter(row["Résultat"] for row in rows) == {
        "déjà importée": 4,
        "déjà importée, a changé depuis\N{NO-BREAK SPACE}: rien n’est modifié": 1,
    }
    assert facts(school) == before


@pytest.mark.rule("IMP-1")
def test_killed_in_the_middle_and_started_again_ends_equal(
    school: School, other: School, database: str, tmp_path: Path
) -> None:
    paths = clients(tmp_path, *many(2_000))
    process = multiprocessing.get_context("spawn").Process(
        target=import_until_killed, args=(database, *paths)
    )
    process.start()
    while process.is_alive() and len(school.side.store.read_after(0, 10**6)) < 50:
        time.sleep(0.01)
    process.kill()
    process.join()
    assert 50 <= len(facts(school)) < 2_000
    again = Counter(row["Résultat"] for row in imported(school, paths))
    assert again["importée"] > 0
    assert again["importée"] + again["déjà importée"] == 2_000
    imported(other, paths)
    assert facts(school) == facts(other)
    with school.side.store.log.connection() as connection, connection.transaction():
        assert claims_check(VAULT)(connection) is None


@pytest.mark.rule("IMP-1")
@figures(("count", "seconds"), short=(500, 60), long=(50_000, 600))
def test_many_clients_in_time_and_in_flat_memory(
    school: School, tmp_path: Path, count: int, seconds: int
) -> None:
    imported(school, clients(tmp_path / "warm", *many(100)))
    mapping, file = clients(tmp_path / "all", *many(count))
    memory, started = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss, time.monotonic()
    with (tmp_path / "report.csv").open("w", encoding="utf-8-sig", newline="") as report:
        counted = import_file(school.side, read_mapping(mapping), file, report, dry_run=False)
    took, grown = time.monotonic() - started, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - memory
    print(f"{count} clients: {took:.0f} s, {memory // 1024} MiB and {grown // 1024} MiB more")
    assert counted == {ImportOutcome.KNOWN: 100, ImportOutcome.IMPORTED: count - 100}
    assert grown < 30 * 1024
    assert took < seconds


@pytest.mark.rule("IMP-1")
def test_only_the_system_imports(school: School) -> None:
    command = ImportClient(source="ancien", key="1", last_name="Roy", first_name="Luc", country="CA")
    with pytest.raises(ForbiddenError):
        school.send(command, ADMIN)
    assert school.send(command, SYSTEM).made == {"client": imported_id("ancien", "client", "1")}


@pytest.mark.parametrize(
    ("change", "told"),
    [
        (('kind = "clients"', 'kind = "clowns"'), "kind"),
        (('last_name = "Nom"', ""), "last_name"),
        (('last_name = "Nom"', 'last_name = "Nom"\nfamily = "Nom"'), "family"),
        (("[columns]", 'encoding = "latin"\n[columns]'), None),
        (("[columns]", 'encoding = "klingon"\n[columns]'), "encoding"),
        (("[columns]", "[columns"), "illisible"),
    ],
)
@pytest.mark.rule("IMP-1")
def test_a_wrong_mapping_is_told(tmp_path: Path, change: tuple[str, str], told: str | None) -> None:
    path = tmp_path / "mapping.toml"
    path.write_text(CLIENTS.replace(*change), "utf-8")
    if told is None:
        assert read_mapping(path).encoding == "iso8859-1"
    else:
        with pytest.raises(ImportFileError, match=told):
            read_mapping(path)
