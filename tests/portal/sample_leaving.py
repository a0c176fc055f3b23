"""A dossier's end and its restoration, in every state worth seeing."""

from __future__ import annotations

from collections.abc import Iterator

from schema.labels import label
from tests.portal.sample_parts import LONG, ORGANISERS, Context, Page

_WHO: Context = {"id": "c7", "postal_code": "H2X 1Y4", "city": "Laval", "state": "active", **LONG}


def _leaving(outcome: str | None, **more: object) -> Context:
    hindered = None if outcome is not None else label("fr", "refused", "balance_not_zero")
    return {
        "dossier": _WHO,
        "outcome": outcome,
        "outcome_says": None if outcome is None else label("fr", "removal", outcome),
        "hindered": hindered,
        "followed": False,
        "deletion": None,
        "values": {},
        "errors": {},
        **more,
    }


def leaving_pages() -> Iterator[Page]:
    page = "staff/dossier_leaving.html"
    reason = (
        "Ne veut plus rien recevoir : a téléphoné deux fois, et écrit que l’ami qui l’avait inscrite insiste."
    )
    proposed = {"by": ORGANISERS[0], "reason": reason}
    yield Page("leaving-erased", page, _leaving("erased", errors={"reason": "À remplir."}))
    yield Page("leaving-deactivated", page, _leaving("deactivated", followed=True))
    yield Page("leaving-refused", page, _leaving(None))
    yield Page("leaving-own-proposal", page, _leaving("erased", deletion={**proposed, "own": True}))
    yield Page("leaving-to-approve", page, _leaving("deactivated", deletion={**proposed, "own": False}))
    typed = {"email": "eloise", "country": "CA", "city": "Saint-Jean-sur-Richelieu"}
    restoring: Context = {"dossier": _WHO, "values": typed, "errors": {}, "countries": ["CA", "FR"]}
    yield Page("restoring", "staff/dossier_restore.html", restoring)
    wrong = {"errors": {"email": "N’est pas une adresse de courriel."}}
    yield Page("restoring-again", "staff/dossier_restore.html", {**restoring, **wrong})
    known = {"email": "eloise@example.com", "telephone": "+1 514 555-0101"}
    again = "staff/second_dossier.html"
    yield Page("second-dossier", again, {"dossier": _WHO | known})
    gone = {"state": "deactivated", "email": None, "telephone": None}
    yield Page("second-dossier-deactivated", again, {"dossier": _WHO | gone})
