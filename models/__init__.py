"""Trained networks: the network made from a card, the registry, evaluation, export and promotion."""

from models.card import Card, read_card, write_card
from models.dataset import Sample, TruthBox, read_picture, read_samples, shared_data, write_samples, yolo_samples
from models.evaluate import KindReport, Report, evaluate
from models.export import export
from models.figures import measure, promote, standard_splits
from models.network import OnnxNetwork
from models.registry import load_network, registry
from models.session import Runtime

__all__ = [
    "Card",
    "KindReport",
    "OnnxNetwork",
    "Report",
    "Runtime",
    "Sample",
    "TruthBox",
    "evaluate",
    "export",
    "load_network",
    "measure",
    "promote",
    "read_card",
    "read_picture",
    "read_samples",
    "registry",
    "shared_data",
    "standard_splits",
    "write_card",
    "write_samples",
    "yolo_samples",
]
