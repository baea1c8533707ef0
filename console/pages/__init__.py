"""Pages for people with a browser."""

from console.pages import admin, complaints, desk, door, figures, portal, public, street, wall

MODULES = (door, wall, desk, complaints, figures, portal, public, street, admin)
