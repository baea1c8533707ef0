"""The JSON API: what programs, islands in the pages and gateways talk to."""

from console.api import (
    callbacks,
    cameras,
    complaints,
    documents,
    events,
    evidence,
    figures,
    health,
    machine,
    money,
    portal,
    public,
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
    callbacks,
    complaints,
    figures,
    money,
    public,
    events,
    street,
    suppressions,
    machine,
    health,
)
