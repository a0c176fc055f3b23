"""What `portail run` says once everything answers: addresses, demo accounts, how to stop."""

from __future__ import annotations

from service.settings import Settings

ACCOUNTS = (
    ("organiser@example.com", "organisation d'ateliers"),
    ("trainer@example.com", "formation"),
    ("office@example.com", "siège"),
    ("accounting@example.com", "comptabilité, code à usage unique"),
    ("admin@example.com", "administration, code à usage unique"),
    ("auditor@example.com", "audit, lecture seule"),
    ("client@example.com", "client"),
)
WITH_CODE = ("accounting@example.com", "admin@example.com")


def greeting(settings: Settings, port: int, seconds: float) -> str:
    """Return the lines to print."""
    explicit = "public_url" in settings.model_fields_set
    address = settings.public_url if explicit else f"http://localhost:{port}"
    took = f"{seconds:.1f}".replace(".", ",")
    lines = [
        "",
        f"Le portail est prêt en {took} s : {address}",
        f"  API        {address}/api/docs",
    ]
    if settings.catches_mail:
        lines.append(f"  Courriels  {address}/courriels (aucun ne part : ils sont gardés ici)")
    lines.append(f"  Journaux   {settings.data_dir / 'log'}")
    if settings.mode == "demo":
        lines += ["", f"Comptes de démonstration, mot de passe {settings.demo_password} :"]
        lines += [f"  {email:<24} {what}" for email, what in ACCOUNTS]
        lines += [f"  code : .venv/bin/portail totp {email}" for email in WITH_CODE]
    return "\n".join([*lines, "", "Arrêt : Ctrl-C"])
