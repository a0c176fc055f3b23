"""What waits for the reader, /a-faire: by kind, with the page where it is done (LIS-4, COM-10)."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from itertools import groupby
from typing import Annotated, Any

from fastapi import APIRouter, Depends
from fastapi.responses import HTMLResponse

from commands.access import Scope
from commands.authentication import Asker
from portal.page import Page, page_for
from portal.staff.paging import PER_PAGE
from projections.query import Reads, Row, wait_for
from projections.waiting_work import ToDoKind
from read_api.queries import LIST_TO_DOS
from read_api.to_dos import MODELS, Found, cursor_of, place_of, waiting
from read_api.workshop_dates import now
from schema.labels import label

router = APIRouter(include_in_schema=False)
ToDosPage = Annotated[Page, Depends(page_for(LIST_TO_DOS))]
_OF_EACH = 10


def _dossier(tab: str = "") -> Callable[[Row], str | None]:
    return lambda row: None if row["client"] is None else f"/dossiers/{row['client']['id']}{tab}"


def _invoice(row: Row) -> str | None:
    return None if row["invoice"] is None else f"/factures/{row['invoice']}"


def _closing(row: Row) -> str | None:
    return f"/ateliers/{row['workshop']}/fermeture"


def _calls(row: Row) -> str | None:
    return f"/ateliers/{row['workshop']}/appels"


def _leaving(row: Row) -> str | None:
    return f"/dossiers/{row['client']['id']}/retrait"


def _second_dossier(row: Row) -> str | None:
    return f"/dossiers/{row['client']['id']}/deuxieme-inscription"


def _other_price(row: Row) -> str | None:
    return f"/dossiers/{row['client']['id']}/autre-prix"


def _mailing(row: Row) -> str | None:
    return f"/envois/{row['id']}"


def _call_sheet(row: Row) -> str | None:
    return f"/dossiers/{row['client']['id']}/inscriptions/{row['registration']}/appel"


NEXT_CLICK: Mapping[ToDoKind, tuple[str, Callable[[Row], str | None]]] = {
    ToDoKind.DECIDE_CASE: ("Décider", _invoice),
    ToDoKind.HAND_OVER: ("Compléter et remettre", _closing),
    ToDoKind.CLOSE_QUEBEC: ("Vérifier et fermer", _closing),
    ToDoKind.CLOSE_EUROPE: ("Vérifier et fermer", _closing),
    ToDoKind.CLOSE_ABROAD: ("Vérifier et fermer", _closing),
    ToDoKind.CLOSE_INDEPENDENT: ("Vérifier et fermer", _closing),
    ToDoKind.TAX_RECEIPTS: ("Envoyer les reçus", _closing),
    ToDoKind.DEPOSIT_PAYMENT: ("Déposer", lambda _: "/comptabilite/depots"),
    ToDoKind.SEND_CHEQUES: ("Voir les chèques", lambda _: "/comptabilite/cheques"),
    ToDoKind.MISSING_EMAIL: ("Appeler", _call_sheet),
    ToDoKind.MISSING_DEPOSIT: ("Appeler", _call_sheet),
    ToDoKind.MISSING_PROOF: ("Appeler", _call_sheet),
    ToDoKind.WITHOUT_PROOF: ("Facturer", _invoice),
    ToDoKind.MISSING_PLACE: ("Ouvrir le dossier", _dossier()),
    ToDoKind.CREDIT_WITHOUT_INVOICE: ("Rendre ou déplacer", _invoice),
    ToDoKind.PRICE_ADJUSTMENT: ("Répondre", _other_price),
    ToDoKind.SECOND_DOSSIER: ("Donner l’accès", _second_dossier),
    ToDoKind.APPROVE_DELETION: ("Voir et approuver", _leaving),
    ToDoKind.APPROVE_REFUND: ("Voir et approuver", _invoice),
    ToDoKind.APPROVE_REOPENING: ("Voir et approuver", _closing),
    ToDoKind.PHASE_LETTER: ("Envoyer la lettre", _dossier()),
    ToDoKind.PAYMENT_DIFFERENCE: ("Régler l’écart", lambda _: "/comptabilite/ecarts"),
    ToDoKind.CORRECT_ADDRESS: ("Corriger l’adresse", _dossier("?onglet=communications")),
    ToDoKind.DELIVERY_ERROR: ("Voir le courriel", _dossier("?onglet=communications")),
    ToDoKind.CANCELLED_WORKSHOP: ("Appeler les inscrits", _calls),
    ToDoKind.CALL_ABSENT: ("Appeler les absents", _calls),
    ToDoKind.APPROVE_ROSTER_MAIL: ("Lire et approuver", _mailing),
    ToDoKind.APPROVE_ANNOUNCEMENT: ("Lire et approuver", _mailing),
    ToDoKind.HELD_MAIL: ("Décider", _mailing),
}
"""The next click of each kind: its word, and the page where it is done."""


@router.get("/a-faire")
async def show(page: ToDosPage) -> HTMLResponse:
    asker = page.asker
    asked = page.request.query_params
    kinds = [ToDoKind(asked["genre"])] if asked.get("genre") in set(ToDoKind) else list(ToDoKind)
    everybody = asker.scope is Scope.ANY and asked.get("tous") == "1"
    alone = len(kinds) == 1
    async with page.reads.connection() as connection:
        await wait_for(connection, MODELS, page.after)
        found = await waiting(
            connection,
            asker,
            now(page.request),
            kinds,
            language="fr",
            everybody=everybody,
            limit=PER_PAGE if alone else _OF_EACH,
            place=place_of(asked.get("suite"), kinds) if alone else None,
        )
    following = None
    if found.more and alone:
        following = (
            f"/a-faire?{page.request.url.include_query_params(suite=cursor_of(found.items[-1])).query}"
        )
    context = {
        "groups": groups(found),
        "everybody": everybody,
        "may_see_all": asker.scope is Scope.ANY,
        "kind": kinds[0].value if alone else "",
        "next_href": following,
        "now": now(page.request).isoformat(),
    }
    return page.show("staff/to_dos.html", context)


async def in_short(page: Page, connection: Reads, of_each: int) -> list[dict[str, Any]]:
    """The first of each kind that waits for the reader, for the home page. Raises ForbiddenError."""
    who, scope = page.session.principal.acting(LIST_TO_DOS)
    asker = Asker(who, scope, page.session.csrf)
    found = await waiting(connection, asker, now(page.request), list(ToDoKind), language="fr", limit=of_each)
    return groups(found)


def groups(found: Found) -> list[dict[str, Any]]:
    """To-dos by kind, each with its next click."""
    made = []
    for kind, rows in groupby(found.items, lambda row: row["kind"]):
        word, place = NEXT_CLICK[ToDoKind(kind)]
        items = [{**row, "act": word, "href": place(row), "whose": _whose(row)} for row in rows]
        made.append(
            {
                "kind": kind,
                "label": items[0]["label"],
                "items": items,
                "more": ToDoKind(kind) in found.more,
            }
        )
    return made


def _whose(row: Row) -> str:
    responsible = row["responsible"]
    words = [label("fr", "role", role) for role in responsible["roles"]]
    return str(responsible["name"] or ", ".join(words))
