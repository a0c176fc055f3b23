"""What single kinds of mail know beyond the rest: until when, of which discount, how much (COM-12)."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from datetime import datetime
from uuid import UUID

from processors.runtime.placeholders import Subject, moment
from processors.runtime.purchase import purchase
from processors.runtime.standing import Wish
from projections import dossier, invoices, proofs
from projections.query import Reads, Row
from schema.labels import label

Values = dict[str, str]


async def particulars(connection: Reads, wish: Wish, about: Subject) -> Values:
    """The values of this kind's own placeholders. Raises LookupError when the views lack a thing."""
    tells = _OF_KIND.get(wish.template)
    return {} if tells is None else await tells(connection, wish, about)


async def _offer(connection: Reads, wish: Wish, about: Subject) -> Values:
    """The price is the invoice's where an open registration would be moved there; else the basket says it."""
    assert about.workshop is not None
    held = [
        r
        for r in await dossier.registrations(connection, wish.client)
        if r["activity_id"] == about.workshop["activity_id"] and r["state"] in {"to_schedule", "scheduled"}
    ]
    return {
        "prix": about.money(held[0]["price"]) if held else "",
        "echeance": _until(wish, about),
        "lien_offre": about.url
        if about.links is None
        else about.links.offer(wish.client, UUID(about.workshop["id"])),
    }


async def _proof(connection: Reads, wish: Wish, about: Subject) -> Values:
    """The regular price is of the registration's currency."""
    assert about.registration is not None
    found = await proofs.of_registration(connection, UUID(about.registration["id"]))
    if found is None:
        raise LookupError(about.registration["id"])
    told = {
        "rabais": found["discount"] or "",
        "prix_regulier": about.money(about.registration["price"] | {"minor": found["regular"]}),
        "lien_televersement": about.upload,
    }
    if "until" in wish.params:
        told["echeance"] = _until(wish, about)
    if wish.params.get("document") is not None:
        document = UUID(wish.params["document"])
        told["motif"] = await proofs.rejection(connection, wish.client, document) or ""
    return told


async def _payment(connection: Reads, wish: Wish, about: Subject) -> Values:
    """What is noted is there, and the balance falls once it is deposited (FAC-2)."""
    invoice = await invoices.invoice(connection, UUID(wish.params["invoice"]))
    if invoice is None:
        raise LookupError(wish.params["invoice"])
    (payment,) = [p for p in invoice["payments"] if p["id"] == wish.params["payment"]]
    means = label(about.language, "payment_method", payment["method"])
    noted = label(about.language, "mail", "to_deposit") if payment["status"] == "noted" else ""
    lines = [
        line["activity"]
        for line in invoice["lines"]
        if payment["registration"] in (None, line["registration"])
    ]
    return {
        "montant": about.money(payment["amount"]),
        "moyen_paiement": ", ".join(filter(None, (means, noted))),
        "activite": ", ".join(dict.fromkeys(lines)),
        "solde": about.money(invoice["balance"]),
        **about.invoice_links(invoice["number"], wish.params["invoice"], invoice["balance"]),
    }


async def _mistake(connection: Reads, wish: Wish, about: Subject) -> Values:
    """What was taken back, with the date that it had."""
    invoice = await invoices.invoice(connection, UUID(wish.params["invoice"]))
    if invoice is None:
        raise LookupError(wish.params["invoice"])
    known = {r["id"]: r for r in await dossier.registrations(connection, wish.client)}
    gone = [known[registration] for registration in wish.params["taken_back"]]
    links = about.invoice_links(invoice["number"], invoice["id"], invoice["balance"])
    return {
        "inscriptions": "\n".join(_place(row, about) for row in gone),
        "lien_facture": links["lien_facture"],
    }


async def _preferences(_connection: Reads, wish: Wish, about: Subject) -> Values:
    """A preview, which somebody else reads, leads to nobody's."""
    return {
        "lien_preferences": about.url if about.links is None else about.links.preferences(wish.client),
        "lien_confidentialite": about.school.privacy_policy.link,
    }


def _place(registration: Row, about: Subject) -> str:
    """« - Écoute de soi, samedi 5 décembre 2026, 09:00 (heure de l’Est) »."""
    activity, date_ = registration["activity"], registration["workshop"]
    if date_ is None:
        return f"- {activity}"
    return f"- {activity}, {moment(datetime.fromisoformat(date_['starts']), date_['zone'], about.language)}"


def _until(wish: Wish, about: Subject) -> str:
    zone = about.workshop["zone"] if about.workshop is not None else about.school.zone
    return moment(datetime.fromisoformat(wish.params["until"]), zone, about.language)


_OF_KIND: Mapping[str, Callable[[Reads, Wish, Subject], Awaitable[Values]]] = {
    "basket_confirmed": purchase,
    "waiting_list_offer": _offer,
    "proof_asked": _proof,
    "proof_reminder": _proof,
    "proof_rejected": _proof,
    "organiser_proof_missing": _proof,
    "payment_received": _payment,
    "payment_kept": _payment,
    "registered_by_mistake": _mistake,
    "preferences_asked": _preferences,
}
