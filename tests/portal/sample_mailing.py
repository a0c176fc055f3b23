"""The pages that e-mails lead to, in every state."""

from __future__ import annotations

from collections.abc import Iterator

from tests.portal.sample_parts import Page


def mailing_pages() -> Iterator[Page]:
    nobody = {"me": None, "path": ""}
    yield Page("unsubscribe", "public/unsubscribe.html", {**nobody, "done": False})
    yield Page("unsubscribe-done", "public/unsubscribe.html", {**nobody, "done": True})
    over = {**nobody, "title": "Ce lien n’est plus valable"}
    yield Page("link-over", "public/link_over.html", over)
