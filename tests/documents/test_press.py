"""The press: the same bytes for the same data, data never carried out, nothing that vanishes (FAC-7)."""

from __future__ import annotations

import io
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import date
from typing import Any

import pypdf
import pytest
import typst
from hypothesis import example, given, settings, strategies as st

from processors.documents.press import Paper, pressed
from tests.documents.conftest import text_of
from tests.documents.story import HOSTILE

pytestmark = pytest.mark.rule("FAC-7")
ISSUER = {"name": "École d’essai", "lines": ["1, rue Basse", "Laval"], "registrations": ["TPS 1"]}
SHEET = {"paper": "us-letter", "language": "fr", "issuer": ISSUER, "page_of": "page # de #"}


def invoice(name: str = "Léa Roy", lines: int = 1, **changes: Any) -> Paper:
    """An invoice over so many lines, made out to that name."""
    row = {"what": name, "details": [name], "struck": False, "deposit": "", "amount": "375,00 $"}
    data = {
        **SHEET,
        "kind": "Facture",
        "title": f"Facture CA-1 {name}",
        "facts": [["Numéro", "CA-1"]],
        "to": [name, "1, rue Haute"],
        "stamp": "",
        "columns": ["Atelier", "Acompte", "Prix"],
        "rows": [row | {"what": f"Atelier {n} {name}"} for n in range(1, lines + 1)],
        "totals": [],
        "balance": {"what": "Solde", "amount": "0,00 $", "of": ""},
        "pay": None,
        "parts": [],
        "notes": [{"about": name, "lines": [name]}],
        "terms": None,
    }
    return Paper("invoice", "facture-CA-1", date(2026, 11, 24), data | changes)


def test_the_same_data_give_the_same_bytes_and_other_data_others() -> None:
    assert pressed(invoice()) == pressed(invoice())
    assert invoice().fingerprint() == invoice().fingerprint()
    for other in (invoice("Léo Roy"), replace(invoice(), made=date(2026, 11, 25))):
        assert pressed(other) != pressed(invoice())
        assert other.fingerprint() != invoice().fingerprint()


def test_threads_get_the_bytes_that_one_gets() -> None:
    """A compiler serves one thread at a time."""
    wanted = [invoice(f"Client {n}", lines=n) for n in range(1, 25)]
    with ThreadPoolExecutor(4) as pool:
        assert list(pool.map(pressed, wanted)) == [pressed(paper) for paper in wanted]


@pytest.mark.parametrize("name", [" ".join(reversed(pair)) for pair in HOSTILE[:2]])
def test_what_would_be_markup_stands_there_as_it_was_typed(name: str) -> None:
    made = pressed(invoice(name))
    assert text_of(made).count(name) >= 4
    assert "passwd:" not in text_of(made)


def test_markup_would_be_carried_out_if_it_were_any() -> None:
    """The control: the same text, given to typst as a document, reads a file or fails."""
    with pytest.raises(typst.TypstError):
        typst.compile(b'#panic("carried out")', format="pdf")


def test_other_scripts_are_shown_and_what_no_font_has_leaves_a_mark() -> None:
    text = text_of(pressed(invoice("Ελένη Иван Ştefan Ngụyễn Łukasz œuvre")))
    assert "Ελένη Иван Ştefan Ngụyễn Łukasz œuvre" in text
    assert "العربي" in text_of(pressed(invoice("محمد العربي")))
    assert "□□□ et 1 □" in text_of(pressed(invoice("李小龍 et 1 \U0001f600")))


@settings(max_examples=60, deadline=None, derandomize=True)
@given(st.text(st.characters(exclude_categories=["Cs"]), max_size=30))
@example("\ue000")
@example("\U000f0000\uffff\u0378")
@example("\u0e01\u0e47\u0e44")
@example("\U0001f468\u200d\U0001f469")
@example('"\\李"')
def test_no_text_stops_the_press_or_its_accessibility(text: str) -> None:
    reader = pypdf.PdfReader(io.BytesIO(pressed(invoice(text))))
    root: Any = reader.trailer["/Root"]
    assert "<pdfuaid:part>1</pdfuaid:part>" in root["/Metadata"].get_data().decode()


def test_a_long_link_leads_where_it_says() -> None:
    url = "https://example.com/une/page/des/conditions/de/paiement-et-d-annulation"
    terms = {"title": "Conditions", "lines": [], "links": [{"before": "Voir ", "url": url}]}
    [page] = pypdf.PdfReader(io.BytesIO(pressed(invoice(terms=terms)))).pages
    notes: Any = page["/Annots"]
    assert [note.get_object()["/A"]["/URI"] for note in notes] == [url]


def test_signs_that_turn_the_reading_order_are_left_out() -> None:
    plain, turned = invoice("abc 375,00 $"), invoice("\u202eabc\u202c\u2066\u0007 375,00 $\u200b")
    assert pressed(turned) == pressed(plain)


def test_a_word_longer_than_the_page_breaks_and_stays_on_it() -> None:
    made = pypdf.PdfReader(io.BytesIO(pressed(invoice("x" * 400))))
    width = float(made.pages[0].mediabox.width)
    seen: list[float] = []

    def visit(text: str, _cm: Any, tm: list[float], _font: Any, size: float) -> None:
        if text.strip():
            seen.append(tm[4] + 0.3 * size * len(text.strip()))

    made.pages[0].extract_text(visitor_text=visit)
    assert seen
    assert max(seen) < width


def test_a_hundred_lines_go_over_pages_with_their_heads_and_numbers() -> None:
    pages = text_of(pressed(invoice(lines=100))).split("\f")
    assert len(pages) > 3
    for n, page in enumerate(pages, 1):
        assert f"page {n} de {len(pages)}" in page
        assert ("Atelier Prix" in page) is ("Atelier 1 " in page or "375,00 $" in page)
    assert "Facture CA-1 Léa Roy" in pages[1], "the running head"
    assert [n for n in range(1, 101) if f"Atelier {n} Léa" not in "".join(pages)] == []


def test_it_is_accessible_fit_for_archives_and_dated_by_its_data() -> None:
    reader = pypdf.PdfReader(io.BytesIO(pressed(invoice())))
    root: Any = reader.trailer["/Root"]
    assert root["/Lang"] == "fr"
    assert root["/MarkInfo"]["/Marked"]
    marks = root["/Metadata"].get_data().decode()
    assert "<pdfaid:part>2</pdfaid:part>" in marks
    assert "<pdfuaid:part>1</pdfuaid:part>" in marks
    assert reader.metadata is not None
    assert str(reader.metadata.creation_date).startswith("2026-11-24 00:00:00")
    fonts = [font["/DescendantFonts"][0]["/FontDescriptor"] for font in _fonts(reader)]
    assert fonts
    assert all(set(font) & {"/FontFile2", "/FontFile3"} for font in fonts), "embedded"


def _fonts(reader: pypdf.PdfReader) -> list[Any]:
    found: Any = reader.pages[0]["/Resources"]
    return [font.get_object() for font in found["/Font"].values()]


def test_a_document_takes_some_milliseconds_of_one_core() -> None:
    from time import perf_counter

    pressed(invoice(lines=5))
    times = []
    for n in range(20):
        began = perf_counter()
        pressed(invoice(f"Client {n}", lines=5))
        times.append(perf_counter() - began)
    assert sorted(times)[10] < 0.1
