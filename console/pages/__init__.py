"""Pages for people with a browser."""

from console.pages import admin, desk, door, portal, public, street, wall

MODULES = (door, wall, desk, portal, public, street, admin)
