"""Two dossiers side by side, before they are merged."""

from __future__ import annotations

from collections.abc import Iterator

from schema.labels import label
from tests.portal.sample_dossier import registration
from tests.portal.sample_parts import ELOISE, LONG, Context, Page, instant, money


def _sides() -> tuple[Context, Context]:
    """The dossier that stays, and the other one."""
    yes_no = [{"channel": c, "allowed": c == "post"} for c in ("telephone", "post", "email")]
    common: Context = {
        "state": "active",
        "telephone": "+1 450 555-0143",
        "street": "1420, boulevard Saint-Martin",
        "postal_code": "H2X 1Y4",
        "country": "CA",
        "preferences": yes_no,
        "card": False,
        "open": 2,
        "followed": 6,
        "invoices": 3,
        "balances": [money(33_500), money(-4_000, "EUR")],
        "documents": 1,
        "waiting": 0,
        "created_at": instant(-400),
    }
    eloise = {
        "id": "c1",
        **ELOISE,
        **common,
        "email": "eloise@example.com",
        "city": "Laval",
        "language": "fr",
    }
    twin = {**common, "balances": [], "card": True, "street": None, "waiting": 1}
    long_city = {"city": "Saint-Jean-sur-Richelieu", "language": "en", "email": "e.darcy@exemple.qc.ca"}
    other = {"id": "c2", **LONG, **twin, **long_city}
    return eloise, other


def merge_pages() -> Iterator[Page]:
    """Side by side: with rivals, one of them followed; with a choice that lacks; hindered."""
    eloise, other = _sides()
    rows = [registration("scheduled"), registration("to_schedule", 3)]

    def pair(name: str, followed: str | None) -> Context:
        places = [
            {"id": f"{name}1", "of": eloise, "row": rows[0]},
            {"id": f"{name}2", "of": other, "row": rows[1]},
        ]
        return {"name": f"pair-{name}", "followed": followed, "places": places}

    told = {
        "registrations": 4,
        "invoices": 3,
        "documents": 1,
        "waiting": 1,
        "stricter": ["email", "telephone"],
    }
    page: Context = {
        "survivor": eloise,
        "other": other,
        "pairs": [pair("a", None), pair("b", "b1")],
        "values": {},
        "errors": {},
        "hindered": [],
        "told": told,
        "versions": (12, 3),
    }
    found = {"dossier": eloise, "wanted": "Roy", "others": [other, eloise | {"email": None}]}
    yield Page("merge-with", "staff/dossiers_merge_with.html", found)
    yield Page("merge-with-nobody", "staff/dossiers_merge_with.html", found | {"others": []})
    yield Page("merge", "staff/dossiers_merge.html", page)
    lacking = {"values": {"pair-b": "b1"}, "errors": {"pair-a": "Choisissez la place qui reste."}}
    yield Page("merge-to-choose", "staff/dossiers_merge.html", page | lacking)
    alone = page | {"pairs": [], "told": told | {"stricter": []}}
    yield Page("merge-nothing-in-common", "staff/dossiers_merge.html", alone)
    why = [label("fr", "refused", "merge_needs_restoration")]
    gone = {"survivor": eloise | {"state": "deactivated", "email": "[effacé]"}, "hindered": why}
    yield Page("merge-hindered", "staff/dossiers_merge.html", page | gone)
