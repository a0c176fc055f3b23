"""The HTML of a mail says what its text says; nothing that anybody typed becomes more than words (COM-1)."""

from __future__ import annotations

import html
import re

import pytest

from aggregates.mailing.events import TemplateKey
from processors.runtime.dress import Dress
from processors.runtime.wordings import defaults, filled
from schema.wording import LANGUAGES, Language
from tests.processors.mail_samples import FOLDER, SCHOOL, SHOWN, dressed, values

pytestmark = pytest.mark.rule("COM-1")
OURS = "https://portail.example.com/dossier"
NARROW = "\u202f"


def made(text: str, language: Language = "fr", *links: str) -> str:
    """What stands in the body."""
    whole = Dress(language, "École", links or (OURS,)).whole("Sujet", text)
    return whole.partition(">École</td></tr>")[2]


def words(page: str) -> list[str]:
    """What is read, without what is hidden before it."""
    body = re.sub(
        r"<div style=\"display:none.*?</div>|<style>.*?</style>|<title>.*?</title>", "", page, flags=re.S
    )
    return html.unescape(re.sub(r"<[^>]+>", " ", body)).split()


@pytest.mark.rule("COM-2")
@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("key", list(TemplateKey))
def test_every_mail_says_all_its_words_in_order_and_has_one_button_at_most(
    key: TemplateKey, language: Language
) -> None:
    page = dressed(key.value, language)
    text = filled(defaults(language)[key.value], values(key, language)).text
    said = [word for word in text.split() if word not in {":", "-", "———"} and not word.startswith("http")]
    shown = iter(word.rstrip(":,") for word in words(page))
    assert [word for word in said if word.rstrip(":,") not in shown] == []
    assert page.count('class="button"') <= 1
    assert page.startswith(f'<!doctype html>\n<html lang="{language}">')


@pytest.mark.parametrize(("key", "language"), SHOWN)
def test_the_sample_in_the_docs_is_this_mail(key: str, language: Language) -> None:
    """After a change: make documents."""
    assert (FOLDER / f"{key}.{language}.html").read_text("utf-8") == dressed(key, language)
    assert len(list(FOLDER.iterdir())) == len(SHOWN)


def test_the_number_of_an_invoice_is_the_link_to_it() -> None:
    page = made(f"Facture : CA-2026-0001, {OURS}/facture/abc", "fr", f"CA-2026-0001, {OURS}/facture/abc")
    (found,) = re.findall(r"<a [^>]*>[^<]*</a>", page)
    assert found.endswith(">CA-2026-0001</a>")
    assert f'href="{OURS}/facture/abc"' in found
    assert "abc</a>" in made(f"Facture : CA-2026-0001, {OURS}/facture/abc"), "typed by people it is shown"


def test_a_line_that_leads_to_a_page_of_ours_is_the_button_and_the_next_a_link() -> None:
    page = made(f"Tout est prêt. Votre dossier : {OURS}\n\nEncore : {OURS}")
    first, second = re.findall(r"<a [^>]*>[^<]*</a>", page)
    assert 'class="button"' in first
    assert first.endswith(">Votre dossier</a>")
    assert ">Tout est prêt.</p>" in page
    assert 'class="button"' not in second
    assert second.endswith(">Encore</a>")


def test_a_link_that_somebody_typed_is_no_button_and_shows_where_it_leads() -> None:
    page = made("Cliquez ici : https://evil.example/x")
    assert 'class="button"' not in page
    assert ">https://evil.example/x</a>" in page


@pytest.mark.parametrize(
    "typed",
    [
        "<script>alert(1)</script>",
        '"><img src=x onerror=alert(1)>',
        'https://x.example/"onmouseover="alert(1)',
        "javascript:alert(1)",
        "https://x.example/<svg/onload=alert(1)>",
        "{style} {0} %s {{ 7*7 }}",
        "&lt;b&gt;",
    ],
)
def test_what_is_typed_stays_words(typed: str) -> None:
    for text in (f"Chère {typed},", f"- {typed}", f"{typed} : {typed}\n{typed} : {typed}", f"Voir : {typed}"):
        page = Dress("fr", typed, (OURS,)).whole(typed, text)
        tags = set(re.findall(r"<(/?\w+)", page))
        assert not tags & {"script", "img", "svg", "b"}
        assert not re.findall(r"<[^>]*\son\w+=", page)
        assert re.findall(r'href="(?!https?://)', page) == []


def test_nothing_is_fetched_and_it_suits_the_dark_and_phones() -> None:
    page = dressed("registration_confirmed", "fr")
    assert not re.search(r"src=|url\(|@import|<link|<script", page)
    assert "@media (prefers-color-scheme: dark)" in page
    assert "@media (max-width: 480px)" in page


def test_dates_are_a_list_under_what_they_are_of_and_figures_a_table() -> None:
    page = made("Écoute de soi\n- samedi 5\n- dimanche 6\nPrix : 375,00 $\nSolde : 0,00 $")
    assert "<strong>Écoute de soi</strong>" in page
    assert page.count("<li") == 2
    assert page.count('<tr><td class="quiet"') == 2
    assert made("- samedi 5\n- dimanche 6").count("<li") == 2, "a list without a head"
    assert "<strong>" not in made("Auparavant :\n- samedi 5")


def test_french_marks_and_telephones_do_not_begin_a_line() -> None:
    page = made("Un empêchement ? « Oui » : +33 1 99 00 00 00")
    assert (
        f"Un empêchement{NARROW}? «{NARROW}Oui{NARROW}»{NARROW}: +33\u00a01\u00a099\u00a000\u00a000\u00a000"
        in page
    )
    assert "Why ? So : x" in made("Why ? So : x", "en")


@pytest.mark.rule("COM-6")
def test_an_image_stands_first_or_last_and_why_somebody_got_it_below() -> None:
    text = "Bonjour,\n\nNos dates.\n\n--\n\nNe plus rien recevoir : https://x.example/no"
    for place, order in (("first", ["<img", "Bonjour", "<hr"]), ("last", ["Bonjour", "<img", "<hr"])):
        page = Dress("fr", "École", (), ("https://x.example/a.png", place)).whole("Sujet", text)
        at = [page.rindex(part) for part in order]
        assert at == sorted(at)
        assert re.search(r'<p class="quiet"[^>]*>Ne plus rien', page)


def test_the_school_signs_in_small() -> None:
    page = Dress("fr", SCHOOL).whole("Sujet", f"Bonjour,\n\n{SCHOOL}\nCanada : +1 514 555-0100")
    assert re.search(rf'<p class="quiet"[^>]*>{SCHOOL}<br>', page)
