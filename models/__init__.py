"""Trained networks: the network made from a card, the registry, evaluation, export and promotion."""

from models.card import Card, read_card, write_card
from models.dataset import Sample, TruthBox, read_picture, read_samples, shared_data, write_samples, yolo_samples
from models.evaluate import Report, evaluate, find
from models.export import export
from models.figures import figures_of, measure, standard_splits
from models.folders import open_folder
from models.network import OnnxNetwork
from models.promotion import history, promote, roll_back
from models.registry import load_network, registry
from models.session import Runtime
from models.sheet import write_sheets
from models.splits import held_back_day
from models.thresholds import with_thresholds

__all__ = [
    "Card",
    "OnnxNetwork",
    "Report",
    "Runtime",
    "Sample",
    "TruthBox",
    "evaluate",
    "export",
    "figures_of",
    "find",
    "held_back_day",
    "history",
    "load_network",
    "measure",
    "open_folder",
    "promote",
    "read_card",
    "read_picture",
    "read_samples",
    "registry",
    "roll_back",
    "shared_data",
    "standard_splits",
    "with_thresholds",
    "write_card",
    "write_samples",
    "write_sheets",
    "yolo_samples",
]
