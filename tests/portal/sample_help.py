"""The pages of the help, as staff and as somebody without access see them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from portal.help import articles, by_area
from portal.help.search import search
from tests.portal.sample_parts import Context, Page

_OUT: Context = {"me": None, "path": "/aide"}


def help_pages() -> Iterator[Page]:
    page, one = "public/help.html", "public/help_article.html"
    staff = [a for a in articles() if "organiser" in a.who]
    rest = [a for a in articles() if a not in staff]
    public = [a for a in articles() if a.public]
    whole: Context = {
        "question": "",
        "found": [],
        "here": [a for a in staff if a.is_about("/dossiers/c1/modifier")],
        "own": by_area(staff),
        "others": by_area(rest),
        "logged_in": True,
    }
    few = search("chèques", articles())
    out: Context = {**_OUT, "here": [], "own": by_area(public), "others": [], "logged_in": False}
    yield Page("help", page, whole)
    yield Page("help-found", page, {**whole, "question": "chèques", "found": few})
    yield Page("help-nothing", page, {**whole, "question": "xylophone"})
    yield Page("help-out", page, {**whole, **out})
    article = next(a for a in articles() if a.key == "supprimer-un-atelier")
    beside = [a for a in articles() if a.area == article.area and a is not article]
    shown: Context = {"article": article, "who": ["organisation", "siège"], "href": article.path}
    yield Page("help-article", one, {**shown, "beside": beside})
    film = replace(article, video="https://videos.example.org/supprimer-un-atelier")
    yield Page("help-article-video", one, {**shown, "article": film, "beside": beside})
    access = next(a for a in articles() if a.key == "premier-acces")
    yield Page(
        "help-article-out",
        one,
        {**_OUT, "article": access, "who": [], "href": access.path, "beside": public[:3]},
    )


def api_pages() -> Iterator[Page]:
    cursor = {"name": "cursor", "about": "« next » de la page précédente.", "needed": False}
    operation = {
        "address": "GET /api/clients/{client}/communications",
        "summary": "Communications d’un dossier",
        "about": ["Chaque courriel avec son état, les notes et les intérêts, le plus récent d’abord."],
        "parameters": [{"name": "client", "about": "Le dossier.", "needed": True}, cursor],
        "answers": [{"status": "200", "about": "Une page."}, {"status": "404", "about": "Introuvable."}],
    }
    group = {"name": "clients", "about": "Les dossiers.", "operations": [operation]}
    about = ["Ce que le portail répond aux machines."]
    yield Page("api", "public/api.html", {"about": about, "groups": [group], "me": None, "path": "/api/docs"})
