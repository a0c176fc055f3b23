"""Caught mails, /courriels: what the embedded mail server received."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any, cast

from fastapi import APIRouter, Depends
from fastapi.responses import HTMLResponse

from portal.page import Page, page_for
from portal.staff.paging import PER_PAGE
from processors.runtime import caught_mail
from processors.runtime.caught_mail import CaughtMail
from read_api.queries import LIST_CAUGHT_MAILS

router = APIRouter(include_in_schema=False)
CaughtMailsPage = Annotated[Page, Depends(page_for(LIST_CAUGHT_MAILS))]


@router.get("/courriels")
async def show(page: CaughtMailsPage) -> HTMLResponse:
    folder = cast("Path", page.request.app.state.mails_dir)
    ids = caught_mail.ids(folder)
    older_than = page.request.query_params.get("avant", "~")
    shown = [id_ for id_ in ids if id_ < older_than][:PER_PAGE]
    read = (caught_mail.read(folder, id_, whole=False) for id_ in shown)
    mails = [mail for mail in read if mail is not None]
    opened = caught_mail.read(folder, page.request.query_params.get("ouvrir", ""))
    context = {
        "mails": [_line(mail) for mail in mails],
        "mail": None if opened is None else _whole(opened),
        "total": len(ids),
        "next_href": f"/courriels?avant={shown[-1]}" if len(shown) == PER_PAGE else None,
    }
    return page.show("staff/mails.html", context)


def _line(mail: CaughtMail) -> dict[str, Any]:
    return {
        "id": mail.id,
        "at": mail.at.isoformat(),
        "to": mail.header("To"),
        "subject": mail.header("Subject"),
    }


def _whole(mail: CaughtMail) -> dict[str, Any]:
    return _line(mail) | {
        "sender": mail.header("From"),
        "reply_to": mail.header("Reply-To") or None,
        "text": mail.text,
        "attachments": mail.attachments,
    }
