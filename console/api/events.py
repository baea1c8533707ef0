"""Live events by SSE."""

import asyncio
from typing import Annotated, Literal

from fastapi import APIRouter, Header, Request
from fastapi.responses import StreamingResponse

from console.access import SESSION_COOKIE, Parts, Staff
from console.errors import NotFound
from console.live import LiveTopic
from console.users import find_session

router = APIRouter(prefix="/api", tags=["live"])


@router.get("/events", response_class=StreamingResponse)
async def events(
    request: Request,
    parts: Parts,
    session: Staff,
    topic: Literal["cases", "evidence", "cameras"] = "cases",
    after: str | None = None,
    last_event_id: Annotated[str | None, Header()] = None,
) -> StreamingResponse:
    """Follow leads and cases (`cases`), seals and stamps (`evidence`), or how the cameras are (`cameras`).

    Continues after `Last-Event-ID`, else after the id in `after`, else from now. An event `reset` says that the place
    is not known any more: load the page's state afresh. Names, places and texts are not in the events, only which
    record changed.
    """
    live: LiveTopic | None = request.app.state.live.get(topic)
    if live is None:
        raise NotFound(f"topic {topic}")
    cookie = request.cookies.get(SESSION_COOKIE, "")

    async def still_signed_in() -> bool:
        return await asyncio.to_thread(find_session, parts.database, parts.real_clock, cookie) is not None

    return StreamingResponse(
        live.listen(last_event_id or after, still_signed_in),
        media_type="text/event-stream",
        headers={"Cache-Control": "no-store", "X-Accel-Buffering": "no"},
    )
