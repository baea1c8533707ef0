"""For whoever watches the program."""

from fastapi import APIRouter, Request, Response
from fastapi.responses import JSONResponse, PlainTextResponse
from prometheus_client import CONTENT_TYPE_LATEST, generate_latest
from sqlalchemy import text
from sqlalchemy.exc import SQLAlchemyError

from console.access import Parts

router = APIRouter(include_in_schema=False)


@router.get("/healthz")
def alive() -> PlainTextResponse:
    """The process answers."""
    return PlainTextResponse("ok\n")


@router.get("/readyz")
def ready(request: Request, parts: Parts) -> JSONResponse:
    """The process can do its work: database and evidence store are there, live updates follow the bus."""
    found = {
        "database": _database_answers(parts),
        "evidence": parts.evidence.root.is_dir(),
        "live": bool(request.app.state.live),
    }
    return JSONResponse(found, 200 if all(found.values()) else 503)


@router.get("/metrics")
def metrics() -> Response:
    """Figures in the Prometheus text format."""
    return Response(generate_latest(), media_type=CONTENT_TYPE_LATEST)


def _database_answers(parts: Parts) -> bool:
    try:
        with parts.database.read() as look:
            look.execute(text("SELECT 1"))
    except SQLAlchemyError:
        return False
    return True
