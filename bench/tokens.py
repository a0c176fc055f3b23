"""A machine's token for measurements; it leaves no fact in the log, whose events are counted."""

from __future__ import annotations

from datetime import timedelta
from uuid import uuid4

from aggregates.kernel import Role
from commands.own_account import new_token
from service.bootstrap import WriteSide


def token_of(side: WriteSide, *roles: Role) -> str:
    """Good for a day."""
    token, hashed = new_token()
    until = side.clock() + timedelta(days=1)
    with side.pool.connection() as connection:
        connection.execute(
            "insert into tokens (token_hash, user_id, roles, label, expires_at)"
            " values (%s, %s, %s, 'bench', %s)",
            (bytes.fromhex(hashed), uuid4(), [role.value for role in roles], until),
        )
    return token
