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
)

MODULES = (cameras, session, records, evidence, documents, portal, events, street, callbacks, machine, health)
