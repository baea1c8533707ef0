"""The kinds of papers by their codes."""

from notify.documents.kind import DocumentKind
from notify.documents.kinds_after import KINDS_AFTER
from notify.documents.kinds_before import KINDS_BEFORE

KINDS: dict[str, DocumentKind] = {kind.code: kind for kind in (*KINDS_BEFORE, *KINDS_AFTER)}

__all__ = ["KINDS", "DocumentKind"]
