"""The HTML of a mail: its plain text with paragraphs, lists, small tables, links and one button (COM-1).

Styles stand on each element, as mail programs want them; what they can't say there (dark mode, phones) stands
in one constant sheet. Whatever was put into the text is escaped, and only links of ours become a button.
"""

from __future__ import annotations

import html
import re
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, field

from processors.documents.words import fine
from schema.wording import Language

_LINK = re.compile(r"https?://[^\s<>\"']*[^\s<>\"'.,;:!?)\]]")
_LABELLED = re.compile(r"(?P<label>[^:]{1,24}?)[ \u00a0]?: (?P<value>.+)")
_NUMBERED = re.compile(r"(?P<words>\S.*), (?P<link>https?://\S+)")
_LEADS = re.compile(r"(?P<words>.*?)[ \u00a0]?: (?P<link>https?://\S+)")
_TELEPHONE = re.compile(r"\+\d(?:[ .-]?\d){6,}")
_SENTENCE = re.compile(r"(?<=[.!?]) +")
_LONGEST_BUTTON = 60
_BELOW = ["--"]
_SEPARATORS = (["———"], _BELOW)
"""A line that parts texts, and the one below which stands why somebody got the mail."""
_FONT = "-apple-system,'Segoe UI',Roboto,'Helvetica Neue',Arial,sans-serif"
_ACCENT, _INK, _QUIET, _GROUND, _SHEET, _HAIR = (
    "#0f5c5c",
    "#211f1c",
    "#655f57",
    "#f5f3ef",
    "#ffffff",
    "#d8d3cb",
)
_SHEET_OF_STYLES = """
@media (prefers-color-scheme: dark) {
  .ground { background: #211f1c !important; }
  .sheet { background: #2b2825 !important; color: #f5f3ef !important; border-color: #4a4540 !important; }
  .sheet a { color: #7fd1c8 !important; }
  .sheet a.button { background: #12706c !important; color: #ffffff !important; }
  .head { color: #7fd1c8 !important; }
  .quiet { color: #b0a99f !important; }
  .hair { border-color: #4a4540 !important; }
}
@media (max-width: 480px) {
  .around { padding: 0 !important; }
  .sheet { border-radius: 0 !important; border-left: 0 !important; border-right: 0 !important; }
  .inside { padding-left: 20px !important; padding-right: 20px !important; }
  .button { display: block !important; text-align: center !important; }
}"""


@dataclass
class Dress:
    """What a mail is dressed with."""

    language: Language
    school: str
    """Stands on top."""
    links: Collection[str] = ()
    """Links of ours: a line that leads to one may become the button."""
    image: tuple[str, str] | None = None
    """Address of an image, and whether it stands `first` or `last` (COM-6)."""
    _has_button: bool = field(default=False, init=False)
    _is_below: bool = field(default=False, init=False)

    def whole(self, subject: str, text: str) -> str:
        """The document."""
        blocks = [block.splitlines() for block in text.strip().split("\n\n") if block.strip()]
        below = blocks.index(_BELOW) if _BELOW in blocks else len(blocks)
        parts = [part for block in blocks[:below] for part in self._block(block)]
        if self.image is not None:
            address, place = self.image
            look = "display:block;max-width:100%;height:auto;border:0"
            shown = _paragraph(f'<img src="{html.escape(address)}" alt="" style="{look}">')
            parts.insert(0 if place == "first" else len(parts), shown)
        parts += [part for block in blocks[below:] for part in self._block(block)]
        body = "\n".join(parts)
        title, school = html.escape(subject), html.escape(self.school)
        said = next((" ".join(block) for block in blocks[1:]), "")
        before = html.escape(_LINK.sub("", said)[:120])
        return _DOCUMENT.format(
            language=self.language, title=title, school=school, before=before, body=body, **_LOOKS
        )

    def _block(self, lines: Sequence[str]) -> Iterator[str]:
        """A paragraph, with what in it is a list, a table of words and values, or a button."""
        if lines in _SEPARATORS:
            self._is_below = lines == _BELOW
            yield f'<hr class="hair" style="border:0;border-top:1px solid {_HAIR};margin:24px 0">'
            return
        if self._is_below or (self.school and lines[0] == self.school):
            signed = "<br>\n".join(self._inline(line) for line in lines)
            yield f'<p class="quiet" style="margin:24px 0 16px;font-size:14px;color:{_QUIET}">{signed}</p>'
            return
        waiting: list[str] = []
        rest = list(lines)
        headed = len(rest) > 1 and rest[1].startswith("- ") and not rest[0].startswith("- ")
        if headed and not rest[0].rstrip().endswith(":"):
            yield _paragraph(f"<strong>{self._inline(rest.pop(0))}</strong>", "16px 0 4px")
        while rest:
            if rest[0].startswith("- "):
                yield from self._said(waiting)
                yield self._list(_taken(rest, lambda line: line.startswith("- ")))
            elif len(rest) > 1 and _is_labelled(rest[0]) and _is_labelled(rest[1]):
                yield from self._said(waiting)
                yield self._table(_taken(rest, _is_labelled))
            elif (found := _LEADS.fullmatch(rest[0])) and found["link"] in self.links:
                yield from self._leading(waiting, found["words"], found["link"])
                rest.pop(0)
            else:
                waiting.append(rest.pop(0))
        yield from self._said(waiting)

    def _leading(self, waiting: list[str], words: str, link: str) -> Iterator[str]:
        """The first one is a button that says its last sentence, later ones are links."""
        *before, last = _SENTENCE.split(words)
        if len(last) > _LONGEST_BUTTON:
            waiting.append(f"{words} : {link}" if self.language == "fr" else f"{words}: {link}")
            return
        if before:
            waiting.append(" ".join(before))
        yield from self._said(waiting)
        shown, url = self._words(last), html.escape(link)
        if self._has_button:
            yield _paragraph(f'<a href="{url}" style="color:{_ACCENT}">{shown}</a>', "0 0 12px")
            return
        self._has_button = True
        look = (
            f"display:inline-block;background:{_ACCENT};color:#ffffff;text-decoration:none;font-weight:600;"
            "padding:12px 20px;border-radius:6px"
        )
        yield _paragraph(f'<a class="button" href="{url}" style="{look}">{shown}</a>', "8px 0 16px")

    def _said(self, waiting: list[str]) -> Iterator[str]:
        if waiting:
            yield _paragraph("<br>\n".join(self._inline(line) for line in waiting))
            waiting.clear()

    def _list(self, lines: Sequence[str]) -> str:
        items = "".join(f'<li style="margin:0 0 4px">{self._inline(line[2:])}</li>' for line in lines)
        return f'<ul style="margin:0 0 12px;padding:0 0 0 20px">{items}</ul>'

    def _table(self, lines: Sequence[str]) -> str:
        rows = []
        for line in lines:
            found = _LABELLED.fullmatch(line)
            assert found is not None
            rows.append(
                f'<tr><td class="quiet" style="padding:2px 20px 2px 0;color:{_QUIET};white-space:nowrap;'
                f'vertical-align:top">{self._words(found["label"])}</td>'
                f'<td style="padding:2px 0">{self._inline(found["value"])}</td></tr>'
            )
        look = "border-collapse:collapse;margin:0 0 16px;font:inherit;color:inherit"
        return f'<table role="presentation" style="{look}">{"".join(rows)}</table>'

    def _inline(self, line: str) -> str:
        """The line with its links; a number of ours is the link itself, its address says nobody anything."""
        for value in self.links:
            numbered = _NUMBERED.fullmatch(value)
            if numbered is not None and line.endswith(value):
                url, words = html.escape(numbered["link"]), self._words(numbered["words"])
                before = self._inline(line.removesuffix(value))
                return f'{before}<a href="{url}" style="color:{_ACCENT}">{words}</a>'
        parts, at = [], 0
        for found in _LINK.finditer(line):
            url = html.escape(found[0])
            parts += [self._words(line[at : found.start()])]
            parts += [f'<a href="{url}" style="color:{_ACCENT};word-break:break-word">{url}</a>']
            at = found.end()
        return "".join([*parts, self._words(line[at:])])

    def _words(self, text: str) -> str:
        whole = _TELEPHONE.sub(lambda found: found[0].replace(" ", "\N{NO-BREAK SPACE}"), text)
        return html.escape(fine(self.language, whole))


def _is_labelled(line: str) -> bool:
    return _LABELLED.fullmatch(line) is not None and not line.startswith("- ")


def _taken(rest: list[str], fits: object) -> list[str]:
    """The first lines that fit, taken off."""
    assert callable(fits)
    found: list[str] = []
    while rest and fits(rest[0]):
        found.append(rest.pop(0))
    return found


def _paragraph(inner: str, margin: str = "0 0 16px") -> str:
    return f'<p style="margin:{margin}">{inner}</p>'


_LOOKS = {
    "styles": _SHEET_OF_STYLES,
    "font": _FONT,
    "accent": _ACCENT,
    "ink": _INK,
    "ground": _GROUND,
    "sheet": _SHEET,
    "hair": _HAIR,
}
_DOCUMENT = """<!doctype html>
<html lang="{language}">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>{title}</title>
<style>{styles}
</style>
</head>
<body class="ground" style="margin:0;padding:0;background:{ground}">
<div style="display:none;max-height:0;overflow:hidden">{before}</div>
<table role="presentation" class="ground" width="100%" cellpadding="0" cellspacing="0" \
style="border-collapse:collapse;background:{ground}">
<tr><td class="around" align="center" style="padding:24px 12px">
<table role="presentation" class="sheet" width="100%" cellpadding="0" cellspacing="0" \
style="max-width:600px;border-collapse:separate;background:{sheet};border:1px solid {hair};border-radius:8px;\
color:{ink};text-align:left">
<tr><td class="inside head hair" style="padding:20px 32px;border-bottom:1px solid {hair};\
font:600 17px/1.3 {font};color:{accent}">{school}</td></tr>
<tr><td class="inside" style="padding:24px 32px 12px;font:16px/1.55 {font}">
{body}
</td></tr>
</table>
</td></tr>
</table>
</body>
</html>
"""
