"""Finds values in bytes however they are written: hex, zlib, base64, escapes, case, accents, phones (T14)."""

from __future__ import annotations

import base64
import binascii
import html
import quopri
import re
import unicodedata
import zlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from urllib.parse import unquote_to_bytes

LEAST = 5
"""Letters and digits of a value; shorter ones are found everywhere."""
_DEPTH = 4
"""A mail's base64 in a JSON in hex in a compressed log line is as deep as anybody goes."""
_MOST_BYTES = 20_000_000
"""Of what one compressed piece comes to."""
_PHONE_DIGITS, _SAME_PHONE = 7, 9
_MARKS = re.compile(r"[\u0300-\u036f]")
_SEPARATORS = re.compile(r"[\W_]+")
_LIGATURES = str.maketrans({"œ": "oe", "æ": "ae", "ß": "ss"})
_NUMBER = re.compile(r"\d[\d .()/\u00a0\u2011-]{5,}\d")
_HEX = re.compile(r"[0-9a-fA-F]{10,}")
_BASE64 = re.compile(r"[A-Za-z0-9+/_-]{8,}")
_ESCAPED = re.compile(r"\\+u([0-9a-fA-F]{4})")
_PERCENT = re.compile(r"%[0-9a-fA-F]{2}")
_ENTITY = re.compile(r"&(?:#\d{1,7}|#x[0-9a-fA-F]{1,6}|[a-zA-Z]{2,8});")
_QUOTED = re.compile(r"=(?:[0-9A-Fa-f]{2}|\r?\n)")
_CONTROL = re.compile(r"[\x00-\x08\x0e-\x1f\x7f]")
_FOLDED_LINE = re.compile(r"[ \t]*\r?\n[ \t]*")
_COMPRESSED = re.compile(rb"\x78[\x01\x5e\x9c\xda]|\x1f\x8b\x08")


@dataclass(frozen=True)
class Value:
    """One value to look for; `number` is its line in the operator's file, and all that is ever printed."""

    number: int
    compact: str
    phone: str | None

    @classmethod
    def of(cls, number: int, text: str) -> Value:
        """Raises ValueError where too little is left to be looked for."""
        compact = compacted(text)
        if len(compact) < LEAST:
            raise ValueError(str(number))
        is_phone = len(compact) >= _PHONE_DIGITS and compact.isdigit()
        return cls(number, compact, compact[-_SAME_PHONE:] if is_phone else None)


def compacted(text: str) -> str:
    """Without case, accents, ligatures, spaces and punctuation: « Zoé-Anne » is « ZOEANNE »."""
    lowered = text.casefold()
    if not lowered.isascii():
        lowered = _MARKS.sub("", unicodedata.normalize("NFKD", lowered.translate(_LIGATURES)))
    return _SEPARATORS.sub("", lowered)


def found_in(data: bytes, values: Sequence[Value]) -> set[int]:
    """Numbers of the values that stand in these bytes."""
    found: set[int] = set()
    for text in _texts(data):
        compact = compacted(text)
        phones: list[str] | None = None
        for value in values:
            if value.number in found:
                continue
            if value.phone is None:
                if value.compact in compact:
                    found.add(value.number)
            else:
                if phones is None:
                    phones = [re.sub(r"\D", "", run) for run in _NUMBER.findall(text)]
                if any(value.phone in phone for phone in phones):
                    found.add(value.number)
    return found


def _texts(data: bytes) -> Iterator[str]:
    """Every reading, the plain one first; each once."""
    waiting, seen = [(data, 0)], {data}
    while waiting:
        piece, depth = waiting.pop()
        for text in _as_text(piece):
            yield text
            if depth < _DEPTH:
                for inner in _inside(text):
                    if inner and inner not in seen:
                        seen.add(inner)
                        waiting.append((inner, depth + 1))
        if depth < _DEPTH:
            for inner in _decompressed(piece):
                if inner and inner not in seen:
                    seen.add(inner)
                    waiting.append((inner, depth + 1))


def _as_text(piece: bytes) -> Iterator[str]:
    try:
        yield piece.decode()
    except UnicodeDecodeError:
        yield piece.decode("utf-8", "ignore")
        yield piece.decode("cp1252", "ignore")
    if b"\0" in piece:
        for start in (0, 1):
            yield piece[start:].decode("utf-16-le", "ignore")


def _inside(text: str) -> Iterator[bytes]:
    """What the text says in another writing; noise, such as a ciphertext, escapes nothing."""
    if not _is_noise(text):
        if _ESCAPED.search(text):
            yield _unescaped(text).encode("utf-8", "ignore")
        if _PERCENT.search(text):
            yield unquote_to_bytes(text.replace("+", " "))
        if _ENTITY.search(text):
            yield html.unescape(text).encode("utf-8", "ignore")
        if _QUOTED.search(text):
            yield quopri.decodestring(text.encode("utf-8", "ignore"))
    for run in _HEX.findall(text):
        for start in (0, 1):
            even = run[start : start + (len(run) - start) // 2 * 2]
            yield bytes.fromhex(even)
    for whole in {text, _FOLDED_LINE.sub("", text)}:
        for run in _BASE64.findall(whole):
            yield from _of_base64(run)


def _is_noise(text: str) -> bool:
    """Among the first thousands of characters, more control characters than any text has."""
    beginning = text[:4_000]
    return len(_CONTROL.findall(beginning)) > len(beginning) // 20


def _of_base64(run: str) -> Iterator[bytes]:
    """From each of four beginnings: a letter before it may belong to something else."""
    standard = run.translate(str.maketrans("-_", "+/"))
    for start in range(4):
        part = standard[start:]
        part = part[: -1 if len(part) % 4 == 1 else None]
        try:
            yield base64.b64decode(part + "=" * (-len(part) % 4))
        except (binascii.Error, ValueError):
            continue


def _unescaped(text: str) -> str:
    """JSON's escapes, pairs of surrogates too."""
    read = _ESCAPED.sub(lambda found: chr(int(found[1], 16)), text)
    return read.encode("utf-16", "surrogatepass").decode("utf-16", "ignore")


def _decompressed(piece: bytes) -> Iterator[bytes]:
    for found in _COMPRESSED.finditer(piece):
        try:
            inner = zlib.decompressobj(wbits=47).decompress(piece[found.start() :], _MOST_BYTES)
        except zlib.error:
            continue
        if inner:
            yield inner
