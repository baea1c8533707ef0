"""Merchant colours: green, yellow or red by what was confirmed in front of a shop within the profile's look-back."""

from collections import Counter
from datetime import timedelta

from sqlalchemy import func, select

from notify.engine import Engine
from notify.register_rows import ShopRow
from notify.states import State
from notify.tables import LeadRow

COUNTED = (State.A7.value, State.FILED.value)  # confirmed by people: put right after an order, or filed


def shop_colours(engine: Engine) -> dict[str, str]:
    """The colour of every shop of the register: how often an act there was confirmed in the look-back."""
    profile, now = engine.profile, engine.clock.now()
    since = now - timedelta(days=profile.number("shop_colours.window_days"))
    yellow, red = profile.number("shop_colours.yellow_from"), profile.number("shop_colours.red_from")
    with engine.database.read() as session:
        query = select(LeadRow.shop_id, func.count()).where(
            LeadRow.state.in_(COUNTED), LeadRow.raised >= since, LeadRow.shop_id.is_not(None)
        )
        counts = {row[0]: row[1] for row in session.execute(query.group_by(LeadRow.shop_id))}
        shops = list(session.scalars(select(ShopRow.id).order_by(ShopRow.id)))
    return {shop: _colour(counts.get(shop, 0), yellow, red) for shop in shops}


def colour_shares(engine: Engine) -> dict[str, int]:
    """How many shops bear each colour; together all shops of the register."""
    counts = Counter(shop_colours(engine).values())
    return {colour: counts[colour] for colour in ("green", "yellow", "red")}


def _colour(count: int, yellow: int, red: int) -> str:
    return "red" if count >= red else "yellow" if count >= yellow else "green"
