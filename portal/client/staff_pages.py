"""Where staff do what a client does in the own file: the way on for who looks as the client (DOS-12)."""

from __future__ import annotations

from uuid import UUID

from starlette.requests import Request

OF_THE_ACT = {
    "/panier": "/inscrire",
    "/panier/phase/{phase}": "/inscrire-phase?phase={phase}",
    "/dates": "/inscrire",
    "/activites": "/modifier",
    "/mon-dossier/profil": "/modifier",
    "/mon-dossier/documents": "?onglet=documents",
    "/mon-dossier/donnees": "/donnees",
    "/mon-dossier/retrait": "/retrait",
    "/mon-dossier/inscriptions/{registration}/modifier": "/inscriptions/{registration}/modifier",
    "/preferences": "/modifier",
}
"""Route of the client's page → what follows the dossier's own address."""


def staff_page(request: Request, client: UUID) -> str:
    """The staff page of the act that was sent, the dossier where there is none of its own."""
    route = getattr(request.scope.get("route"), "path", "")
    return f"/dossiers/{client}" + OF_THE_ACT.get(route, "").format(**request.path_params)
