"""A machine's token that leaves no fact in the log, for tests and measurements that count facts."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from uuid import UUID

from aggregates.kernel import Role
from commands.own_account import new_token
from service.bootstrap import WriteSide


def token_of(side: WriteSide, user: UUID, roles: Sequence[Role], lifetime: timedelta) -> str:
    """As the command `issue-token` keeps it."""
    token, hashed = new_token()
    expires_at = side.clock() + lifetime  # before a connection is taken: the clock takes one too
    with side.pool.connection() as connection:
        connection.execute(
            "insert into tokens (token_hash, user_id, roles, label, expires_at)"
            " values (%s, %s, %s, 'test', %s)",
            (bytes.fromhex(hashed), user, [role.value for role in roles], expires_at),
        )
    return token
