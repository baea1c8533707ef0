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
    street_desk,
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
    street_desk,
    suppressions,
    callbacks,
    machine,
    health,
)
