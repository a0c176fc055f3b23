"""Letters about an account: their link is made here, for the address it goes to, and kept nowhere (DOS-3)."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from aggregates.links import LinkOver, LinkPurpose
from commands.account_holder import Asked, Holder, holder, link_to
from processors.runtime import outages, wordings
from processors.runtime.letters import Letter, NoAddressError, RecipientGoneError, links_in
from processors.runtime.placeholders import Subject, moment, values
from processors.runtime.standing import SupersededError, Wish
from projections import catalogue
from projections.query import Reads
from schema.labels import label
from schema.store import Store

_PURPOSE: Mapping[str, LinkPurpose | None] = {
    "created_by_client": LinkPurpose.VALIDATION,
    "created_by_staff": LinkPurpose.ACTIVATION,
    "added_manually": LinkPurpose.ACTIVATION,
    "portal_invitation": LinkPurpose.INVITATION,
    "address_validation": LinkPurpose.VALIDATION,
    "password_reset": LinkPurpose.PASSWORD,
    "dossier_restored": LinkPurpose.ACTIVATION,
    "email_change": LinkPurpose.EMAIL_CHANGE,
    "email_change_told": None,
    "already_client": None,
    "staff_invitation": LinkPurpose.INVITATION,
    **dict.fromkeys(outages.TEMPLATES),
}
"""Mails about accounts, and what their link is good for; None: they hold none."""
MODELS = ("catalogue", "templates")
"""Views that they rest on."""


def is_about_account(template: str) -> bool:
    """Whether this module writes it."""
    return template in _PURPOSE


def asked_by(wish: Wish) -> Asked:
    """The fact that asks for the mail. Who has the old address is told there, even after the change."""
    return Asked(
        wish.client,
        wish.recipient == "account",
        int(wish.params["version"]),
        _PURPOSE[wish.template],
        of_then=wish.template == "email_change_told",
    )


def reader_of(store: Store, wish: Wish) -> Holder:
    """Who reads it: the views tell neither links nor addresses of before.

    Raises RecipientGoneError, NoAddressError, SupersededError where a later link or act took its place.
    """
    try:
        found = holder(store, asked_by(wish))
    except LinkOver:
        raise SupersededError from None
    if found is None:
        raise RecipientGoneError
    if found.address is None:
        raise NoAddressError
    return found


async def account_letter(connection: Reads, wish: Wish, who: Holder, store: Store, public_url: str) -> Letter:
    """The letter with its link; what is kept of it has none."""
    assert who.address is not None
    school = await catalogue.school(connection)
    person = {
        "first_name": who.first_name,
        "last_name": who.last_name,
        "form_of_address": who.form_of_address,
    }
    about = Subject(
        person=person,
        school=school,
        url=public_url,
        language=who.language,
        to_staff=wish.recipient == "account",
    )
    known = values(about) | {
        "lien_video": school.help_video,
        "lien_infolettre": school.newsletter,
        "lien_confidentialite": school.privacy_policy.link,
        "lien_preferences": f"{public_url}/preferences",
        "lien_connexion": f"{public_url}/connexion",
        "lien_oubli": f"{public_url}/mot-de-passe-oublie",
        "conserve": label(who.language, "mail", "kept_when_restored"),
    }
    asked, secret = asked_by(wish), None
    if asked.purpose is not None:
        until = datetime.fromisoformat(wish.params["asked"]) + school.lasts(asked.purpose)
        secret = f"{public_url}/acces/{link_to(store, asked, who, until)}"
        known |= {"expiration": moment(until, school.zone, who.language)}
        known |= dict.fromkeys(("lien_activation", "lien_validation", "lien_mot_de_passe"), secret)
    if wish.template in outages.TEMPLATES:
        known |= await outages.words(connection, wish, school.zone, who.language, public_url)
    wording = await wordings.current(connection, wish.template, who.language)
    filled = wordings.filled(wording, known)
    return Letter(
        who.address,
        school.email,
        filled.subject,
        filled.text,
        who.language,
        school=school.name,
        links=links_in(known),
        secret=secret,
    )
