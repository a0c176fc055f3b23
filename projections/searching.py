"""The search of dossiers: keys a row keeps of names, e-mail and telephone, and what a text asks of them."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from typing import Any, cast
from uuid import UUID

from aggregates.kernel import Erased, fold, fold_email
from projections.query import Reads, Row, instant, value

KEYS = {"words": "tsvector", "near": "text[]", "email_key": "text", "telephone_key": "text"}
"""Columns."""
_AT_ONCE = "with (fastupdate = off)"
"""Else new keys wait in a list that every search reads whole: 40 ms of each at 100,000 clients."""
INDEXES = (
    f"using gin (words) {_AT_ONCE}",
    f"using gin (near) {_AT_ONCE}",
    '(email_key collate "C")',
    '(telephone_key collate "C")',
)
CONDITION = """(p.words @@ %(words)s::tsquery
    or p.email_key collate "C" between %(email)s and %(email)s || %(last)s
    or p.telephone_key collate "C" between %(number)s and %(number)s || '9'
    or p.client = any(array(select i.client from read.dossier_invoice i where i.number = %(invoice)s)))"""
NEAR = "p.near && %(near_1)s::text[] and p.near && %(near_2)s::text[] and p.near && %(near_3)s::text[]"
"""Names that are what was asked but for one typing error in each word."""
_FEWEST_OF_EMAIL, _FEWEST_DIGITS, _FEWEST_LETTERS = 3, 4, 4
_INVOICE = re.compile(r"[A-Z]+-[0-9]{4}-[0-9]{4,}")


def words(*names: str | Erased) -> str | None:
    """What a search finds names by: each word, and compound names as one."""
    found: set[str] = set()
    for name in names:
        if isinstance(name, Erased):
            return None
        for part in name.split():
            found |= {fold(part), *_pieces(part)}
    return " ".join(sorted(found - {""}))


def near(*names: str | Erased) -> list[str] | None:
    """Each word of the names, whole and without each of its letters: a letter too many, too few, wrong or
    in its neighbour's place leaves one of them in common."""
    found: set[str] = set()
    for name in names:
        if isinstance(name, Erased):
            return None
        found |= {key for word in _pieces(name) for key in _without_a_letter(word)}
    return sorted(found)


def asked_nearly(text: str) -> dict[str, list[str]] | None:
    """Parameters of NEAR: the longest words of the text; None where it has none of four letters."""
    longest = sorted(_pieces(text), key=len, reverse=True)[:3]
    asked_ = [_without_a_letter(word) for word in longest if len(word) >= _FEWEST_LETTERS]
    return {f"near_{n}": asked_[(n - 1) % len(asked_)] for n in (1, 2, 3)} if asked_ else None


def _pieces(text: str) -> list[str]:
    return [folded for piece in re.split(r"\W+", text) if (folded := fold(piece))]


def _without_a_letter(word: str) -> list[str]:
    if len(word) < _FEWEST_LETTERS:
        return [word]
    return [word, *(word[:n] + word[n + 1 :] for n in range(len(word)))]


def contact_keys(email: str | Erased | None, telephone: str | Erased | None) -> dict[str, str | None]:
    """An e-mail is found by its beginning, a telephone number by its last digits."""
    return {
        "email_key": fold_email(email) if isinstance(email, str) else None,
        "telephone_key": _digits(telephone)[::-1] if isinstance(telephone, str) else None,
    }


def asked(text: str) -> dict[str, Any]:
    """Parameters of CONDITION: beginnings of names in any order, of an e-mail, a telephone number's last
    digits, or an invoice's number."""
    text = text.replace("\0", "")
    named = [] if "@" in text else [word for word in map(fold, text.split()) if word]
    email, digits = fold_email(text), _digits(text)
    written = len(email) >= _FEWEST_OF_EMAIL and " " not in email
    return {
        "words": " & ".join(f"{word}:*" for word in named) or None,
        "email": email if written else None,
        "invoice": number.group() if (number := _INVOICE.fullmatch(text.strip().upper())) else None,
        "number": digits[::-1] if len(digits) >= _FEWEST_DIGITS else None,
        "last": "\U0010ffff",
    }


def _digits(text: str) -> str:
    return "".join(c for c in text if c.isdecimal())


PERSON = f"""
    p.client as id, p.state, coalesce(p.last_name, '[effacé]') as last_name,
    coalesce(p.first_name, '') as first_name, p.form_of_address,
    case when p.state in ('active', 'merged') then p.email else '[effacé]' end as email,
    case when p.state in ('active', 'merged') then p.telephone else '[effacé]' end as telephone,
    case when p.state in ('active', 'merged') then p.street else '[effacé]' end as street,
    case when p.state in ('active', 'merged') then p.city else '[effacé]' end as city,
    coalesce(p.postal_code, case when p.state = 'erased' then '[effacé]' end) as postal_code,
    case when p.state in ('active', 'merged') then p.country else '[effacé]' end as country, p.language,
    p.merged_into, {instant("p.created_at")} as created_at
"""
"""Columns of a dossier as lists and pages show it."""
_LISTED = "read.dossier_person p where p.state <> 'erased'"
_FOUND = f"{_LISTED} and {CONDITION}"
_NEARLY = f"{_LISTED} and {NEAR}"
COUNTED = 1_000
"""So many are counted; where there are more, nobody reads them one by one."""


async def search(
    connection: Reads, text: str, *, after: tuple[str, UUID] | None = None, limit: int = 50
) -> list[Row]:
    """Dossiers found, by name, all without a text; `after` is `sort` and `id` of the last row before."""
    people = _FOUND if text.strip() else _LISTED
    return await _by_name(connection, people, asked(text), after, limit)


async def nearly(connection: Reads, text: str, *, limit: int = 50) -> list[Row]:
    """For a text that finds nothing: those whose names are that text but for a typing error in each word."""
    near_to = asked_nearly(text)
    return await _by_name(connection, _NEARLY, near_to, None, limit) if near_to else []


async def to_choose(
    connection: Reads, text: str, *, limit: int, but: Collection[str] = frozenset()
) -> list[Row]:
    """Active dossiers that a typed name may mean, for a choice among them: those found, else those nearly."""
    for look in (search, nearly):
        rows = await look(connection, text, limit=limit * 3)  # inactive ones are among them
        if chosen := [row for row in rows if row["state"] == "active" and row["id"] not in but]:
            return chosen[:limit]
    return []


_PAGE = """
    select coalesce(json_agg(row_to_json(q)), '[]')::text from (
        select {columns}, p.sort from {people}
          and (%(at)s::text is null or (p.sort collate "C", p.client) > (%(at)s, %(id)s))
        order by p.sort collate "C", p.client limit %(limit)s) q"""


async def _by_name(
    connection: Reads, people: str, asked: Mapping[str, Any], after: tuple[str, UUID] | None, limit: int
) -> list[Row]:
    query = _PAGE.format(columns=PERSON, people=people)  # sql: one of the conditions above
    page = {"at": after[0] if after else None, "id": after[1] if after else None, "limit": limit}
    return cast("list[Row]", await value(connection, query, {**asked, **page}))


async def found(connection: Reads, text: str) -> int:
    """How many dossiers the search finds, up to one more than COUNTED."""
    people = _FOUND if text.strip() else _LISTED
    query = f"select count(*)::text from (select 1 from {people} limit %(most)s) f"
    return cast("int", await value(connection, query, asked(text) | {"most": COUNTED + 1}))
