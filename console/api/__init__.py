"""The JSON API: what programs, islands in the pages and gateways talk to."""

from console.api import (
    callbacks,
    cameras,
    documents,
    events,
    evidence,
    health,
    machine,
    portal,
    records,
    session,
    street,
    suppressions,
)

MODULES = (
    session,
    cameras,
    records,
    evidence,
    documents,
    portal,
    events,
    street,
    suppressions,
    callbacks,
    machine,
    health,
)
