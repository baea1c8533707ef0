"""Pages for people with a browser."""

from console.pages import door

MODULES = (door,)
