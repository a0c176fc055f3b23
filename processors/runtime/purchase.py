"""The parts of a confirmation of several places: a text per workshop, a line per À PLANIFIER (COM-2)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from aggregates.kernel import Money
from processors.runtime.placeholders import Bought, Subject, terms, values
from processors.runtime.standing import Wish
from processors.runtime.wordings import current, filled
from projections.query import Reads, Row
from schema.labels import label

_BETWEEN = "\n\n———\n\n"


async def purchase(connection: Reads, _wish: Wish, about: Subject) -> dict[str, str]:
    """Each workshop's text is filled on its own, so that nothing of one stands in another's."""
    wording = await current(connection, "confirmed_workshop", about.language)
    dated = sorted((b for b in about.purchase if b.workshop is not None), key=_start)
    parts = [filled(wording, values(_only(about, bought))) for bought in dated]
    undated = [b.registration for b in about.purchase if b.workshop is None]
    sold = [bought.registration for bought in about.purchase]
    return {
        "inscriptions": _BETWEEN.join(f"{part.subject}\n{part.text.strip()}" for part in parts),
        "a_planifier": _to_schedule(about, undated),
        "prix": _sum(about, sold, "price"),
        "acompte": _sum(about, sold, "deposit"),
        "paye": _sum(about, sold, "paid"),
        "solde": _sum(about, sold, "balance"),
        **about.invoice_links(sold[0]["invoice_number"], sold[0]["invoice"], _total(sold, "balance")),
        "conditions_annulation": terms(about, None) if undated else "",
    }


def _only(about: Subject, bought: Bought) -> Subject:
    return replace(about, registration=bought.registration, workshop=bought.workshop, purchase=())


def _start(bought: Bought) -> str:
    assert bought.workshop is not None
    start: str = bought.workshop["starts"]
    return start


def _to_schedule(about: Subject, undated: Sequence[Row]) -> str:
    if not undated:
        return ""
    lines = [f"- {r['activity']}, {about.money(r['price'])}" for r in undated]
    return "\n".join([label(about.language, "mail", "to_schedule_list"), *lines])


def _sum(about: Subject, sold: Sequence[Row], name: str) -> str:
    return about.money(_total(sold, name))


def _total(sold: Sequence[Row], name: str) -> Row:
    amounts = [Money.model_validate(r[name]) for r in sold]
    return Money.total(amounts[0].currency, amounts).model_dump(mode="json")
