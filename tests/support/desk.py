"""Somebody of the staff, or a client, at one page of the portal, as a browser without JavaScript sends it."""

from __future__ import annotations

import re
from collections.abc import Mapping
from uuid import UUID, uuid4

import httpx2
import pyotp

from aggregates.kernel import Role
from commands.sessions import NEEDS_SECOND_FACTOR
from tests.support.http import Door
from tests.support.passwords import cheap_passwords

_PASSWORD = "une phrase assez longue"


class Page:
    """The page at `path`, opened by a new staff user with these roles, or by this client."""

    def __init__(self, door: Door, path: str, *roles: Role, user: UUID | None = None) -> None:
        email = f"{uuid4().hex}@example.com"
        sessions = door.school.side.sessions
        secret = pyotp.random_base32() if NEEDS_SECOND_FACTOR & set(roles) else None
        self.user = user or uuid4()
        code = None if secret is None else pyotp.TOTP(secret).at(door.school.side.clock())
        with cheap_passwords():
            sessions.set_account(self.user, email, roles, _PASSWORD, secret)
            token = sessions.log_in(email, _PASSWORD, code, "127.0.0.1")
        self.http, self.headers = door.http, {"Cookie": f"portail={token}"}
        self.text = self.http.get(path, headers=self.headers).text

    def open(self, path: str) -> str:
        """Another page, by the same person."""
        self.text = self.http.get(path, headers=self.headers).text
        return self.text

    def hidden(self, name: str) -> str:
        """What a hidden field holds."""
        found = re.search(rf'name="{name}" value="([^"]+)"', self.text)
        assert found is not None
        return found[1]

    def send(self, path: str, values: Mapping[str, str | list[str]]) -> httpx2.Response:
        """The form with these fields and its hidden ones."""
        hidden = {name: self.hidden(name) for name in ("command_id", "csrf")}
        return self.http.post(path, data={**hidden, **values}, headers=self.headers)

    def bring(
        self, path: str, values: Mapping[str, str | list[str]], file: tuple[str, bytes] = ("", b"")
    ) -> httpx2.Response:
        """The same of a form that brings a file."""
        hidden = {"command_id": str(uuid4()), "csrf": self.hidden("csrf")}
        return self.http.post(path, data={**hidden, **values}, files={"file": file}, headers=self.headers)
