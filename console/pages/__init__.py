"""Pages for people with a browser."""

from console.pages import admin, desk, door, portal, street, wall

MODULES = (door, wall, desk, portal, street, admin)
