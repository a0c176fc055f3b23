"""Requests of who is not logged in, set aside sealed and settled when nobody waits for the answer (DOS-4).

The answer at the door is the same, and takes as long, whether the address is known or not: what is answered
looks no address up. The clock's process settles what was set aside, each once.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import orjson
import psycopg
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from psycopg_pool import ConnectionPool
from pydantic import SecretStr

from aggregates.kernel import Refused
from aggregates.links import LinkPurpose
from aggregates.staff.state import STAFF, NoStaff
from commands.access import SYSTEM
from commands.claims import DOSSIER, EMAIL, same_email, same_person
from commands.dispatch import Dispatcher
from commands.entering.ask_link import AskLink
from commands.entering.sign_up import SignUp
from commands.message import Command
from schema.keys import Vault
from schema.store import WrongStreamError

log = logging.getLogger(__name__)
_KEPT = timedelta(days=1)
_AT_ONCE = 20
_MOST_TRIES = 10


@dataclass(frozen=True)
class Door:
    """Sets requests aside, and settles them."""

    pool: ConnectionPool[Any]
    dispatcher: Dispatcher
    clock: Callable[[], datetime]

    @property
    def _vault(self) -> Vault:
        return self.dispatcher.store.vault

    def sign_up(self, id_: UUID, wish: SignUp) -> None:
        """Open a dossier, unless there is one."""
        fields = wish.model_dump(mode="json") | {"hashed": wish.hashed.get_secret_value()}
        self._set_aside(id_, {"sign_up": fields})

    def password_forgotten(self, id_: UUID, email: str) -> None:
        """Send a link to choose another password, where somebody has the address."""
        self._set_aside(id_, {"password": email})

    def new_link(self, id_: UUID, person: UUID, purpose: LinkPurpose, *, staff: bool) -> None:
        """Send another link of that purpose to the same address."""
        link = {"person": str(person), "purpose": purpose.value, "staff": staff}
        self._set_aside(id_, {"link": link})

    def is_namesake(self, last_name: str, first_name: str, postal_code: str) -> bool:
        """Somebody of the same names and postal code has a dossier (DOS-4)."""
        hashed = self._vault.keyed_hash(DOSSIER, same_person(last_name, first_name, postal_code))
        with self.pool.connection() as connection:
            return self.dispatcher.store.log.claim_owner(DOSSIER, hashed, connection) is not None

    def _set_aside(self, id_: UUID, request: Mapping[str, Any]) -> None:
        key, nonce = self._vault.new_key(), self._vault.random(12)
        sealed = nonce + AESGCM(key).encrypt(nonce, orjson.dumps(request), id_.bytes)
        with self.pool.connection() as connection:
            connection.execute(
                "insert into set_aside (id, sealed, wrapped, asked_at) values (%s, %s, %s, %s)"
                " on conflict do nothing",
                (id_, sealed, self._vault.wrap(key), self.clock()),
            )

    def settle(self) -> int:
        """Carry out what was set aside, the oldest first; answers how many were looked at.

        Whoever looks at the same one at the same time does nothing more: its id is the command's.
        """
        with self.pool.connection() as connection:
            connection.execute("delete from set_aside where asked_at < %s", (self.clock() - _KEPT,))
            rows = connection.execute(
                "select id, sealed, wrapped from set_aside where tried < %s"
                " order by tried, asked_at limit %s",
                (_MOST_TRIES, _AT_ONCE),
            ).fetchall()
        for id_, sealed, wrapped in rows:
            self._settle(id_, sealed, wrapped)
        return len(rows)

    def _settle(self, id_: UUID, sealed: bytes, wrapped: bytes) -> None:
        try:
            clear = AESGCM(self._vault.unwrap(wrapped)).decrypt(sealed[:12], sealed[12:], id_.bytes)
            command = self._command(orjson.loads(clear))
            if command is not None:
                self.dispatcher.dispatch(command, SYSTEM, id_)
        except Refused as refused:
            log.warning("request %s at the door is refused: %s", id_, refused.code)
        except psycopg.Error:
            raise
        except Exception as error:  # the others must go on
            log.error("request %s at the door failed: %s", id_, type(error).__name__)
            with self.pool.connection() as connection:
                connection.execute("update set_aside set tried = tried + 1 where id = %s", (id_,))
            return
        with self.pool.connection() as connection:
            connection.execute("delete from set_aside where id = %s", (id_,))

    def _command(self, request: Mapping[str, Any]) -> Command | None:
        match request:
            case {"sign_up": fields}:
                return SignUp.model_validate(fields | {"hashed": SecretStr(fields["hashed"])}, strict=False)
            case {"password": email}:
                return self._forgotten(email)
            case {"link": link}:
                purpose = LinkPurpose(link["purpose"])
                return AskLink(person=UUID(link["person"]), staff=link["staff"], purpose=purpose)
            case _:
                raise LookupError("a request of another release")

    def _forgotten(self, email: str) -> Command | None:
        hashed = self._vault.keyed_hash(EMAIL, same_email(email))
        with self.pool.connection() as connection:
            owner = self.dispatcher.store.log.claim_owner(EMAIL, hashed, connection)
        if owner is None:
            return None
        return AskLink(person=owner, staff=self._is_staff(owner), purpose=LinkPurpose.PASSWORD)

    def _is_staff(self, person: UUID) -> bool:
        try:
            return not isinstance(self.dispatcher.store.load([STAFF.at(person)])[0].state, NoStaff)
        except WrongStreamError:
            return False
