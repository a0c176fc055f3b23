"""The keys outside the database: read from their files, made anew only where a demo or test may."""

from __future__ import annotations

import os
import secrets
from pathlib import Path


class KeyFileMissingError(RuntimeError):
    """A key file is not there, and this mode never makes one: a wrong key would lose the data."""


def key_from(path: Path, *, length: int = 32, may_make: bool) -> bytes:
    """The key's bytes, hex in a file of mode 0600. Raises KeyFileMissingError, ValueError."""
    if not path.exists():
        if not may_make:
            raise KeyFileMissingError(f"{path} does not exist")
        path.parent.mkdir(parents=True, exist_ok=True)
        fresh = path.with_name(f"{path.name}.{os.getpid()}.new")
        fresh.touch(mode=0o600)
        fresh.write_text(secrets.token_hex(length))
        try:
            os.link(fresh, path)
        except FileExistsError:
            pass
        finally:
            fresh.unlink()
    key = bytes.fromhex(path.read_text().strip())
    if len(key) != length:
        raise ValueError(f"{path} must hold {length} bytes in hex")
    return key
