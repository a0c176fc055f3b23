"""Small predicates over what the school writes, one per rule."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator

from aggregates.mailing.refusals import UnknownPlaceholder

_BRACES = re.compile(r"\{([^{}]*)\}|[{}]\w*")


def known_placeholders(texts: Collection[str], allowed: Collection[str]) -> None:
    """Every brace belongs to a placeholder that this text may hold (COM-4).

    Raises UnknownPlaceholder, which names each unknown one and those allowed, braces included.
    """
    unknown = [found for text in texts for found in _unknown(text, allowed)]
    if unknown:
        raise UnknownPlaceholder(
            unknown=tuple(dict.fromkeys(unknown)), allowed=tuple(f"{{{name}}}" for name in allowed)
        )


def _unknown(text: str, allowed: Collection[str]) -> Iterator[str]:
    for found in _BRACES.finditer(text):
        if found[1] is None or found[1] not in allowed:
            yield found[0]
