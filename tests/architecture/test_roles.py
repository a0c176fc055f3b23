"""The role table: what is declared is what the specification asks for, and what the page in docs/ says."""

from __future__ import annotations

import pytest

from aggregates.kernel import Role
from commands.access import Allowed, Scope, both, staff_of
from tests.architecture import role_matrix
from tests.architecture.roles_page import PAGE, commands, declared, differences, page

pytestmark = pytest.mark.rule("T19")


def _of_routes() -> dict[str, Allowed]:
    return {name: table for name, table in declared().items() if table is not None}


def test_every_command_is_open_to_whom_the_specification_says() -> None:
    assert differences(commands(), role_matrix.COMMANDS) == []


def test_every_route_is_open_to_whom_the_specification_says() -> None:
    assert differences(_of_routes(), role_matrix.ROUTES) == []


def test_only_routes_that_are_for_everybody_ask_nobody_who_they_are() -> None:
    assert {name for name, table in declared().items() if table is None} == role_matrix.EVERYBODY


def test_the_page_in_docs_says_what_is_declared() -> None:
    assert PAGE.read_text("utf-8") == page(), "run `make roles`"


def test_a_wrong_cell_and_a_missing_row_are_found() -> None:
    table = {"read-ledger": {Role.ACCOUNTING: Scope.ANY}}
    assert differences(table, table) == []
    for wrong in ({Role.ACCOUNTING: Scope.OWN_FILE}, {}, {**table["read-ledger"], Role.CLIENT: Scope.ANY}):
        assert len(differences({"read-ledger": wrong}, table)) == 1
    assert len(differences({}, table)) == len(differences(table, {})) == 1


def test_tables_are_narrowed_to_whom_both_let_in_and_to_staff() -> None:
    wide = {Role.OFFICE: Scope.ANY, Role.TRAINER: Scope.OWN_WORKSHOPS, Role.CLIENT: Scope.OWN_FILE}
    assert both(wide, {Role.TRAINER: Scope.ANY}) == {Role.TRAINER: Scope.OWN_WORKSHOPS}
    assert both({Role.TRAINER: Scope.ANY}, wide) == {Role.TRAINER: Scope.OWN_WORKSHOPS}
    assert staff_of({**wide, Role.SYSTEM: Scope.ANY}).keys() == {Role.OFFICE, Role.TRAINER}
