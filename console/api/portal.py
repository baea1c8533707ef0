"""The party's own matter for programs: the link's token names it, the code on the party's telephone opens it.

What a right code gives goes with every request, in the header `X-Portal-Key` or in the cookie of the pages.
"""

import hashlib
from pathlib import Path
from typing import Annotated

from fastapi import APIRouter, Depends, Request
from fastapi.responses import Response
from pydantic import BaseModel, ConfigDict, Field

from console.access import Parts
from console.api.documents import pdf_answer
from console.api.evidence import PRIVATE
from console.api.records import StepValues
from console.errors import NotFound
from console.evidence_view import CLIPS, PICTURES, MaskedCopies, Views, package_file
from console.ranges import ranged
from console.services import Services
from notify import LinkDoor, LinkKey, Outcome, PartyView, StepOffer

router = APIRouter(prefix="/api/portal/{token}", tags=["portal"])


KEY_HEADER = "x-portal-key"


class Code(BaseModel):
    """The six digits out of the message."""

    model_config = ConfigDict(extra="forbid")

    code: str = Field(min_length=1, max_length=20)


def cookie_of(token: str) -> str:
    """The name of the cookie that holds a link's key: one for each link, so that two matters may be open at once."""
    return f"nonsite_portal_{hashlib.sha256(token.encode()).hexdigest()[:12]}"


def given_key(request: Request, token: str) -> str:
    """What a request shows as its key, unproven."""
    return request.headers.get(KEY_HEADER) or request.cookies.get(cookie_of(token), "")


def key_of(request: Request, token: str, parts: Parts) -> str:
    """The key that a request shows for this link. Raises Refused `E_LINK`, `E_CODE_NEEDED`."""
    return parts.chain.link_key(token, given_key(request, token))


Key = Annotated[str, Depends(key_of)]


@router.get("/code")
def door(token: str, parts: Parts) -> LinkDoor:
    """What a link shows before its code: where the code goes (four digits), when another may be asked for."""
    return parts.chain.link_door(token)


@router.post("/code", status_code=202)
def send_code(token: str, parts: Parts) -> LinkDoor:
    """Send a code to the telephone of record. 409 E_CODE_WAIT, E_NO_CONTACT, E_GATEWAY."""
    return parts.chain.send_link_code(token)


@router.post("/open")
def open_link(token: str, given: Code, parts: Parts) -> LinkKey:
    """The key for a right code; the first opening is a receipt of what the link came with. 409 E_CODE."""
    return parts.chain.open_link(token, given.code)


@router.get("")
def matter(key: Key, parts: Parts) -> PartyView:
    """What the party may see."""
    return parts.chain.portal(key)


@router.get("/steps")
def steps(key: Key, parts: Parts) -> list[StepOffer]:
    """What the party may do now."""
    return parts.chain.portal_steps(key)


@router.post("/steps/{code}")
def take(key: Key, code: str, given: StepValues, parts: Parts) -> Outcome:
    """Take a step of the party."""
    return parts.chain.portal_take(key, code, given.values)


@router.get("/evidence/{package_id}/files/{name:path}", response_class=Response)
def file(request: Request, key: Key, package_id: str, name: str, parts: Parts) -> Response:
    """A picture or clip of the party's own matter, always masked."""
    return masked_file(request, parts, key, package_id, name)


@router.get("/documents/{document_id}.pdf", response_class=Response)
def document(key: Key, document_id: str, parts: Parts) -> Response:
    """A paper of the party's own matter."""
    return own_document(parts, key, document_id)


def masked_file(request: Request, parts: Services, key: str, package_id: str, name: str) -> Response:
    """A masked picture or clip where the package belongs to the link's matter; NotFound for anything else."""
    suffix = Path(name).suffix
    own = any(one.package_id == package_id for one in parts.chain.portal(key).packages)
    if not own or suffix not in PICTURES | CLIPS:
        raise NotFound(f"file {name}")
    package_file(parts, package_id, name)
    views: Views = request.app.state.views
    who = f"party:{hashlib.sha256(key.partition('.')[0].encode()).hexdigest()[:16]}"
    views.note(parts, package_id, who)
    masked: MaskedCopies = request.app.state.masked
    kind = "video/mp4" if suffix in CLIPS else "image/jpeg"
    return ranged(request, masked.get(parts, package_id, name, who), kind, PRIVATE)


def own_document(parts: Services, key: str, document_id: str) -> Response:
    """A paper of the link's matter; NotFound for anybody else's."""
    if not any(one.id == document_id for one in parts.chain.portal(key).documents):
        raise NotFound(f"document {document_id}")
    return pdf_answer(parts, document_id)
