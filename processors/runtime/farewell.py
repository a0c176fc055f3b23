"""The letter to who was removed: from what was put aside for it, as the views have forgotten them (DOS-8)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from processors.runtime import wordings
from processors.runtime.letters import Letter
from processors.runtime.placeholders import Subject, values
from projections import catalogue
from projections.query import Reads
from schema.farewells import Farewell
from schema.labels import label
from schema.wording import Language

TEMPLATE = "dossier_removed"
_LANGUAGES: Mapping[str, Language] = {"fr": "fr", "en": "en"}


async def farewell_letter(
    connection: Reads, farewell: Farewell, params: Mapping[str, Any], *, public_url: str
) -> Letter:
    """What is kept is said; answers go to the school."""
    school = await catalogue.school(connection)
    language = _LANGUAGES[farewell.language]
    person = {
        "form_of_address": farewell.form_of_address,
        "first_name": farewell.first_name,
        "last_name": farewell.last_name,
    }
    about = Subject(person=person, school=school, url=public_url, language=language)
    put_in = values(about) | {"conserve": label(language, "mail", params["kept"])}
    filled = wordings.filled(await wordings.current(connection, TEMPLATE, language), put_in)
    return Letter(farewell.address, school.email, filled.subject, filled.text, language, school=school.name)
