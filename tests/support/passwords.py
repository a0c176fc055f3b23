"""Passwords hashed cheaply: for tests that log many people in and look at something else."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import argon2
import pytest

from commands import sessions


@contextmanager
def cheap_passwords() -> Iterator[None]:
    """Until the block ends."""
    with pytest.MonkeyPatch.context() as patch:
        cheap = argon2.PasswordHasher(time_cost=1, memory_cost=8, parallelism=1)
        patch.setattr(sessions, "_hasher", cheap)
        nobodys = cheap.hash("nobody")
        patch.setattr(sessions, "_nobodys_password", lambda: nobodys)
        yield
