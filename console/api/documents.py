"""Papers as they were issued."""

from fastapi import APIRouter
from fastapi.responses import Response

from console.access import AtDesk, Parts
from console.services import Services
from notify import DocumentView

router = APIRouter(prefix="/api/documents", tags=["documents"])


def pdf_answer(parts: Services, document_id: str) -> Response:
    """The PDF of a paper; Refused E_HASH_MISMATCH where the file was altered since it was issued."""
    name = f'inline; filename="{document_id}.pdf"'
    data = parts.chain.document_pdf(document_id)
    return Response(data, media_type="application/pdf", headers={"Content-Disposition": name})


@router.get("/{document_id}.pdf", response_class=Response)
def pdf(document_id: str, parts: Parts, session: AtDesk) -> Response:
    """The paper as PDF, byte for byte as issued."""
    return pdf_answer(parts, document_id)


@router.get("/{document_id}")
def document(document_id: str, parts: Parts, session: AtDesk) -> DocumentView:
    """The paper with its JSON source: everything that its PDF was made from."""
    return parts.chain.document(document_id)
