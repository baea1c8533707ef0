"""A street generator with exact truth: scripts, pictures, videos, tracks, and the street file that goes with them."""

from models.scenes.compose import compose_day
from models.scenes.later import later_script
from models.scenes.random_street import random_script
from models.scenes.render import Rendered, render
from models.scenes.script import Script
from models.scenes.scriptfile import dump_script, load_script
from models.scenes.street import street_file
from models.scenes.truth import cameras

__all__ = [
    "Rendered",
    "Script",
    "cameras",
    "compose_day",
    "dump_script",
    "later_script",
    "load_script",
    "random_script",
    "render",
    "street_file",
]
