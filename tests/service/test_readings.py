"""However a value is written, the scan reads it; what is another value, it leaves (T14)."""

from __future__ import annotations

import base64
import gzip
import html
import json
import quopri
import random
import zlib
from collections.abc import Callable
from email.message import EmailMessage
from urllib.parse import quote, quote_plus

import pytest

from service.scanning.readings import Value, compacted, found_in

NAME = "Éloïse D’Arcy-Lévesque"
Write = Callable[[str], bytes]

pytestmark = pytest.mark.rule("T14", "DOS-11")


def mailed(text: str) -> bytes:
    message = EmailMessage()
    message["Subject"] = text
    message.set_content(f"Bonjour {text},\n" * 9, cte="base64")
    return message.as_bytes()


def wrapped(text: str) -> bytes:
    return base64.encodebytes((f"{'x' * 50} {text} " * 3).encode())


WRITINGS: dict[str, Write] = {
    "plain": str.encode,
    "upper case without accents": lambda text: compacted(text).upper().encode(),
    "with other hyphens and spaces": lambda text: text.replace("-", "\u2011 ").encode(),
    "latin": lambda text: f"ÿ{text}".encode("cp1252"),
    "utf-16": lambda text: text.encode("utf-16"),
    "hex": lambda text: text.encode().hex().encode(),
    "hex of a dump": lambda text: b"\\\\x00" + text.encode().hex().upper().encode(),
    "hex at an odd place": lambda text: b"a" + text.encode().hex().encode(),
    "zlib": lambda text: b"ab" + zlib.compress(text.encode()) + b"tail",
    "gzip": lambda text: gzip.compress(text.encode()),
    "zlib in hex": lambda text: zlib.compress(text.encode()).hex().encode(),
    "base64": lambda text: b'{"x":"' + base64.b64encode(text.encode()) + b'"}',
    "base64 of addresses": lambda text: base64.urlsafe_b64encode(f"~~?{text}".encode()),
    "base64 behind letters": lambda text: b"abc" + base64.b64encode(text.encode()),
    "base64 over lines": wrapped,
    "base64 of gzip": lambda text: base64.b64encode(gzip.compress(text.encode())),
    "json": lambda text: json.dumps({"name": text}).encode(),
    "json in json": lambda text: json.dumps(json.dumps({"name": text})).encode(),
    "quoted-printable": lambda text: quopri.encodestring(f"{'x' * 70} {text}".encode()),
    "percent": lambda text: quote(text).encode(),
    "percent of a form": lambda text: quote_plus(text).encode(),
    "html": lambda text: html.escape(text).replace("é", "&eacute;").replace("É", "&#201;").encode(),
    "a mail": mailed,
    "a mail in hex": lambda text: mailed(text).hex().encode(),
}


@pytest.mark.parametrize("write", WRITINGS.values(), ids=WRITINGS.keys())
def test_a_name_is_found(write: Write) -> None:
    other = Value.of(2, "Bérénice Saint-Hyacinthe")
    data = b"\x00\x01" * (write is WRITINGS["zlib"]) + write(NAME)
    assert found_in(data, [Value.of(1, NAME), other]) == {1}


@pytest.mark.parametrize(
    "written",
    [
        "+1 514 555-0123",
        "(514) 555-0123",
        "5145550123",
        "514.555.0123",
        "tel:+15145550123",
    ],
)
def test_a_telephone_is_found(written: str) -> None:
    values = [Value.of(1, "+1 514 555 0123"), Value.of(2, "+33 6 12 34 56 78")]
    assert found_in(f'{{"telephone":"{written}"}}'.encode(), values) == {1}


def test_a_number_over_two_fields_is_none() -> None:
    assert found_in(b'{"a": 514555, "b": 123}', [Value.of(1, "514 555 0123")]) == set()


def test_a_surrogate_pair_is_read() -> None:
    assert found_in(json.dumps("Zoé 𝒜𝓃𝓃𝑒").encode(), [Value.of(1, "Zoé 𝒜𝓃𝓃𝑒")]) == {1}


def test_what_is_too_short_is_refused() -> None:
    with pytest.raises(ValueError, match="7"):
        Value.of(7, "Zoé")


def test_noise_holds_nothing() -> None:
    noise = random.Random(4).randbytes(40_000)
    values = [Value.of(n, f"Jeton {n} quelconque") for n in range(40)]
    for data in (noise, noise.hex().encode(), base64.b64encode(noise)):
        assert found_in(data, values) == set()
