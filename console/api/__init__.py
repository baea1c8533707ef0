"""The JSON API: what programs, islands in the pages and gateways talk to."""

from console.api import events, health, session

MODULES = (session, events, health)
