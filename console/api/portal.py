"""The party's own matter for programs: the link's token is the key, nothing else is needed and nothing else opens."""

import hashlib
from pathlib import Path

from fastapi import APIRouter, Request
from fastapi.responses import Response

from console.access import Parts
from console.api.documents import pdf_answer
from console.api.evidence import PRIVATE
from console.api.records import StepValues
from console.errors import NotFound
from console.evidence_view import CLIPS, PICTURES, MaskedCopies, Views, package_file
from console.ranges import ranged
from console.services import Services
from notify import Outcome, PartyView, StepOffer

router = APIRouter(prefix="/api/portal/{token}", tags=["portal"])


@router.get("")
def matter(token: str, parts: Parts) -> PartyView:
    """What the party may see; the first opening is a receipt of what the link came with."""
    return parts.chain.portal(token)


@router.get("/steps")
def steps(token: str, parts: Parts) -> list[StepOffer]:
    """What the party may do now."""
    return parts.chain.portal_steps(token)


@router.post("/steps/{code}")
def take(token: str, code: str, given: StepValues, parts: Parts) -> Outcome:
    """Take a step of the party."""
    return parts.chain.portal_take(token, code, given.values)


@router.get("/evidence/{package_id}/files/{name:path}", response_class=Response)
def file(request: Request, token: str, package_id: str, name: str, parts: Parts) -> Response:
    """A picture or clip of the party's own matter, always masked."""
    return masked_file(request, parts, token, package_id, name)


@router.get("/documents/{document_id}.pdf", response_class=Response)
def document(token: str, document_id: str, parts: Parts) -> Response:
    """A paper of the party's own matter."""
    return own_document(parts, token, document_id)


def masked_file(request: Request, parts: Services, token: str, package_id: str, name: str) -> Response:
    """A masked picture or clip where the package belongs to the link's matter; NotFound for anything else."""
    suffix = Path(name).suffix
    own = any(one.package_id == package_id for one in parts.chain.portal(token).packages)
    if not own or suffix not in PICTURES | CLIPS:
        raise NotFound(f"file {name}")
    package_file(parts, package_id, name)
    views: Views = request.app.state.views
    who = f"party:{hashlib.sha256(token.encode()).hexdigest()[:16]}"
    views.note(parts, package_id, who)
    masked: MaskedCopies = request.app.state.masked
    kind = "video/mp4" if suffix in CLIPS else "image/jpeg"
    return ranged(request, masked.get(parts, package_id, name, who), kind, PRIVATE)


def own_document(parts: Services, token: str, document_id: str) -> Response:
    """A paper of the link's matter; NotFound for anybody else's."""
    if not any(one.id == document_id for one in parts.chain.portal(token).documents):
        raise NotFound(f"document {document_id}")
    return pdf_answer(parts, document_id)
