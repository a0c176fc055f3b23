"""The doors that acceptance tests come in by: the one clock and the caught mails; never in production."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, cast

import anyio
import anyio.to_thread
from fastapi import APIRouter, Depends, Request, Response
from pydantic import AwareDatetime, BaseModel

from aggregates.kernel import Role
from commands.access import anyone
from commands.authentication import Asker, allowed
from processors.runtime import caught_mail
from processors.runtime.settled import settled
from schema.clock import ShiftedClock

router = APIRouter(prefix="/api/test", include_in_schema=False)
ADMIN = anyone(Role.ADMIN)


class ClockSetting(BaseModel):
    """The instant the school's clock shows."""

    now: AwareDatetime


def _clock(request: Request) -> ShiftedClock:
    return cast("ShiftedClock", request.app.state.clock)


@router.get("/clock")
async def read_clock(request: Request, _: Annotated[Asker, Depends(allowed(ADMIN))]) -> ClockSetting:
    """The instant the clock shows."""
    return ClockSetting(now=await anyio.to_thread.run_sync(_clock(request)))


@router.put("/clock")
async def set_clock(
    request: Request, setting: ClockSetting, _: Annotated[Asker, Depends(allowed(ADMIN))]
) -> Response:
    """Set it; it ticks on from there. Answers once what is due by then has happened, or after 30 s."""
    await anyio.to_thread.run_sync(_clock(request).set, setting.now)
    for _tenth in range(300):
        async with request.app.state.reads.connection() as connection:
            if await settled(connection, setting.now):
                break
        await anyio.sleep(0.1)
    return Response(status_code=204)


@router.get("/mails")
async def list_mails(request: Request, _: Annotated[Asker, Depends(allowed(ADMIN))]) -> list[dict[str, str]]:
    """What the embedded mail server caught, newest first."""
    folder = cast("Path", request.app.state.mails_dir)
    found = (caught_mail.read(folder, id_) for id_ in caught_mail.ids(folder))
    return [
        {name: mail.header(name) for name in ("From", "To", "Reply-To", "Subject", "Message-ID")}
        | {"id": mail.id, "at": mail.at.isoformat(), "text": mail.text}
        for mail in found
        if mail is not None
    ]
