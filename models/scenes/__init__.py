"""The street generator: pictures and video of made-up streets with exact truth."""

from models.scenes.fonts import find_font
from models.scenes.random_street import random_script
from models.scenes.script import Script, dump_script, load_script
from models.scenes.training import KINDS, Still, stills, training_set

__all__ = ["KINDS", "Script", "Still", "dump_script", "find_font", "load_script", "random_script", "stills", "training_set"]
