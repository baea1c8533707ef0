"""Sealing machines and vehicles that speak to the hub over HTTP, each with a token of its own."""

import hmac
from typing import Annotated

from fastapi import Depends, Header

from console.access import Parts
from console.errors import Forbidden


def machine_of(parts: Parts, authorization: Annotated[str, Header()] = "") -> str:
    """The machine whose token the request bears; Forbidden E_MACHINE for anybody else."""
    token = authorization.removeprefix("Bearer ").strip().encode()
    for machine, expected in parts.settings.machine_tokens.items():
        if expected and hmac.compare_digest(token, expected.encode()):
            return machine
    raise Forbidden("E_MACHINE", "no machine with this token", "register the machine's token in the settings")


Machine = Annotated[str, Depends(machine_of)]
