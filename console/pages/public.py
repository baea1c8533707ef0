"""The disclosure page and the published decisions, for anybody."""

from typing import Annotated

from fastapi import APIRouter, Query, Request
from fastapi.responses import HTMLResponse

from console.access import Parts
from console.render import page

router = APIRouter(prefix="/public", include_in_schema=False)


@router.get("")
def disclosure(request: Request, parts: Parts, version: Annotated[int | None, Query(ge=1)] = None) -> HTMLResponse:
    return page(
        request,
        "public.html",
        shown=parts.chain.disclosure(version),
        versions=parts.chain.disclosures(),
        decisions=parts.chain.public_records(50),
        withdrawn=parts.chain.withdrawn_records(20),
    )
