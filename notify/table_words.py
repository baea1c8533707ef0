"""What the tables of the chain share."""

from datetime import UTC, datetime

from sqlalchemy import String

ID = String(64)
NEVER = datetime(9999, 1, 1, tzinfo=UTC)  # when a lead or case without a running term is due: sorts last
