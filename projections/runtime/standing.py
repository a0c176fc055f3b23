"""What operations see of the read models and of their reader."""

from __future__ import annotations

from typing import cast

from projections.query import Reads, Row, instant, value

_COUNTED = 10_000


async def models(connection: Reads) -> list[Row]:
    """How far each model is, in events and seconds, and what a parked one stumbled over."""
    query = f"""
        select coalesce(json_agg(row_to_json(q)), '[]')::text from (
            select m.name, m.version, m.build, m.position::text as position, b.behind,
                case when b.behind = 0 then 0.0 else round(extract(epoch from
                    now() - least(coalesce(m.parked_since, r.caught_up_at), r.caught_up_at)), 1) end
                    as behind_seconds,
                m.parked_position::text as parked_position, m.parked_error,
                {instant("m.parked_since")} as parked_since
            from read_models m cross join reader r cross join lateral (
                select count(*) as behind from (
                    select 1 from events e where e.position > m.position limit {_COUNTED}) e) b
            order by m.name) q"""
    return cast("list[Row]", await value(connection, query))


async def reader(connection: Reads) -> Row:
    """Whether the reader gave a sign of life, and who keeps it from reading on."""
    query = f"""
        select row_to_json(q)::text from (
            select coalesce(beat_at > now() - interval '10 seconds', false) as alive,
                {instant("beat_at")} as beat_at, held_by
            from reader) q"""
    return cast("Row", await value(connection, query))
