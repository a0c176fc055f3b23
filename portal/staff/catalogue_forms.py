"""The forms of the catalogue: from what stands to fields, from fields to a command (CAT-1)."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from starlette.datastructures import FormData

from aggregates.catalogue.policies import known_activity, known_discount, known_phase, known_venue
from aggregates.catalogue.state import ACTIVITY, DISCOUNT, PHASE, VENUE, Activity, Discount, Phase, Venue
from aggregates.kernel import Currency, Money, Role
from commands.catalogue.add_activity import AddActivity
from commands.catalogue.add_discount import AddDiscount
from commands.catalogue.add_phase import AddPhase
from commands.catalogue.add_venue import AddVenue
from commands.catalogue.change_activity import ChangeActivity
from commands.catalogue.change_discount import ChangeDiscount
from commands.catalogue.change_phase import ChangePhase
from commands.catalogue.change_venue import ChangeVenue
from commands.catalogue.resume_activity import ResumeActivity
from commands.catalogue.retire_activity import RetireActivity
from commands.catalogue.retire_discount import RetireDiscount
from commands.message import Command
from portal import form

Values = dict[str, Any]


@dataclass(frozen=True)
class Kind:
    """One kind of entry of the catalogue with its commands and its form."""

    id: str
    """The name of its id in the commands."""
    stream: Any
    known: Callable[[Any], Any]
    add: type[Command]
    change: type[Command]
    values: Callable[[Any], Values]
    """What stands in the fields at first."""
    fields: Callable[[FormData], dict[str, Any]]
    """Of the command. Raises WrongFieldError."""
    acts: Mapping[str, type[Command]]
    """What else may be done with an entry: taken off sale, put on sale again."""


def _texts(filled: FormData, *names: str) -> dict[str, Any]:
    return {name: form.text(filled, name) for name in names}


def _amounts(filled: FormData, name: str) -> tuple[dict[str, Any], ...]:
    """One field per currency; an empty one is no amount."""
    found = (form.amount(filled, f"{name}-{currency.value}", currency.value) for currency in Currency)
    return tuple(amount for amount in found if amount is not None)


def _typed_amounts(name: str, amounts: Sequence[Money]) -> Values:
    return {f"{name}-{amount.currency.value}": cents(amount.minor) for amount in amounts}


def cents(minor: int) -> str:
    """As it stands in a field: « 375,00 »."""
    return f"{minor // 100},{minor % 100:02}"


def _activity_values(activity: Activity) -> Values:
    return {
        "name": activity.name,
        "category": activity.category.value,
        "days": str(activity.days),
        "note": activity.note or "",
        **_typed_amounts("price", activity.prices),
        **_typed_amounts("card", activity.retake_price_with_card),
        **_typed_amounts("cap", activity.roster_cap_per_day),
    }


def _activity_fields(filled: FormData) -> dict[str, Any]:
    return _texts(filled, "name", "category", "days", "note") | {
        "prices": _amounts(filled, "price"),
        "retake_price_with_card": _amounts(filled, "card"),
        "roster_cap_per_day": _amounts(filled, "cap"),
    }


def _phase_values(phase: Phase) -> Values:
    places = {f"order-{activity}": str(n) for n, activity in enumerate(phase.activities, 1)}
    prices = {f"price-{p.price.currency.value}-{p.activity}": cents(p.price.minor) for p in phase.prices}
    return {"number": str(phase.number), "name": phase.name, **places, **prices}


def _phase_fields(filled: FormData) -> dict[str, Any]:
    activities = [activity for _, activity in sorted(_ordered(filled))]
    if not activities:
        raise form.WrongFieldError("activities", "Numérotez au moins une activité.")
    prices = (
        {"activity": activity, "price": price}
        for activity in activities
        for currency in Currency
        if (price := form.amount(filled, f"price-{currency.value}-{activity}", currency.value)) is not None
    )
    return _texts(filled, "number", "name") | {"activities": tuple(activities), "prices": tuple(prices)}


def _ordered(filled: FormData) -> Iterator[tuple[int, str]]:
    for activity in map(str, filled.getlist("activity")):
        place = form.text(filled, f"order-{activity}")
        if place is None:
            continue
        if not (place.isdecimal() and len(place) < 4):
            raise form.WrongFieldError("activities", "L’ordre est un nombre : 1, 2, 3…")
        yield int(place), activity


def _discount_values(discount: Discount) -> Values:
    return {
        "name": discount.name,
        "percent": "" if discount.percent is None else str(discount.percent),
        "proof_needed": discount.proof_needed,
        "chosen_by": [role.value for role in discount.chosen_by],
        "valid_from": "" if discount.valid_from is None else discount.valid_from.isoformat(),
        "valid_until": "" if discount.valid_until is None else discount.valid_until.isoformat(),
        **_typed_amounts("amount", discount.amounts),
    }


def _discount_fields(filled: FormData) -> dict[str, Any]:
    percent, amounts = form.text(filled, "percent"), _amounts(filled, "amount")
    if (percent is None) is not bool(amounts):
        raise form.WrongFieldError("percent", "Donnez un pourcentage ou des montants, l’un des deux.")
    return _texts(filled, "name", "percent", "valid_from", "valid_until") | {
        "amounts": amounts,
        "proof_needed": "proof_needed" in filled,
        "chosen_by": tuple(role.value for role in Role if role.value in filled.getlist("chosen_by")),
    }


_VENUE = ("name", "city", "country", "region", "zone", "address", "note")


def _venue_values(venue: Venue) -> Values:
    return {name: str(getattr(venue, name) or "") for name in _VENUE}


KINDS: Mapping[str, Kind] = {
    "activites": Kind(
        "activity",
        ACTIVITY,
        known_activity,
        AddActivity,
        ChangeActivity,
        _activity_values,
        _activity_fields,
        {"retire": RetireActivity, "resume": ResumeActivity},
    ),
    "phases": Kind("phase", PHASE, known_phase, AddPhase, ChangePhase, _phase_values, _phase_fields, {}),
    "rabais": Kind(
        "discount",
        DISCOUNT,
        known_discount,
        AddDiscount,
        ChangeDiscount,
        _discount_values,
        _discount_fields,
        {"retire": RetireDiscount},
    ),
    "lieux": Kind(
        "venue",
        VENUE,
        known_venue,
        AddVenue,
        ChangeVenue,
        _venue_values,
        lambda filled: _texts(filled, *_VENUE),
        {},
    ),
}
"""By the word in the address."""


def typed(filled: FormData) -> Values:
    """What was typed, to be shown again."""
    values: Values = {name: str(value) for name, value in filled.items()}
    return values | {
        "chosen_by": [str(role) for role in filled.getlist("chosen_by")],
        "proof_needed": "proof_needed" in filled,
    }


def laid_over(typed: Values, seen: Values, current: Values) -> Values:
    """A form sent from an older state: what was changed in it, over what stands now."""
    names = {*typed, *current}
    return {
        name: current.get(name, "") if typed.get(name, "") == seen.get(name, "") else typed.get(name, "")
        for name in names
    }
