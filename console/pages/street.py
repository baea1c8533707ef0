"""The street editor: layers on the map, the time slider, versions and drafts, calibration of a camera."""

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse

from console.access import Staff
from console.api.street import published
from console.api.street_desk import PROPOSE_ROLES, PUBLISH_ROLES
from console.render import language_of, page

router = APIRouter(prefix="/street", include_in_schema=False)


@router.get("")
def editor(request: Request, session: Staff) -> HTMLResponse:
    user = session.user
    now = published(request).now()
    return page(
        request,
        "street.html",
        street=now,
        may_propose=bool(user.admin or user.roles & (PROPOSE_ROLES | PUBLISH_ROLES)),
        may_publish=bool(user.admin or user.roles & PUBLISH_ROLES),
        script_words=language_of(request).starting("street."),
        layer_words=language_of(request).starting("layer."),
        error_words=language_of(request).starting("error."),
        field_words=language_of(request).starting("street_field."),
    )
