"""The command of the line about staff: the first admin, whom nobody in the portal can invite."""

from __future__ import annotations

from typing import Annotated
from uuid import uuid4

import typer
from pydantic import ValidationError

from aggregates.kernel import Refused, Role
from commands.access import SYSTEM
from commands.staff.add_staff import AddStaff
from schema.labels import refusal_sentence
from service.attach import attached, command_line
from service.settings import SettingsError, load

staff = typer.Typer()


@staff.command("invite-admin")
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
