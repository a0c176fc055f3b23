"""Commands of the line about who comes in: the first admin, machines, codes of demo accounts."""

from __future__ import annotations

from typing import Annotated
from uuid import UUID, uuid4, uuid5

import pyotp
import typer
from pydantic import SecretStr, ValidationError

from aggregates.catalogue.state import PORTAIL
from aggregates.kernel import Refused, Role
from commands.access import SYSTEM
from commands.own_account import MOST_TOKEN_DAYS, new_token
from commands.staff.add_staff import AddStaff
from commands.staff.issue_token import IssueToken
from schema.clock import machine_time
from schema.labels import refusal_sentence
from service.attach import attached, command_line
from service.demo.school_maker import TOTP_SECRET
from service.settings import SettingsError, load

app = typer.Typer()


@app.command("invite-admin")
def invite_admin(
    name: Annotated[str, typer.Option(help="Prénom et nom.")],
    email: Annotated[str, typer.Option(help="Courriel où part le lien d'invitation.")],
) -> None:
    """Invite quelqu’un à l’administration ; le lien du courriel fait choisir mot de passe et code."""
    try:
        wish = AddStaff(name=name, email=email, roles=(Role.ADMIN,))
    except ValidationError as error:
        raise SettingsError("Nom ou courriel invalide. / Name or e-mail is not valid.") from error
    with attached(load()) as settings, command_line(settings) as side:
        try:
            side.dispatcher.dispatch(wish, SYSTEM, uuid4())
        except Refused as refused:
            raise SettingsError(refusal_sentence("fr", refused.code, refused.fields)) from refused
    typer.echo("Invitation notée ; le courriel part du portail en marche.")


@app.command()
def token(
    role: Annotated[Role, typer.Option(help="Rôle du jeton.")],
    days: Annotated[int, typer.Option(help="Durée en jours.", min=1, max=MOST_TOKEN_DAYS)] = 90,
    user: Annotated[str, typer.Option(help="Usager au nom duquel il agit ; vide : une machine.")] = "",
) -> None:
    """Émet un jeton d'API et l'affiche une seule fois."""
    with attached(load()) as settings, command_line(settings) as side:
        owner = UUID(user) if user else uuid5(PORTAIL, f"token/{role.value}")
        shown, hashed = new_token()
        wish = IssueToken(
            role=role, owner=owner, label=f"cli {role.value}", days=days, hashed=SecretStr(hashed)
        )
        side.dispatcher.dispatch(wish, SYSTEM, uuid4())
        typer.echo(shown)


@app.command()
def totp(email: str) -> None:
    """Affiche le code du moment d'un compte de démonstration."""
    if load().mode == "production":
        raise SettingsError("Pas de compte de démonstration en production. / No demo account in production.")
    typer.echo(f"{email}  {pyotp.TOTP(TOTP_SECRET).at(machine_time())}")
