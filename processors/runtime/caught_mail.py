"""The mails that the embedded catcher wrote, one .eml each: they stand for the world outside."""

from __future__ import annotations

import os
from dataclasses import dataclass
from datetime import UTC, datetime
from email import policy
from email.message import EmailMessage
from email.parser import BytesParser
from pathlib import Path
from uuid import uuid4

_PARSER = BytesParser(policy=policy.default)


@dataclass(frozen=True)
class CaughtMail:
    """One mail as it arrived."""

    id: str
    at: datetime
    message: EmailMessage

    def header(self, name: str) -> str:
        return str(self.message.get(name, ""))

    @property
    def text(self) -> str:
        part = self.message.get_body(preferencelist=("plain", "html"))
        return str(part.get_content()).replace("\r\n", "\n") if part is not None else ""

    @property
    def attachments(self) -> list[str]:
        return [part.get_filename() or "" for part in self.message.iter_attachments()]


def keep(folder: Path, content: bytes, at: datetime) -> Path:
    """Write a mail whole before it is acknowledged; names sort by arrival. Raises OSError."""
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    name = f"{at:%Y%m%dT%H%M%S%f}-{uuid4().hex[:8]}"
    unfinished = folder / f".{name}"
    try:
        with unfinished.open("wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
    except OSError:
        unfinished.unlink(missing_ok=True)
        raise
    kept = folder / f"{name}.eml"
    unfinished.rename(kept)
    return kept


def ids(folder: Path) -> list[str]:
    """Ids of the mails, newest first."""
    return sorted((path.stem for path in folder.glob("*.eml")), reverse=True)


def read(folder: Path, mail: str, *, whole: bool = True) -> CaughtMail | None:
    """One mail, None when there is none under this id; else than `whole` its headers alone, for a list."""
    path = folder / f"{mail}.eml"
    if not mail.replace("-", "").isalnum() or not path.is_file():
        return None
    message = _PARSER.parsebytes(path.read_bytes(), headersonly=not whole)
    assert isinstance(message, EmailMessage)
    at = datetime.strptime(mail.partition("-")[0], "%Y%m%dT%H%M%S%f").replace(tzinfo=UTC)
    return CaughtMail(mail, at, message)
