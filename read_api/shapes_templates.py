"""What answers about the wordings of e-mails look like."""

from __future__ import annotations

from datetime import datetime
from typing import Literal

from read_api.shapes import Answer, Shape, like


class Wording(Shape):
    """One language's text."""

    language: Literal["fr", "en"] = like("fr")
    subject: str = like("Rappel : {activite}")
    body: str = like("{cher} {prenom_client},\n\nVotre atelier approche.")
    own: bool = like(False, "The school's own; else the portal's default one.")
    changed_at: datetime | None = like(None)
    changed_by: str | None = like(None)


class Template(Shape):
    """An e-mail that the portal sends."""

    key: str = like("reminder")
    name: str = like("rappel une semaine avant")
    version: int = like(0, "To be given as `seen_version` when it is changed; 0: never changed.")
    placeholders: list[str] = like(["cher", "prenom_client", "activite"])
    wordings: list[Wording]


class Templates(Answer):
    """All of them."""

    items: list[Template]


class Preview(Answer):
    """A wording as that client would read it."""

    subject: str = like("Rappel : Écoute de soi")
    text: str = like("Bonjour Éloïse,\n\nVotre atelier approche.")
    html: str = like("<p>Bonjour Éloïse,</p>")
