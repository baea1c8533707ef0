"""Signed links for parties."""

import base64
import hashlib
import hmac
from dataclasses import dataclass, field
from datetime import UTC, datetime

from notify.refusals import Barred


@dataclass(frozen=True, slots=True)
class LinkSigner:
    """Makes and checks the tokens of party links with one secret of the installation."""

    secret: bytes = field(repr=False)

    def token(self, link_id: str) -> str:
        """The token of a link: its id and 96 bits of HMAC-SHA256, URL-safe."""
        return f"{link_id}.{self._mac(link_id)}"

    def link_id(self, token: str) -> str:
        """The link that a token names. Raises Refused `E_LINK` where it was not made here."""
        link_id, _, mac = token.partition(".")
        if not hmac.compare_digest(mac.encode(), self._mac(link_id).encode()):
            raise Barred("E_LINK", "链接无效", "this link is not valid", "open the link exactly as it was sent")
        return link_id

    def key(self, link_id: str, until: datetime) -> str:
        """What opens a link until `until`: its id, that instant in epoch seconds, and a MAC over both."""
        named = f"{link_id}.{int(until.timestamp())}"
        return f"{named}.{self._mac(named, b'key:')}"

    def key_holds(self, key: str, now: datetime) -> bool:
        """Whether a key was made here and has not ended."""
        named, _, mac = key.rpartition(".")
        if not hmac.compare_digest(mac.encode(), self._mac(named, b"key:").encode()):
            return False
        return now < datetime.fromtimestamp(int(named.rpartition(".")[2]), UTC)

    def code_mac(self, code_id: str, code: str) -> str:
        """What is kept of a code: enough to know it again, not to read it."""
        return self._mac(f"{code_id}:{code}", b"code:")

    def code_fits(self, code_id: str, code: str, mac: str) -> bool:
        """Whether this is the code that was sent."""
        return hmac.compare_digest(mac.encode(), self.code_mac(code_id, code).encode())

    def _mac(self, text: str, use: bytes = b"link:") -> str:
        digest = hmac.new(self.secret, use + text.encode(), hashlib.sha256).digest()
        return base64.urlsafe_b64encode(digest[:12]).decode()
