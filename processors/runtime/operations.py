"""What operations see of the reactions: how far processors are, what failed or was refused (COM-1)."""

from __future__ import annotations

from typing import cast

from projections.query import Reads, Row, instant, value

_SHOWN = 200


async def processors(connection: Reads) -> list[Row]:
    """How far each processor is, and what a parked one stumbled over."""
    query = f"""
        select coalesce(json_agg(row_to_json(q)), '[]')::text from (
            select name, greatest(position, since)::text as position,
                parked_position::text as parked_position, parked_error,
                {instant("parked_since")} as parked_since
            from processors order by name) q"""
    return cast("list[Row]", await value(connection, query))


async def failed(connection: Reads) -> list[Row]:
    """Commands and timers of processors that came to nothing, the newest first, 200 at most."""
    query = f"""
        select coalesce(json_agg(row_to_json(q)), '[]')::text from (
            select id, what, state, error, {instant("at")} as at from (
                (select id, command as what, state, error, ended_at as at from errands
                    where state in ('failed', 'refused') order by ended_at desc limit {_SHOWN})
                union all
                (select id, processor || '/' || purpose, state, error, fired_at from timers
                    where state = 'failed' order by fired_at desc limit {_SHOWN})
            ) f order by f.at desc, f.id limit {_SHOWN}) q"""
    return cast("list[Row]", await value(connection, query))
