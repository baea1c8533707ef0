"""Signed links for parties."""

import base64
import hashlib
import hmac
from dataclasses import dataclass, field

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

    def _mac(self, link_id: str) -> str:
        digest = hmac.new(self.secret, b"link:" + link_id.encode(), hashlib.sha256).digest()
        return base64.urlsafe_b64encode(digest[:12]).decode()
