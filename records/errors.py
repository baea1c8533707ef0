"""The root of the error tree: every refusal has a code, says what happened and what to do."""


class NonsiteError(Exception):
    """Anything that nonsite refuses or cannot do.

    `code` is stable and machine-readable (`E_HASH_MISMATCH`), `message` says what and where, `hint` how to mend it.
    """

    def __init__(self, code: str, message: str, hint: str = "") -> None:
        super().__init__(code, message, hint)
        self.code = code
        self.message = message
        self.hint = hint

    def __str__(self) -> str:
        return f"{self.code}: {self.message}" + (f" ({self.hint})" if self.hint else "")


class BadInput(NonsiteError):
    """The caller gave something unusable: a file, a field, a value. The program ends with status 2."""


class Refused(NonsiteError):
    """A step that the law, the profile or the state of a record does not allow now."""
