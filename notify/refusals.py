"""Refusals in both languages of the screen: what Refused and BadInput say, once in Chinese and once in English."""

from records import BadInput, Refused


class Barred(Refused):
    """A step that law, state or role does not allow now; `message` is the Chinese text, `en` the English one."""

    def __init__(self, code: str, zh: str, en: str, hint: str = "") -> None:
        super().__init__(code, zh, hint)
        self.args = (code, zh, en, hint)
        self.zh = zh
        self.en = en


class BadField(BadInput):
    """A field that was left out or filled in wrongly; `message` is the Chinese text, `en` the English one."""

    def __init__(self, zh: str, en: str, hint: str = "", code: str = "E_FIELD") -> None:
        super().__init__(code, zh, hint)
        self.args = (zh, en, hint, code)
        self.zh = zh
        self.en = en
