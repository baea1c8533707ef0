"""Amounts: whole fen inside, yuan on paper."""

from decimal import Decimal, InvalidOperation

from records import BadInput

_DIGITS = "零壹贰叁肆伍陆柒捌玖"
_UNITS = ("", "拾", "佰", "仟")
_GROUPS = ("", "万", "亿")


def fen_of(yuan: str | int | Decimal) -> int:
    """The fen of an amount in yuan with at most two decimals. Raises BadInput `E_AMOUNT`."""
    try:
        amount = Decimal(str(yuan).strip())
    except InvalidOperation:
        raise BadInput(
            "E_AMOUNT", f"{yuan!r} is not an amount", "yuan with at most two decimals, such as 200.50"
        ) from None
    fen = amount * 100
    if not amount.is_finite() or fen != fen.to_integral_value() or amount < 0 or amount >= 10**12:
        raise BadInput("E_AMOUNT", f"{yuan!r} is not an amount", "yuan with at most two decimals, such as 200.50")
    return int(fen)


def yuan_text(fen: int) -> str:
    """Yuan with two decimals: 20050 -> "200.50"."""
    return f"{fen // 100}.{fen % 100:02d}"


def yuan_words(fen: int) -> str:
    """The amount in the characters that papers use: 20050 -> 贰佰元伍角整."""
    yuan, rest = divmod(fen, 100)
    jiao, cents = divmod(rest, 10)
    words = f"{_whole(yuan)}元" if yuan or not rest else ""
    if jiao:
        words += f"{_DIGITS[jiao]}角"
    elif cents and yuan:
        words += "零"
    return words + (f"{_DIGITS[cents]}分" if cents else "整")


def _whole(number: int) -> str:
    if number == 0:
        return "零"
    words, gap = "", False
    groups = []
    while number:
        number, group = divmod(number, 10000)
        groups.append(group)
    for place in reversed(range(len(groups))):
        group = groups[place]
        if group == 0:
            gap = bool(words)
            continue
        if words and (gap or group < 1000):
            words += "零"
        words += _group(group) + _GROUPS[place]
        gap = False
    return words


def _group(number: int) -> str:
    words, gap = "", False
    for place in reversed(range(4)):
        digit = number // 10**place % 10
        if digit == 0:
            gap = bool(words)
            continue
        words += ("零" if gap else "") + _DIGITS[digit] + _UNITS[place]
        gap = False
    return words
