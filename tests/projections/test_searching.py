"""The search of dossiers forgives a typing error, knows invoices, and counts no further than it must."""

from __future__ import annotations

from uuid import UUID, uuid4

import psycopg
import pytest

from projections import searching
from tests.support.builders import dossier_created, dossier_erased, invoice_issued, invoice_line
from tests.support.projecting import Projecting

pytestmark = pytest.mark.rule("DOS-17")


def a_dossier(models: Projecting, last_name: str, first_name: str) -> UUID:
    client = uuid4()
    models.given((client, dossier_created(client, last_name=last_name, first_name=first_name)))
    return client


def found(models: Projecting, text: str) -> list[str]:
    rows = models.ask(lambda c: searching.search(c, text))
    return [f"{row['last_name']} {row['first_name']}" for row in rows]


def nearly(models: Projecting, text: str) -> list[str]:
    rows = models.ask(lambda c: searching.nearly(c, text))
    return [f"{row['last_name']} {row['first_name']}" for row in rows]


@pytest.mark.parametrize(
    "text",
    ["Levesqe", "levesquue", "Lévedque", "Lévseque", "elose levesque", "darcy levesqe", "éloise lévesqeu"],
    ids=["too few", "too many", "wrong", "swapped", "two words", "compound", "both"],
)
def test_a_typing_error_in_each_word_is_forgiven(models: Projecting, text: str) -> None:
    a_dossier(models, "D'Arcy-Lévesque", "Éloïse")
    a_dossier(models, "Tremblay", "Luc")
    assert found(models, text) == []
    assert nearly(models, text) == ["D'Arcy-Lévesque Éloïse"]


@pytest.mark.parametrize("text", ["Lvsque", "Roi", "tremblay éloise", "", "  ", "\0", "@"])
def test_more_is_not(models: Projecting, text: str) -> None:
    a_dossier(models, "D'Arcy-Lévesque", "Éloïse")
    a_dossier(models, "Roy", "Luc")
    assert nearly(models, text) == []


def test_for_a_choice_those_nearly_so_named_stand_in_where_nobody_else_is_found(models: Projecting) -> None:
    """The other dossier of one person is often the one that was mistyped (DOS-5)."""
    mine, mistyped, gone = (a_dossier(models, name, "Luc") for name in ("Lévesque", "Lévesqe", "Lévesqe"))
    models.given((gone, dossier_erased(gone)))

    def chosen(text: str, *but: UUID) -> list[str]:
        left_out = {str(client) for client in but}
        rows = models.ask(lambda c: searching.to_choose(c, text, limit=5, but=left_out))
        return [row["id"] for row in rows]

    assert chosen("Lévesque") == [str(mine)]
    assert chosen("Lévesque", mine) == [str(mistyped)]
    assert chosen("Tremblay") == []


def test_who_was_erased_is_near_nothing(models: Projecting) -> None:
    gone = a_dossier(models, "Lévesque", "Éloïse")
    a_dossier(models, "Lévesque", "Jeanne")
    models.given((gone, dossier_erased(gone)))
    assert nearly(models, "Levesqe") == ["Lévesque Jeanne"]
    assert models.rebuild() == {}
    assert nearly(models, "Levesqe") == ["Lévesque Jeanne"]


def test_an_invoice_leads_to_its_client(models: Projecting) -> None:
    client = a_dossier(models, "Roy", "Luc")
    a_dossier(models, "Côté", "Anne")
    models.given((uuid4(), invoice_issued(client, "CA-2026-0412", invoice_line())))
    assert found(models, " ca-2026-0412 ") == ["Roy Luc"]
    assert found(models, "CA-2026-0413") == []


def waiting_pages(models: Projecting, index: str) -> int:
    """Pages of new keys that a search would have to read whole."""
    with psycopg.connect(models.log.url, autocommit=True) as line:
        row = line.execute("select gin_clean_pending_list(%s::regclass)", (index,)).fetchone()
    assert row is not None
    return int(row[0])


def test_new_names_are_filed_at_once(models: Projecting) -> None:
    a_dossier(models, "Tremblay", "Zoé")
    with psycopg.connect(models.log.url, autocommit=True) as line:
        found = line.execute(
            "select i.indexrelid::regclass::text, i.indrelid::regclass::text from pg_index i"
            " join pg_class c on c.oid = i.indexrelid join pg_am a on a.oid = c.relam"
            " where a.amname = 'gin' and c.relname like 'person_%'"
        ).fetchall()
        line.execute("create table usual (near text[]); create index usual_near on usual using gin (near)")
        line.execute("insert into usual values (array['zoe'])")
    assert len(found) == 2
    assert [waiting_pages(models, index) for index, _table in found] == [0, 0]
    assert waiting_pages(models, "usual_near") == 1, "the control"


def test_many_are_counted_up_to_a_limit(models: Projecting, monkeypatch: pytest.MonkeyPatch) -> None:
    for n in range(4):
        a_dossier(models, f"Roy{'abcd'[n]}", "Luc")
    assert models.ask(lambda c: searching.found(c, "roy")) == 4
    monkeypatch.setattr(searching, "COUNTED", 2)
    assert models.ask(lambda c: searching.found(c, "roy")) == 3
