"""Write docs/schemas/TOPIC.json from the messages' models; a test holds the two together.

Run as `.venv/bin/python scripts/message_schemas.py` after changing a message.
"""

import json
from pathlib import Path

from nonsite.messages import schema_of
from streams import TOPICS

TARGET = Path(__file__).resolve().parents[1] / "docs" / "schemas"


def page(topic: str) -> str:
    """The schema of a topic as it lies in its file."""
    return json.dumps(schema_of(topic), ensure_ascii=False, indent=1, sort_keys=True) + "\n"


if __name__ == "__main__":
    TARGET.mkdir(parents=True, exist_ok=True)
    for topic in TOPICS:
        (TARGET / f"{topic}.json").write_text(page(topic))
