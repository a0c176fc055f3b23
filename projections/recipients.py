"""Who may get a mailing now: dossier, address and consent of one client (COM-6, COM-8)."""

from __future__ import annotations

from typing import cast
from uuid import UUID

from projections.query import Reads, Row, value

MODELS = ("dossier", "audience", "profile")
"""Views that these answers rest on."""


async def one(connection: Reads, client: UUID) -> Row | None:
    """The client as a letter needs them; `address` is a relative's where there is no own one (DOS-6)."""
    query = """
        select row_to_json(q)::text from (
            select p.client as id, p.state, coalesce(p.last_name, '') as last_name,
                coalesce(p.first_name, '') as first_name, p.form_of_address, p.language,
                coalesce(nullif(p.email, ''), r.email) as address,
                case when nullif(p.email, '') is null then r.via end as via,
                coalesce(a.email_ok and a.confirmed, false) as email_ok
            from read.dossier_person p
            left join read.audience_person a on a.client = p.client
            left join read.profile_relative r on r.client = p.client
            where p.client = %s) q"""
    return cast("Row | None", await value(connection, query, (client,)))
