"""A help of one article with a video, in place of the portal's own files."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from portal import help as help_

FILE = """
area = "Accès"

[[article]]
key = "entrer"
title = "Comment entrer ?"
words = "connexion"
who = ["anyone"]
path = "/connexion"
steps = ["Ouvrez la page."]
video = "{video}"
"""


@contextmanager
def reading(folder: Path, patch: pytest.MonkeyPatch, video: str) -> Iterator[None]:
    """The articles are read from a folder that holds this one; afterwards from where they stand."""
    (folder / "1-acces.toml").write_text(FILE.format(video=video), "utf-8")
    with patch.context() as inner:
        inner.setattr(help_, "HERE", folder)
        help_.articles.cache_clear()
        try:
            yield
        finally:
            help_.articles.cache_clear()
