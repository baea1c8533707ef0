"""Pages for people with a browser."""

from console.pages import admin, desk, door, portal, wall

MODULES = (door, wall, desk, portal, admin)
