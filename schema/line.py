"""A connection of one's own, on which both ends notice within seconds that the line went dead."""

from __future__ import annotations

from typing import Any

import psycopg

from schema.database_roles import DatabaseRole, options


def line(url: str, role: DatabaseRole, name: str, *settings: str) -> psycopg.Connection[Any]:
    """Opened in that role and with these settings (`name=value`), each statement committed by itself.

    `name` is what the server calls it. Raises psycopg.OperationalError.
    """
    watched = (
        f"role={role}",
        "idle_in_transaction_session_timeout=5000",
        "tcp_keepalives_idle=3",
        "tcp_keepalives_interval=2",
        "tcp_keepalives_count=2",
    )
    return psycopg.connect(
        url,
        autocommit=True,
        connect_timeout=2,
        keepalives_idle=2,
        keepalives_interval=1,
        keepalives_count=2,
        tcp_user_timeout=4_000,
        application_name=name,
        options=options(url, *watched, *settings),
    )
