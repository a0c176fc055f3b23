"""How people are found: keys a row keeps of names, e-mail and telephone, and what a text asks of them."""

from __future__ import annotations

import re

from aggregates.kernel import Erased, fold, fold_email

KEYS = {"words": "tsvector", "email_key": "text", "telephone_key": "text"}
"""Columns, with an index each: `using gin (words)`, `(email_key collate "C")`, the same for telephone."""
CONDITION = """(p.words @@ %(words)s::tsquery
    or p.email_key collate "C" between %(email)s and %(email)s || %(last)s
    or p.telephone_key collate "C" between %(number)s and %(number)s || '9')"""
_FEWEST_OF_EMAIL, _FEWEST_DIGITS = 3, 4


def words(*names: str | Erased) -> str | None:
    """What a search finds names by: each word, and compound names as one."""
    found: set[str] = set()
    for name in names:
        if isinstance(name, Erased):
            return None
        for part in name.split():
            found |= {fold(part), *(fold(piece) for piece in re.split(r"\W", part))}
    return " ".join(sorted(found - {""}))


def contact_keys(email: str | Erased | None, telephone: str | Erased | None) -> dict[str, str | None]:
    """An e-mail is found by its beginning, a telephone number by its last digits."""
    return {
        "email_key": fold_email(email) if isinstance(email, str) else None,
        "telephone_key": _digits(telephone)[::-1] if isinstance(telephone, str) else None,
    }


def asked(text: str) -> dict[str, str | None]:
    """Parameters of CONDITION: beginnings of names in any order, of an e-mail, or a number's last digits."""
    text = text.replace("\0", "")
    named = [] if "@" in text else [word for word in map(fold, text.split()) if word]
    email, digits = fold_email(text), _digits(text)
    written = len(email) >= _FEWEST_OF_EMAIL and " " not in email
    return {
        "words": " & ".join(f"{word}:*" for word in named) or None,
        "email": email if written else None,
        "number": digits[::-1] if len(digits) >= _FEWEST_DIGITS else None,
        "last": "\U0010ffff",
    }


def _digits(text: str) -> str:
    return "".join(c for c in text if c.isdecimal())
