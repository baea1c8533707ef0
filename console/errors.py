"""Refusals at the door, each with the HTTP status that it means."""

from http import HTTPStatus

from records import BadInput, NonsiteError, Refused


class NotSignedIn(NonsiteError):
    """Nobody is signed in, the session has ended, or the credentials are wrong."""

    def __init__(
        self, code: str = "E_NOT_SIGNED_IN", message: str = "nobody is signed in", hint: str = "sign in first"
    ) -> None:
        super().__init__(code, message, hint)


class Forbidden(NonsiteError):
    """Somebody is signed in who may not do this."""


class NotFound(NonsiteError):
    """What the address names does not exist, or not for whoever asks."""

    def __init__(self, what: str) -> None:
        super().__init__("E_NOT_FOUND", f"no {what}", "")


def status_of(error: NonsiteError) -> int:
    """The HTTP status of a refusal: a lawful one (the step is not open) is a conflict, unusable input a bad request."""
    if error.code in ("E_NOT_FOUND", "E_PACKAGE_UNKNOWN"):
        return HTTPStatus.NOT_FOUND
    for kind, status in (
        (NotSignedIn, HTTPStatus.UNAUTHORIZED),
        (Forbidden, HTTPStatus.FORBIDDEN),
        (Refused, HTTPStatus.CONFLICT),
        (BadInput, HTTPStatus.BAD_REQUEST),
    ):
        if isinstance(error, kind):
            return status
    return HTTPStatus.INTERNAL_SERVER_ERROR
