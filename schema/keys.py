"""Two keys per person, wrapped by a master key outside the database, with generations (DOS-11)."""

from __future__ import annotations

import hashlib
import hmac
import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import TypeAlias
from uuid import UUID

from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.keywrap import aes_key_unwrap, aes_key_wrap

from aggregates.kernel import Scope

WrappedKey: TypeAlias = "tuple[int, bytes | None]"
"""Generation and wrapped key; None once destroyed."""


class KeyDestroyedError(RuntimeError):
    """Personal values were to be written for a person whose key is destroyed."""


class Vault:
    """Wraps persons' keys with the master key and hashes look-up values with the lookup key."""

    def __init__(self, master: bytes, lookup: bytes, random: Callable[[int], bytes] = os.urandom) -> None:
        self._master = master
        self._lookup = lookup
        self.random = random

    def new_key(self) -> bytes:
        return self.random(32)

    def wrap(self, key: bytes) -> bytes:
        return aes_key_wrap(self._master, key)

    def unwrap(self, wrapped: bytes) -> bytes:
        return aes_key_unwrap(self._master, wrapped)

    def keyed_hash(self, purpose: str, value: str | bytes) -> bytes:
        """HMAC-SHA256 under the lookup key; purposes never collide."""
        data = value.encode() if isinstance(value, str) else value
        return hmac.new(self._lookup, purpose.encode() + b"\0" + data, hashlib.sha256).digest()


@dataclass(frozen=True)
class PersonKey:
    """One key of a person: scope, generation and the clear key."""

    scope: Scope
    generation: int
    key: bytes


@dataclass
class Keyring:
    """The keys at hand for one append: current ones, and those it makes."""

    current: dict[tuple[UUID, Scope], PersonKey] = field(default_factory=dict)
    made: list[tuple[UUID, PersonKey]] = field(default_factory=list)
    generations: dict[tuple[UUID, Scope], int] = field(default_factory=dict)

    def for_writing(self, person: UUID, scope: Scope) -> PersonKey:
        """The key that new values are written under. Raises KeyDestroyedError."""
        try:
            return self.current[person, scope]
        except KeyError:
            raise KeyDestroyedError(f"{scope} key of {person}") from None

    def open(self, person: UUID, scope: Scope, vault: Vault) -> None:
        """Make a new generation, for a new person or a restored dossier (DOS-9)."""
        key = PersonKey(scope, self.generations.get((person, scope), 0) + 1, vault.new_key())
        self.current[person, scope] = key
        self.made.append((person, key))

    def add(self, wrapped: Mapping[tuple[UUID, Scope], WrappedKey], vault: Vault) -> None:
        """Put keys that were read on the ring; a destroyed one only tells its generation."""
        for (person, scope), (generation, key) in wrapped.items():
            self.generations[person, scope] = generation
            if key is not None:
                self.current[person, scope] = PersonKey(scope, generation, vault.unwrap(key))


def associated_data(
    person: UUID, scope: Scope, generation: int, topic: str, stream: UUID, version: int
) -> bytes:
    """Binds a ciphertext to its place: moved elsewhere in the log, it no longer opens."""
    place = stream.bytes + version.to_bytes(4, "big")
    return person.bytes + scope.encode() + bytes((generation,)) + topic.encode() + b"\0" + place


def seal(key: PersonKey, nonce: bytes, clear: bytes, bound_to: bytes) -> bytes:
    """Generation byte, nonce, ciphertext."""
    return bytes((key.generation,)) + nonce + AESGCM(key.key).encrypt(nonce, clear, bound_to)


def unseal(key: bytes, sealed: bytes, bound_to: bytes) -> bytes:
    """The clear bytes. Raises cryptography's InvalidTag on damaged bytes."""
    return AESGCM(key).decrypt(sealed[1:13], sealed[13:], bound_to)
