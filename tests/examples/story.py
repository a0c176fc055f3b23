"""A worked example as the school's staff would tell it, carried out over POST /api/commands.

`make examples` writes docs/exemples.md from these tests; each test compares its own part with the page.
"""

from __future__ import annotations

import os
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from uuid import UUID

from aggregates.invoice.state import INVOICE
from aggregates.kernel import Aggregate, Money, Role
from commands.message import Command
from schema.wording import money
from tests.support.http import Door
from tests.support.write_side import School

PAGE = Path(__file__).parents[2] / "docs" / "exemples.md"
_HEAD = """# Exemples

Chaque règle de l’école par un exemple : la situation, le geste, ce qui en sort. Cette page est
écrite par les tests (`make examples`), qui font ces gestes par l’API et comparent le résultat ; elle ne se
modifie pas à la main.
"""
_PART = re.compile(r"^### .*?(?=^### |\Z)", re.MULTILINE | re.DOTALL)


def told(value: Any) -> str:
    """A value as it is read."""
    if isinstance(value, Money):
        return money("fr", value)
    if isinstance(value, bool):
        return "oui" if value else "non"
    return " ; ".join(map(told, value)) if isinstance(value, list | tuple) else str(value)


@dataclass
class Story:
    """Situation, acts and results of one example."""

    door: Door
    rules: tuple[str, ...]
    title: str = ""
    lines: list[str] = field(default_factory=list)

    @property
    def school(self) -> School:
        return self.door.school

    def situation(self, text: str) -> None:
        self.lines.append(f"- Situation : {text}")

    def act(
        self, text: str, command: Command, *, by: Role = Role.OFFICE, user: UUID | None = None
    ) -> Mapping[str, UUID]:
        """Somebody does it, over HTTP; answers the ids it made."""
        answer = self.door.send(command, self.door.as_(by, user=user))
        assert answer.status_code == 200, answer.text
        self.lines.append(f"- Geste : {text}")
        made = {name: value for name, value in answer.json().items() if name != "position"}
        return {name: UUID(value) for name, value in made.items()}

    def refused(
        self, text: str, command: Command, code: str, *, by: Role = Role.OFFICE, user: UUID | None = None
    ) -> None:
        """Somebody tries it and is refused; the page shows the sentence, nothing is stored."""
        with self.door.nothing_done():
            answer = self.door.send(command, self.door.as_(by, user=user))
        found = answer.json()
        assert (answer.status_code, found["code"]) == (409, code), answer.text
        self.lines += [f"- Geste : {text}", f"- Refus : {found['detail']}"]

    def result(self, text: str, actual: Any, expected: Any) -> None:
        """What came out of it."""
        assert actual == expected
        self.lines.append(f"- Résultat : {text} : {told(actual)}")

    def outcome(self, text: str, holds: bool) -> None:
        """What came out of it, where a sentence says it all."""
        assert holds
        self.lines.append(f"- Résultat : {text}")

    def state(self, kind: Aggregate[Any], stream: UUID) -> Any:
        """The state of a stream now."""
        return self.school.side.store.load([kind.at(stream)])[0].state

    def facts(self, kind: Aggregate[Any], stream: UUID) -> tuple[Any, ...]:
        """All that was recorded in a stream."""
        return self.school.side.store.load([kind.at(stream)])[0].facts

    def invoice(self, made: Mapping[str, UUID]) -> Any:
        """The invoice that an act made."""
        return self.state(INVOICE, made["invoice"])

    @property
    def part(self) -> str:
        """The example's part of the page."""
        return "\n".join([f"### {', '.join(self.rules)} · {self.title}", "", *self.lines, "", ""])


def check(story: Story) -> None:
    """The page tells this example as it came out; with PORTAIL_WRITE_EXAMPLES it is written anew."""
    parts = {part.splitlines()[0]: part for part in _PART.findall(PAGE.read_text("utf-8"))}
    head = story.part.splitlines()[0]
    if os.environ.get("PORTAIL_WRITE_EXAMPLES"):
        parts[head] = story.part
        PAGE.write_text(_HEAD + "\n" + "".join(parts[name] for name in sorted(parts, key=_place)), "utf-8")
    else:
        assert parts.get(head, "").strip() == story.part.strip(), "make examples"


def heads() -> list[str]:
    """The headings of the page."""
    return [part.splitlines()[0] for part in _PART.findall(PAGE.read_text("utf-8"))]


def _place(head: str) -> tuple[int, int, str]:
    """Rules in the order of the requirements."""
    area, number = re.match(r"### ([A-Z]+)-(\d+)", head).groups()  # type: ignore[union-attr]
    return (["DOS", "CAT", "ATE", "INS", "FAC", "COM", "REQ", "ATT"].index(area), int(number), head)
