"""The Jinja environment of each language: autoescape, nothing undefined passes, assets named by content."""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache
from hashlib import sha256
from pathlib import Path
from uuid import uuid4

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from portal.format import TESTS, filters
from portal.language import NAMES, here, sentences
from schema.wording import LANGUAGES, Language

HERE = Path(__file__).parent
STATIC = HERE / "static"


def environment(new_id: Callable[[], str] = lambda: str(uuid4()), language: Language = "fr") -> Environment:
    """Renders portal/templates in a language; each form on a page asks `new_id` for its own command id."""
    made = Environment(
        loader=FileSystemLoader(HERE / "templates"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        extensions=["jinja2.ext.i18n"],
    )
    # Each language has an environment: Jinja works parts of a template out once, filters and macros' names.
    made.install_gettext_translations(sentences(language), newstyle=True)  # type: ignore[attr-defined]
    made.filters.update(filters(language))
    made.tests.update(TESTS)
    other = next(each for each in LANGUAGES if each != language)
    made.globals.update(
        asset=asset,
        new_id=new_id,
        this_page=here,
        language=language,
        other={"code": other, "name": NAMES[other]},
        languages=[{"id": each, "name": NAMES[each]} for each in LANGUAGES],
    )
    return made


@lru_cache
def asset(name: str) -> str:
    """Address of a file under static/ that changes with its content, so that it may be cached for ever.

    Raises FileNotFoundError.
    """
    return f"/static/{name}?v={sha256((STATIC / name).read_bytes()).hexdigest()[:12]}"
