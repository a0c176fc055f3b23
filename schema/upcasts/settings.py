"""The school's settings: one deposit and retake share for all became terms per category and currency."""

from __future__ import annotations

from typing import Any

_CATEGORIES = ("regular", "etre_bien", "complementary")
_CURRENCIES = ("CAD", "EUR")


def terms_per_category(stored: dict[str, Any]) -> dict[str, Any]:
    """Revision 1 → 2: the four figures of the school stand in each category's terms (INS-5)."""
    settings = dict(stored["settings"])
    per_activity = settings.pop("deposit_per_activity", 4_000)
    per_day = settings.pop("etre_bien_deposit_per_day", 2_000)
    common = {
        "full_payment_hours": settings.pop("full_payment_hours", 48),
        "retake_percent": settings.pop("retake_percent", 50),
    }
    etre_bien = {"deposit": per_day, "deposit_per_day": True, "late_everywhere": True, **common}
    regular = {"deposit": per_activity, **common}
    settings["terms"] = {
        category: dict.fromkeys(_CURRENCIES, etre_bien if category == "etre_bien" else regular)
        for category in _CATEGORIES
    }
    return {**stored, "settings": settings}
