"""A client opens the own dossier (DOS-1), never a second one for the same person (DOS-4)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar

from pydantic import EmailStr, Field, SecretStr

from aggregates.client.access.decisions import sign_up
from aggregates.client.decisions import attempt_second_dossier
from aggregates.client.events import DossierMatch, FormOfAddress, Language
from aggregates.client.preferences.events import Channel
from aggregates.client.state import CLIENT
from aggregates.kernel import Role
from commands.access import Scope, anyone
from commands.identifying import email_owner, identified, namesake
from commands.message import Act, Command, Country, Name
from schema.store import Change


class SignUp(Command):
    """Open the dossier, or note on the one that there is that its person tried; the form is told neither.

    `policy` is the version of the privacy policy, `wording` that of the question on preferences; None is no
    answer. Makes `client` where it opens one.
    """

    ALLOWED: ClassVar[Mapping[Role, Scope]] = anyone(Role.SYSTEM)
    RULES: ClassVar[tuple[str, ...]] = ("DOS-1", "DOS-4")

    last_name: Name
    first_name: Name
    form_of_address: FormOfAddress | None = None
    email: EmailStr
    telephone: Name | None = None
    street: Name | None = None
    postal_code: Name
    city: Name
    country: Country
    language: Language = Language.FR
    hashed: SecretStr = Field(max_length=500)
    policy: Name
    wording: Name
    by_telephone: bool | None = None
    by_post: bool | None = None
    by_email: bool | None = None


def handle(command: SignUp, act: Act) -> list[Change]:
    who = identified(command)
    matches = {
        DossierMatch.EMAIL: email_owner(act, who),
        DossierMatch.PERSON: namesake(act, who),
    }
    for match, owner in matches.items():
        if owner is not None:
            known = act.load(CLIENT.at(owner))
            return [Change(known, attempt_second_dossier(known.state, match))]
    client = act.fresh(CLIENT, "client")
    answers = {
        Channel.TELEPHONE: command.by_telephone,
        Channel.POST: command.by_post,
        Channel.EMAIL: command.by_email,
    }
    act.keep_password(client.id, command.hashed.get_secret_value())
    given = {channel: answer for channel, answer in answers.items() if answer is not None}
    opened = sign_up(client.state, client.id, who, given, policy=command.policy, wording=command.wording)
    return [Change(client, opened)]
