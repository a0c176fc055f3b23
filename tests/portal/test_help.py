"""Articles of the help: whole, for roles that may go there, found whatever the form of a word (AID-1)."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterable
from pathlib import Path

import pytest

from aggregates.kernel import Role
from portal.help import ANYONE, Article, articles
from portal.help.search import search, stems
from tests.architecture import role_matrix
from tests.browser.walking import Clicks, named_clicks
from tests.portal.one_article import reading

pytestmark = pytest.mark.rule("AID-1")

ROOT = Path(__file__).parents[2]
TASKS = range(1, 55)
ROW = re.compile(r"^\| (\d+) \| (.+) \|$", re.MULTILINE)
TO_DO = "à faire"


def article(**other: object) -> Article:
    whole: dict[str, object] = {
        "key": "a",
        "area": "A",
        "title": "T",
        "words": "",
        "steps": ("S.",),
        "who": frozenset({"office"}),
        "path": "/dossiers",
        "pages": ("/dossiers",),
        "rules": (),
        "tasks": (),
    }
    return Article(**{**whole, **other})  # type: ignore[arg-type]


def shut(found: Iterable[Article]) -> list[str]:
    """Articles whose page isn't there, or not for somebody who is said to do it."""
    wrong = []
    for each in found:
        for page in {*each.pages, each.for_clients or each.path}:
            if f"GET {page}" not in role_matrix.EVERYBODY | role_matrix.ROUTES.keys():
                wrong.append(f"{each.key}: no {page}")
        for role in each.who - {ANYONE}:
            path = each.for_clients if role == Role.CLIENT and each.for_clients else each.path
            open_to = role_matrix.ROUTES.get(f"GET {path}", {})
            if f"GET {path}" not in role_matrix.EVERYBODY and Role(role) not in open_to:
                wrong.append(f"{each.key}: {path} is not for {role}")
        if ANYONE in each.who and f"GET {each.path}" not in role_matrix.EVERYBODY:
            wrong.append(f"{each.key}: {each.path} asks who one is")
    return wrong


def untidy(text: str) -> bool:
    """Typewriter apostrophes or quotes, or a double sign that could begin a line."""
    return bool(re.search(r"['\"]|(?<=\w) [?!:;»]|« |\.\.\.|(?<!\S)\s", text))


def test_every_article_is_whole_and_has_its_own_key() -> None:
    keys = [a.key for a in articles()]
    assert len(set(keys)) == len(keys)
    for each in articles():
        assert re.fullmatch(r"[a-z0-9-]+", each.key)
        assert each.title
        assert each.steps
        assert each.who <= {ANYONE, *(role.value for role in Role)}
        assert each.who
        assert each.rules, each.key


def test_every_page_that_an_article_names_is_there_for_whom_it_names() -> None:
    assert shut(articles()) == []


def test_a_page_that_is_not_there_or_shut_is_found() -> None:
    assert shut([article()]) == []
    assert shut([article(pages=("/nulle-part",))])
    assert shut([article(who=frozenset({"trainer"}))])
    assert shut([article(who=frozenset({ANYONE}))])
    assert shut([article(who=frozenset({"client"}), for_clients="/mon-dossier")]) == []


@pytest.mark.parametrize(
    "video",
    [
        "http://videos.example.org/entrer",
        "javascript:alert(1)",
        "//videos.example.org/entrer",
        "https:///entrer",
        "https://ecole.example.com@videos.example.org/entrer",
        "https://vidéos.example.org/entrer",
        "https://videos.example.org/entrer en 3 minutes",
    ],
)
def test_an_article_whose_video_is_no_plain_https_address_is_not_read(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, video: str
) -> None:
    with reading(tmp_path, monkeypatch, video), pytest.raises(ValueError, match="entrer: the video"):
        articles()
    good = "https://videos.example.org/entrer?v=3#t=20"
    with reading(tmp_path, monkeypatch, good):
        assert [(a.video, a.video_host) for a in articles()] == [(good, "videos.example.org")]


def test_articles_are_set_in_good_french() -> None:
    said = [text for a in articles() for text in (a.title, a.words, *a.steps, a.note or "")]
    assert [text for text in said if untidy(text)] == []
    assert all(untidy(text) for text in ("l'école", "Quoi ?", "« ici »", "et...", "deux  espaces"))
    assert [a.title for a in articles() if len(a.title) > 110] == []


@pytest.mark.parametrize(
    "forms",
    [
        "annuler annulé annulées annulation annulations",
        "rembourser remboursement remboursements remboursé",
        "inscrire inscrit inscrites inscription inscriptions",
        "étudiant étudiante étudiants etudiants",
        "Chèque chèques cheque CHÈQUES",
        "fermer fermeture fermé fermée",
        "payer paie paiement paiements payé",
        "atelier ateliers",
        "envoyer envoi envois envoyée",
        "présent présents présente présence",
        "modifier modification modifications modifié",
        "client cliente clients clientes",
    ],
)
def test_forms_of_a_word_come_to_one_stem(forms: str) -> None:
    assert len(set(stems(forms))) == 1


def test_words_that_differ_keep_apart() -> None:
    words = stems("annuler facture atelier client paiement carte phase note chèque rappel liste présence")
    assert len(set(words)) == 12


@pytest.mark.parametrize(
    ("question", "key"),
    [
        ("Comment annuler l’inscription d’un client ?", "annuler-une-inscription"),
        ("annulation inscriptions", "annuler-une-inscription"),
        ("ateliers supprimes", "supprimer-un-atelier"),
        ("cheque acompte", "acompte-sans-carte"),
        ("logs", "messages-recus"),
        ("red flag", "trois-notes"),
        ("mot de passe temporaire", "premier-acces"),
        ("liste attente", "liste-d-attente"),
        ("reçus d’impôt", "fermer-quebec"),
        ("cœur", "noter-un-interet"),
        ("coeur", "noter-un-interet"),
        ("rebond", "courriel-en-erreur"),
        ("entreprise", "facture-entreprise"),
        ("je ne vois pas la date", "date-introuvable"),
        ("se connecter en tant que", "se-connecter-en-tant-que"),
        ("devise", "devise"),
        ("9e atelier", "neuvieme-atelier"),
        ("preuves rabais", "preuves-de-rabais"),
    ],
)
def test_a_question_finds_its_article_among_the_first_three(question: str, key: str) -> None:
    assert key in [found.key for found in search(question, articles())[:3]]


def test_what_nobody_wrote_about_finds_nothing_and_idle_words_neither() -> None:
    assert search("xylophone", articles()) == []
    assert search("comment faire pour", articles()) == []
    assert search("", articles()) == []


def test_an_article_is_about_its_pages_alone() -> None:
    about = article(pages=("/dossiers/{client}/modifier",))
    assert about.is_about("/dossiers/7d/modifier")
    assert not about.is_about("/dossiers/7d")
    assert not about.is_about("/dossiers/7d/x/modifier")


def rows() -> dict[int, str]:
    text = (ROOT / "docs" / "taches.md").read_text("utf-8")
    return {int(number): rest for number, rest in ROW.findall(text)}


def lost(row: str) -> list[str]:
    """Tests that a row names and that aren't there."""
    missing = []
    for path, name in re.findall(r"`(tests/[\w/]+\.py)::(\w+)`", row):
        tree = ast.parse((ROOT / path).read_text("utf-8"))
        if name not in {node.name for node in ast.walk(tree) if isinstance(node, ast.FunctionDef)}:
            missing.append(f"{path}::{name}")
    return missing


def test_every_task_has_its_row_with_a_test_or_says_that_one_lacks() -> None:
    assert list(rows()) == list(TASKS)
    for number, row in rows().items():
        assert "::" in row or TO_DO in row, number
        assert lost(row) == []
    assert lost("`tests/portal/test_help.py::test_nothing`")


def test_every_task_has_an_article_or_its_row_says_that_the_page_lacks() -> None:
    written = {task for each in articles() for task in each.tasks}
    assert written <= set(TASKS)
    assert [n for n, row in rows().items() if n not in written and f"page {TO_DO}" not in row] == []


def test_a_walk_makes_the_clicks_that_its_row_names_once_each_and_no_other() -> None:
    assert list(named_clicks()) == list(TASKS)
    walk = Clicks(3)
    for name in ("Modifier", "Courriel d’un proche", "Enregistrer"):
        walk.made(name)
    for name in ("Enregistrer", "Noter le refus"):
        with pytest.raises(AssertionError, match="task 3 clicks on"):
            walk.made(name)
