"""The school's own wordings of e-mails, by template and language (COM-4)."""

from __future__ import annotations

from typing import cast

from aggregates.mailing.events import TemplateChanged, TemplateRestored
from projections.model import Model, Rows, Table
from projections.query import Reads, Row, instant, value
from schema.envelope import Recorded

MODEL = Model(
    "templates",
    1,
    (
        Table(
            "wording",
            {
                "template": "text",
                "language": "text",
                "subject": "text",
                "body": "text",
                "changed_at": "timestamptz",
                "changed_by": "uuid",
            },
            keys=2,
        ),
        Table("stream", {"template": "text", "version": "integer"}),
    ),
)


@MODEL.on(TemplateChanged)
def changed(e: Recorded, fact: TemplateChanged, rows: Rows) -> None:
    rows.put(
        "wording",
        template=fact.key.value,
        language=fact.language.value,
        subject=fact.subject,
        body=fact.body,
        changed_at=e.envelope.at,
        changed_by=e.envelope.user,
    )
    _seen(e, fact, rows)


@MODEL.on(TemplateRestored)
def restored(e: Recorded, fact: TemplateRestored, rows: Rows) -> None:
    rows.delete("wording", (fact.key.value, fact.language.value))
    _seen(e, fact, rows)


def _seen(e: Recorded, fact: TemplateChanged | TemplateRestored, rows: Rows) -> None:
    rows.put("stream", template=fact.key.value, version=e.originator_version)


async def own(connection: Reads, template: str, language: str) -> Row | None:
    """The school's own wording of that e-mail, if it has one."""
    query = """
        select row_to_json(q)::text from (
            select subject, body from read.templates_wording where template = %s and language = %s) q"""
    return cast("Row | None", await value(connection, query, (template, language)))


async def all_own(connection: Reads) -> list[Row]:
    """All wordings of the school's own, with who changed them when."""
    query = f"""
        select coalesce(json_agg(row_to_json(q)), '[]')::text from (
            select w.template, w.language, w.subject, w.body, {instant("w.changed_at")} as changed_at,
                coalesce(s.name, '') as changed_by
            from read.templates_wording w left join read.catalogue_staff s on s.staff = w.changed_by) q"""
    return cast("list[Row]", await value(connection, query))


async def versions(connection: Reads) -> dict[str, int]:
    """Version of each template that was ever changed."""
    cursor = await connection.execute("select template, version from read.templates_stream")
    return dict(await cursor.fetchall())
