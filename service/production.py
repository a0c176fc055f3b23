"""What production mode refuses: everything that is good for a demo or a test only."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

if TYPE_CHECKING:
    from service.settings import Settings

LOOPBACK = {"localhost", "127.0.0.1", "::1"}
KEY_FILES = ("master_key_file", "lookup_key_file", "seal_key_file")

Rule = tuple[Callable[["Settings"], bool], str, str, str]
RULES: tuple[Rule, ...] = (
    (
        lambda given: given.catches_mail,
        "SMTP_URL",
        "manque : en production, les courriels ne finissent pas dans la boîte de démonstration",
        "is missing: production does not catch mails",
    ),
    (
        lambda given: "mail_from" not in given.model_fields_set,
        "MAIL_FROM",
        "manque : c'est l'adresse de l'expéditeur",
        "is missing: it is the sender's address",
    ),
    (
        lambda given: urlsplit(given.public_url).scheme != "https",
        "PUBLIC_URL",
        "doit commencer par https://",
        "must start with https://",
    ),
    (
        lambda given: bool(given.paypal_url) and not _is_real(given.paypal_url),
        "PAYPAL_URL",
        "désigne un simulateur : en production, seul le vrai prestataire, en https",
        "names a simulator: production takes the real provider over https only",
    ),
    (
        lambda given: "demo_password" in given.model_fields_set,
        "DEMO_PASSWORD",
        "est refusé : pas de comptes de démonstration en production",
        "is refused: no demo accounts in production",
    ),
    (
        lambda given: given.test_clock,
        "TEST_CLOCK",
        "est refusé : en production, l'heure ne se règle pas",
        "is refused: nobody sets the clock in production",
    ),
)


def refusals(settings: Settings) -> list[str]:
    """Return one line, French then English, for each setting that production cannot run with."""
    lines = [_line(name, french, english) for refused, name, french, english in RULES if refused(settings)]
    return lines + [line for name in KEY_FILES for line in _key_refusals(settings, name)]


def _key_refusals(settings: Settings, name: str) -> list[str]:
    """Production never makes a key: a new one beside old data would lose them."""
    path = getattr(settings, name)
    if name not in settings.model_fields_set:
        return [_line(name, "manque : aucune clé n'est inventée", "is missing: no key is ever made up")]
    if not path.is_file():
        return [_line(name, f"nomme {path}, qui n'existe pas", f"names {path}, which does not exist")]
    return []


def _is_real(url: str) -> bool:
    parts = urlsplit(url)
    return parts.scheme == "https" and parts.hostname is not None and parts.hostname not in LOOPBACK


def _line(name: str, french: str, english: str) -> str:
    variable = f"PORTAIL_{name.upper()}"
    return f"{variable} {french}. / {variable} {english}."
