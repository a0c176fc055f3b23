"""docs/roles.md, made from the tables that the code declares; run as a program, it writes the page anew."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from inspect import cleandoc

from fastapi.dependencies.models import Dependant
from fastapi.routing import APIRoute

from aggregates.kernel import Role
from commands.access import Allowed, Scope
from service.bootstrap import COMMANDS
from service.routes import ROUTERS
from service.web import described, health
from tests.architecture.role_matrix import COLUMNS
from tests.architecture.source import ROOT

PAGE = ROOT / "docs" / "roles.md"
_COMMAND = "/api/commands/"
_WORDS = {Scope.ANY: "any", Scope.OWN_WORKSHOPS: "own", Scope.OWN_FILE: "file"}
_HEAD = cleandoc(
    """
    # Who may do what

    Written by `make roles` from what the commands and routes declare; `tests/architecture/role_matrix.py`
    says, by hand, what they have to declare.

    `any`: on any object. `own`: own workshops, for organisers those of their regions too; of a list, what is
    one's own. `file`: the own file.
    Nothing: refused with 403. What is out of reach is answered with the same 404 as what does not exist.
    Some commands look further: responsibilities are given to a role or a person in the settings, a second
    person is another one than the first, and a client's helper passes with two acts only (DOS-12).
    """
)


def tables(dependant: Dependant) -> Iterator[Allowed]:
    """The tables that a route's dependencies let people in by."""
    for each in dependant.dependencies:
        table = getattr(each.call, "allowed", None)
        if table is not None:
            yield table
        yield from tables(each)


def routes() -> Iterator[APIRoute]:
    """Every route that answers something of the school's, those of commands apart."""
    for router in ROUTERS:
        for route in router.routes:
            assert isinstance(route, APIRoute)
            if not route.path.startswith(_COMMAND):
                yield route
    yield APIRoute("/health", health)
    yield APIRoute("/openapi.json", described)


def name(route: APIRoute) -> str:
    """Its method and path."""
    return f"{' '.join(route.methods or ())} {route.path}"


def declared() -> Mapping[str, Allowed | None]:
    """Route → the table by which it lets people in, None for one that asks nobody. Raises ValueError."""
    found: dict[str, Allowed | None] = {}
    for route in routes():
        its = list(tables(route.dependant))
        if len(its) > 1:
            raise ValueError(f"{name(route)} has two tables")
        found[name(route)] = its[0] if its else None
    return found


def commands() -> Mapping[str, Allowed]:
    """Command → its table."""
    return {command.verb_noun(): command.ALLOWED for command in COMMANDS}


def page() -> str:
    """The whole page."""
    of_routes = declared()
    api = {n: t for n, t in of_routes.items() if t is not None and " /api/" in n}
    pages = {n: t for n, t in of_routes.items() if t is not None and " /api/" not in n}
    open_ = [n for n, t in of_routes.items() if t is None]
    return (
        "\n\n".join(
            [
                _HEAD,
                "## Commands",
                _table(commands().items()),
                "## Questions over the API, and uploads",
                _table(api.items()),
                "## Pages",
                _table(pages.items()),
                "## Without log-in",
                "\n".join(f"- `{each}`" for each in sorted(open_)),
            ]
        )
        + "\n"
    )


def _table(rows: Iterable[tuple[str, Allowed]]) -> str:
    heads = [role.value for role in COLUMNS]
    lines = [f"| | {' | '.join(heads)} |", "|---" * (len(heads) + 1) + "|"]
    for each, table in sorted(rows):
        cells = [_WORDS[table[role]] if role in table else "" for role in COLUMNS]
        lines.append(f"| `{each}` | {' | '.join(cells)} |")
    return "\n".join(lines)


def differences(
    found: Mapping[str, Mapping[Role, Scope]], expected: Mapping[str, Mapping[Role, Scope]]
) -> list[str]:
    """Cells that are not as they have to be, and rows that only one side knows."""
    wrong = [f"{each}: declared, but in no row of the matrix" for each in sorted(found.keys() - expected)]
    wrong += [f"{each}: in the matrix, but nowhere declared" for each in sorted(expected.keys() - found)]
    for each in sorted(found.keys() & expected.keys()):
        for role in COLUMNS:
            is_, should = found[each].get(role), expected[each].get(role)
            if is_ is not should:
                wrong.append(
                    f"{each}: {role.value} has {is_ or 'nothing'}, should have {should or 'nothing'}"
                )
    return wrong


if __name__ == "__main__":
    PAGE.write_text(page(), "utf-8")
