"""Every sentence of the pages for clients and the public has its English, and no page keeps French in it."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator, Mapping
from functools import cache
from html.parser import HTMLParser
from typing import Any

import pytest
from babel.messages.catalog import Catalog
from babel.messages.extract import extract_from_file
from babel.messages.pofile import read_po
from jinja2.ext import babel_extract

from portal.language import CATALOGUES, here, language, later, read_in, say, say_of, sentences
from portal.templating import HERE, environment
from tests.portal.samples import Page, pages

SPOKEN = ("public", "client")
"""Folders of templates whose every word is translated; the pages of staff are French by decision (0081)."""
KEYWORDS: Mapping[str, tuple[int, ...] | None] = {
    "_": None,
    "gettext": None,
    "ngettext": (1, 2),
    "say": None,
    "say_of": (2, 3),
    "later": None,
}
FRENCH = re.compile("[éèêàâçîôûœÉÈÊÀÇ’«»]|[a-z] [a-z].*[.?!]$")
PLACES = re.compile(r"%\((\w+)\)s|%%|<[^>]+>")
PAGES = [
    page
    for page in pages()
    if page.template.split("/")[0] in SPOKEN
    and "list-workshops" not in (page.whole()["me"] or {"may": ()})["may"]
]
"""Not those that staff see: theirs are French, in the frame with their menu."""
MARKED = re.compile(r"\b(?:_|gettext|ngettext|say|say_of|later)\(")


def extracted(keywords: Mapping[str, tuple[int, ...] | None] = KEYWORDS) -> dict[Any, str]:
    """Each sentence of templates and code, a pair where it counts something, and a file that has it."""
    found: dict[Any, str] = {}
    for path in sorted([*HERE.rglob("*.py"), *(HERE / "templates").rglob("*.html")]):
        if not MARKED.search(path.read_text("utf-8")):
            continue
        method: Any = "python" if path.suffix == ".py" else babel_extract
        options = {"newstyle_gettext": "true", "silent": "false"}
        for _line, message, _comments, _context in extract_from_file(
            method, path, keywords=keywords, options=options
        ):
            found[message] = str(path.relative_to(HERE))
    return found


@cache
def catalogue() -> Catalog:
    with (CATALOGUES / "en.po").open("rb") as file:
        return read_po(file, locale="en", abort_invalid=True)


def lacking(wanted: Mapping[Any, str], made: Catalog) -> list[str]:
    """Sentences without English, and English of sentences that are gone."""
    told = {message.id: message.string for message in made if message.id}
    absent = [f"{path}: {sentence}" for sentence, path in wanted.items() if sentence not in told]
    empty = [f"empty: {id_}" for id_, string in told.items() if not all(_all(string))]
    return absent + empty + [f"obsolete: {id_}" for id_ in told if id_ not in wanted]


def _all(sentence: Any) -> tuple[str, ...]:
    return (sentence,) if isinstance(sentence, str) else tuple(sentence)


def test_every_sentence_of_templates_and_code_has_its_english_and_no_other_is_kept() -> None:
    assert lacking(extracted(), catalogue()) == []


def test_the_check_of_sentences_finds_a_missing_an_empty_and_an_obsolete_one() -> None:
    made = Catalog(locale="en")
    made.add("Bonjour", "")
    made.add("Au revoir", "Goodbye")
    assert lacking({"Bonjour": "a.html", "Merci": "b.html"}, made) == [
        "b.html: Merci",
        "empty: Bonjour",
        "obsolete: Au revoir",
    ]


def test_no_sentence_stands_twice_in_the_catalogue() -> None:
    ids = re.findall(r'^msgid (".*")$', (CATALOGUES / "en.po").read_text("utf-8"), re.MULTILINE)
    assert len(ids) == len(set(ids))


def test_english_has_the_values_and_the_markup_of_the_french() -> None:
    wrong = [
        message.id
        for message in catalogue()
        if message.id
        for sentence in _all(message.string)
        if sorted(PLACES.findall(sentence)) not in [sorted(PLACES.findall(id_)) for id_ in _all(message.id)]
        or set(re.findall("<[^>]+>", sentence)) != set(re.findall("<[^>]+>", _all(message.id)[-1]))
    ]
    assert wrong == []


def unmarked(source: str) -> list[str]:
    """French sentences in code that no mark names: they would be shown as they are."""
    tree = ast.parse(source)
    docs = [n for n in ast.walk(tree) if isinstance(n, ast.Expr) and isinstance(n.value, ast.Constant)]
    calls = [n for n in ast.walk(tree) if isinstance(n, ast.Call) and _name(n.func) in KEYWORDS]
    told = {id(inner) for part in (*docs, *calls) for inner in ast.walk(part)}
    strings = [n.value for n in ast.walk(tree) if isinstance(n, ast.Constant) and id(n) not in told]
    return [text for text in strings if isinstance(text, str) and " " in text and FRENCH.search(text)]


def _name(called: ast.expr) -> str:
    return called.id if isinstance(called, ast.Name) else getattr(called, "attr", "")


def test_no_sentence_of_the_code_of_these_pages_goes_without_its_mark() -> None:
    paths = [*(HERE / "public").glob("*.py"), *(HERE / "client").glob("*.py")]
    paths += [HERE / f"{name}.py" for name in ("errors", "form", "page", "passwords", "upload")]
    assert {p.name: found for p in paths if (found := unmarked(p.read_text("utf-8")))} == {}


def test_the_check_of_code_finds_a_sentence_without_its_mark() -> None:
    code = '"""Écrit."""\nshow(say("Déjà vu."), name("Déjà là."), title="C’est fait", done="in_basket")'
    assert unmarked(code) == ["Déjà là.", "C’est fait"]


class Texts(HTMLParser):
    """What a page says: each text between tags, and what attributes say."""

    SAID = ("title", "aria-label", "placeholder", "alt", "data-dark", "data-light", "data-copied")

    def __init__(self, html: str) -> None:
        super().__init__()
        self.found: list[str] = []
        self.feed(html)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found += [value for name, value in attrs if name in self.SAID and value]

    def handle_data(self, data: str) -> None:
        if data.strip():
            self.found.append(" ".join(data.split()))


SAME = {
    *("API", "Canada", "Date", "Dates", "English", "France", "Français", "OpenAPI", "PDF", "Pages", "PayPal"),
    *("Phase", "Portail", "Questions", "Total", "openapi.json", "À la carte", "ÊTRE BIEN", "E", "R"),
}
"""Names, and words that both languages write alike."""


def data_of(value: object) -> Iterator[str]:
    """Every text of a sample: names, what somebody wrote, and what labels have in both languages."""
    if isinstance(value, Mapping):
        for inner in value.values():
            yield from data_of(inner)
    elif isinstance(value, list | tuple | set | frozenset):
        for inner in value:
            yield from data_of(inner)
    elif isinstance(value, str):
        yield value
    elif hasattr(value, "__dataclass_fields__"):
        yield from data_of(vars(value))


def untranslated(page: Page, french: str, english: str) -> list[str]:
    """What both renderings say alike, apart from the sample's own words and those of SAME."""
    words = {" ".join(word.split()) for word in (*data_of(page.whole()), *SAME)} - {""}
    known = sorted(words, key=len, reverse=True)
    alike = set(Texts(french).found) & set(Texts(english).found)
    return sorted(text for text in alike if re.search(r"[^\W\d_]", without(text, known)))


def without(text: str, known: list[str]) -> str:
    """The text less these words, the longest first; a sentence begins with a capital."""
    for word in known:
        if word.casefold() in text.casefold():
            text = re.sub(rf"(?<!\w){re.escape(word)}(?!\w)", "", text, flags=re.IGNORECASE)
    return text


@cache
def rendered(name: str) -> tuple[str, str]:
    page = next(page for page in PAGES if page.name == name)
    made = [_made(each).get_template(page.template).render(page.whole()) for each in ("fr", "en")]
    return made[0], made[1]


@cache
def _made(of: Any) -> Any:
    return environment(lambda: "command", of)


@pytest.mark.parametrize("name", [page.name for page in PAGES])
def test_no_french_is_left_on_an_english_page(name: str) -> None:
    french, english = rendered(name)
    assert '<html lang="fr">' in french
    assert '<html lang="en">' in english
    page = next(page for page in PAGES if page.name == name)
    assert untranslated(page, french, english) == []


def test_the_check_of_pages_finds_a_planted_sentence_and_a_planted_title() -> None:
    page = next(page for page in PAGES if page.name == "login")
    french, english = (
        text.replace("<main", '<p title="Cliquez ici">Bienvenue</p><main') for text in rendered("login")
    )
    assert untranslated(page, french, english) == ["Bienvenue", "Cliquez ici"]


def test_code_speaks_the_language_of_the_page() -> None:
    assert (language(), here()) == ("fr", "/")
    assert say_of(0, "%(num)s jour", "%(num)s jours") == "0 jour"
    assert say_of(2, "%(num)s jour", "%(num)s jours") == "2 jours"
    read_in("en")
    try:
        assert say("Choisissez une date.") == "Choose a date."
        assert say_of(0, "%(num)s jour", "%(num)s jours") == "0 days"
        assert say(later("Ce qui n’est pas au catalogue.")) == "Ce qui n’est pas au catalogue."
    finally:
        read_in("fr")
    assert sentences("en").gettext("Mon panier") == "My basket"
