"""A query as rows of a form: each a condition, « sauf » or not, joined to the row above by ET or OU (REQ-1).

Rows joined by OU are one group; groups are joined by ET. A row's fields carry its number: `kind-0`, `city-0`.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlencode

from pydantic import TypeAdapter, ValidationError

from aggregates.audience import conditions as asked
from aggregates.audience.conditions import AllOf, AnyOf, Group, Leaf, NoneOf
from schema.labels import label

KINDS: Mapping[str, str] = {
    "near": "À proximité d’une ville",
    "postal_prefix": "Début du code postal",
    "country": "Pays",
    "interested": "Intéressé par",
    "to_schedule": "À planifier pour",
    "registered": "Inscrit",
    "followed": "A suivi",
    "last_seen": "Vu pour la dernière fois",
    "student": "Étudiant d’une phase",
    "privilege_card": "Carte privilège valide",
    "consents": "Accepte",
    "balance_due": "Solde dû",
    "no_email": "Sans courriel",
    "language": "Langue",
}
"""Kind of a condition → how the form names it, those for everyday first."""
FIELDS: Mapping[str, Sequence[str]] = {
    "near": ("km", "city", "country", "place"),
    "postal_prefix": ("country", "prefix"),
    "country": ("country",),
    "interested": ("subject",),
    "to_schedule": ("activity",),
    "registered": ("activity", "since", "until"),
    "followed": ("activity", "since", "until"),
    "last_seen": ("since", "until"),
    "student": ("phase",),
    "consents": ("channel",),
    "language": ("language",),
}
_LEAF: TypeAdapter[Group | Leaf] = TypeAdapter(asked.Condition)
_TREE: TypeAdapter[Group | Leaf] = TypeAdapter(asked.Query)
_KIND = re.compile(r"kind-(\d{1,3})")


@dataclass
class Row:
    """One condition as it was typed; `words` are its fields by name."""

    kind: str
    words: dict[str, str] = field(default_factory=dict)
    either: bool = False
    """It belongs to the group of the row above."""
    but: bool = False

    def leaf(self) -> dict[str, Any]:
        """The condition as a saved query has it."""
        given: dict[str, Any] = {name: word for name, word in self.words.items() if word}
        kind, _, id_ = given.pop("subject", "").partition(":")
        if kind in ("activity", "phase"):
            given[kind] = id_
        return {"kind": self.kind} | given


def typed_rows(given: Mapping[str, str]) -> list[Row]:
    """The rows of the form in their order, one taken out or added as its buttons ask."""
    numbers = sorted(int(found[1]) for name in given if (found := _KIND.fullmatch(name)))
    rows = [
        Row(
            given[f"kind-{n}"],
            {name: given.get(f"{name}-{n}", "").strip() for name in FIELDS.get(given[f"kind-{n}"], ())},
            either=given.get(f"joint-{n}") == "ou",
            but=f"but-{n}" in given,
        )
        for n in numbers
        if str(n) != given.get("retirer") and given[f"kind-{n}"] in KINDS
    ]
    added = given.get("nouvelle", "")
    if "ajouter" in given and added in KINDS:
        rows.append(Row(added, dict.fromkeys(FIELDS.get(added, ()), "")))
    return rows


def as_query(rows: Sequence[Row]) -> str:
    """The same rows as the page's address has them."""
    return urlencode(
        [
            pair
            for n, row in enumerate(rows)
            for pair in (
                (f"kind-{n}", row.kind),
                *((f"{name}-{n}", word) for name, word in row.words.items() if word),
                *([(f"joint-{n}", "ou")] if row.either else []),
                *([(f"but-{n}", "1")] if row.but else []),
            )
        ]
    )


def tree_of_rows(rows: Sequence[Row]) -> tuple[Group | Leaf | None, dict[str, str]]:
    """The tree, or what is to be mended, by `field-number`."""
    errors: dict[str, str] = {}
    for n, row in enumerate(rows):
        try:
            _LEAF.validate_python(row.leaf())
        except ValidationError as error:
            errors |= _errors(error, n, row)
    if errors or not rows:
        return None, errors
    groups: list[list[dict[str, Any]]] = []
    for row in rows:
        one = {"kind": "none_of", "conditions": [row.leaf()]} if row.but else row.leaf()
        if row.either and groups:
            groups[-1].append(one)
        else:
            groups.append([one])
    joined = [g[0] if len(g) == 1 else {"kind": "any_of", "conditions": g} for g in groups]
    tree = joined[0] if len(joined) == 1 else {"kind": "all_of", "conditions": joined}
    try:
        return _TREE.validate_python(tree), {}
    except ValidationError:
        return None, {"form": "C’est trop de conditions : retirez-en."}


def _errors(error: ValidationError, n: int, row: Row) -> dict[str, str]:
    fields = FIELDS[row.kind]
    found = {}
    for each in error.errors(include_url=False, include_input=False, include_context=False):
        name = str(each["loc"][-1])
        place = name if name in fields else fields[0]
        found[f"{place}-{n}"] = label("fr", "malformed", each["type"])
    return found


def rows_of(tree: Group | Leaf) -> list[Row] | None:
    """The rows that say the same; None for a tree that rows cannot say."""
    found: list[Row] = []
    for part in tree.conditions if isinstance(tree, AllOf) else (tree,):
        members = part.conditions if isinstance(part, AnyOf | NoneOf) else (part,)
        for n, member in enumerate(members):
            row = _row(member, but=isinstance(part, NoneOf))
            if row is None:
                return None
            row.either = n > 0 and isinstance(part, AnyOf)
            found.append(row)
    return found


def _row(condition: Group | Leaf, *, but: bool) -> Row | None:
    if isinstance(condition, NoneOf) and len(condition.conditions) == 1 and not but:
        condition, but = condition.conditions[0], True
    if isinstance(condition, Group):
        return None
    given = condition.model_dump(mode="json", exclude_none=True, exclude={"kind"})
    words = {name: str(value) for name, value in given.items()}
    if condition.kind == "interested":
        ((kind, id_),) = words.items()
        words = {"subject": f"{kind}:{id_}"}
    return Row(condition.kind, dict.fromkeys(FIELDS.get(condition.kind, ()), "") | words, but=but)
