"""Finds articles by words whose accents and forms are ignored: plural, feminine, infinitive (AID-1)."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable
from functools import lru_cache

from aggregates.kernel import fold
from portal.help import Article

_WORD = re.compile(r"[^\W_]+")
_IDLE_WORDS = """
    a afin ai au aux avec c ca ce ces cet cette comment d dans de des dois doit du elle en est et
    etc faire faut fait il ils j je l la le les leur lui m ma mes moi mon n ne nous on ou par pas
    peut peux plus pour pourquoi puis qu quand que quel quelle quels quelles qui quoi s sa se ses si
    son sont sur t un une veut veux votre vos vous y
"""
_IDLE = frozenset(_IDLE_WORDS.split())
_ENDINGS_IN_LINES = """
    ications ication ations ation iptions iption ments ment ements ement issements issement eture
    etures iquer iques ique ences ence ents ente entes ent ances ance eurs eur euses euse iers ier
    ieres iere ees ee es e ies ie iee iees s x er ez ant ants ante antes ire ir re res its it ite
    ites ttes tte tre tres aux al ale ales els el elle elles ons ifs if ives ive
"""
_ENDINGS = sorted(_ENDINGS_IN_LINES.split(), key=len, reverse=True)
_STEM = 3
"""Letters that are left at least."""
_BEGINNING = 4
"""Letters of a stem that may stand for longer words: « préin » finds « préinscription »."""
_TITLE, _WORDS, _STEPS = 6, 4, 1


def stem(word: str) -> str:
    """A folded word without its ending; « annulées », « annuler » and « annulation » come to the same."""
    ending = next((e for e in _ENDINGS if word.endswith(e) and len(word) - len(e) >= _STEM), "")
    bare = word.removesuffix(ending) if ending else word
    return f"{bare[:-1]}i" if bare.endswith("y") else bare


def stems(text: str) -> list[str]:
    """The stems of the words that say something, in order."""
    words = (fold(word) for word in _WORD.findall(unicodedata.normalize("NFC", text)))
    return [stem(word) for word in words if word and word not in _IDLE]


def search(question: str, among: Iterable[Article]) -> list[Article]:
    """Articles that hold every word of the question, else most of them; the nearest first."""
    wanted = set(stems(question))
    if not wanted:
        return []
    scored = [(_score(wanted, article), article) for article in among]
    most = max((held for (held, _), _ in scored), default=0)
    if most * 2 < len(wanted):
        return []
    found = sorted((s for s in scored if s[0][0] == most), key=lambda s: -s[0][1])
    return [article for _, article in found]


def _score(wanted: set[str], article: Article) -> tuple[int, int]:
    """How many of the words it holds, and how prominently."""
    weights = [max(_weights(article, word), default=0) for word in wanted]
    return sum(weight > 0 for weight in weights), sum(weights)


def _weights(article: Article, word: str) -> Iterable[int]:
    for weight, held in _index(article):
        if word in held or (len(word) >= _BEGINNING and any(h.startswith(word) for h in held)):
            yield weight


@lru_cache(maxsize=1_000)
def _index(article: Article) -> tuple[tuple[int, frozenset[str]], ...]:
    return (
        (_TITLE, frozenset(stems(article.title))),
        (_WORDS, frozenset(stems(f"{article.words} {article.area}"))),
        (_STEPS, frozenset(stems(" ".join((*article.steps, article.note or ""))))),
    )
