"""Writes every page with its sample, and pictures of it: python -m tests.portal.preview FOLDER [PAGE …]

A page that ends in `-en` is shown in English.
"""

from __future__ import annotations

import os
import shutil
import sys
from collections.abc import Collection, Mapping, Sequence
from itertools import count
from pathlib import Path
from urllib.parse import urlsplit

from playwright.sync_api import Route, sync_playwright

from portal.templating import STATIC, environment
from schema.wording import Language
from tests.portal.samples import pages

CHROMIUM = shutil.which(os.environ.get("PORTAIL_CHROMIUM") or "chromium")
ADDRESS = "http://portail.example"
POLICY = {"content-security-policy": "default-src 'self'"}
WIDTHS = (1280, 768, 375)
KINDS = {".css": "text/css", ".js": "text/javascript", ".svg": "image/svg+xml"}


def rendered(language: Language = "fr", only: Collection[str] | None = None) -> dict[str, str]:
    """Page name → its HTML; of all pages, or of those named."""
    numbers = count(1)
    made = environment(lambda: f"command-{next(numbers)}", language)
    chosen = [page for page in pages() if only is None or page.name in only]
    return {page.name: made.get_template(page.template).render(page.whole()) for page in chosen}


def named(names: Sequence[str]) -> dict[str, str]:
    """The same of these pages; NAME-en is the page NAME in English."""
    english = rendered("en", [name.removesuffix("-en") for name in names if name.endswith("-en")])
    return rendered(only=names) | {f"{name}-en": html for name, html in english.items()}


def serve(route: Route, html: Mapping[str, str]) -> None:
    """Answers from the rendered pages and portal/static, under the portal's own policy; refuses the rest."""
    path = urlsplit(route.request.url).path
    name = path.rsplit("/", 1)[-1]
    if path.startswith("/preview/"):
        route.fulfill(body=html[name], content_type="text/html; charset=utf-8", headers=POLICY)
    elif path.startswith("/static/"):
        route.fulfill(body=(STATIC / name).read_bytes(), content_type=KINDS[Path(name).suffix])
    else:
        route.abort()


def shoot(folder: Path, only: Sequence[str]) -> None:
    """A picture of each page at each width in both schemes; nothing but the folder's files is asked for."""
    html = named(only) if only else rendered()
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM)
        for scheme in ("light", "dark"):
            context = browser.new_context(color_scheme=scheme, reduced_motion="reduce")
            page = context.new_page()
            page.on("console", lambda message: print(message.text))
            page.route("**/*", lambda route: serve(route, html))
            for name in html:
                for width in WIDTHS if scheme == "light" else WIDTHS[:1]:
                    page.set_viewport_size({"width": width, "height": 900})
                    page.goto(f"{ADDRESS}/preview/{name}")
                    page.screenshot(path=folder / f"{name}-{width}-{scheme}.png", full_page=True)
            context.close()
        browser.close()


def main() -> None:
    folder = Path(sys.argv[1])
    folder.mkdir(parents=True, exist_ok=True)
    for name, html in rendered().items():
        (folder / f"{name}.html").write_text(html)
    shoot(folder, sys.argv[2:])


if __name__ == "__main__":
    main()
