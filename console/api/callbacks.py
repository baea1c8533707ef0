"""What gateways call back. The signature is checked over the bytes as they came."""

from typing import Annotated, Any

from fastapi import APIRouter, Header, Request
from fastapi.concurrency import run_in_threadpool

from console.access import Parts

router = APIRouter(prefix="/api", tags=["gateways"])
Signature = Annotated[str, Header(alias="X-Nonsite-Signature", description="HMAC-SHA256 of the body by the gateway")]


@router.post("/payments/callback")
async def payment(request: Request, parts: Parts, signature: Signature = "") -> dict[str, Any]:
    """A payment was made; told twice, it counts once. 409 E_SIGNATURE where the gateway did not sign it."""
    return await run_in_threadpool(parts.chain.payment_callback, await request.body(), signature)


@router.post("/refunds/callback")
async def refunded(request: Request, parts: Parts, signature: Signature = "") -> dict[str, Any]:
    """A refund was paid; told twice, it counts once."""
    return await run_in_threadpool(parts.chain.refund_callback, await request.body(), signature)


@router.post("/sms/callback")
async def delivery_report(request: Request, parts: Parts, signature: Signature = "") -> dict[str, Any]:
    """A text message was delivered, or could not be."""
    return await run_in_threadpool(parts.chain.sms_callback, await request.body(), signature)
