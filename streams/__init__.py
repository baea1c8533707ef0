"""Frames in, events out: sources, the packet ring, the change gate, the scheduler and the event bus."""

from streams.detection import Detection, Image, Network, ObjectKind

__all__ = ["Detection", "Image", "Network", "ObjectKind"]
