"""What a shopper's coupons take off her basket, line by line, and what the others would need."""

from collections.abc import Collection, Iterable
from dataclasses import dataclass

from engine.policy import discounts, stacking
from engine.policy.discounts import Deal, PricedLine
from engine.policy.stacking import Candidate
from service_provider.models import Campaign, Coupon
from service_provider.queries import mall, offered
from service_provider.queries.baskets import Basket
from service_provider.queries.mall import MallSettings
from service_provider.queries.orders import BoughtLine

NEEDS_ACCOUNT = "Log in and confirm your e-mail to use it"
AT_A_TILL = "It is being used at a till just now. Please try again in a few minutes."


@dataclass(frozen=True, slots=True)
class Used:
    """A coupon that comes off."""

    coupon_id: int
    what: str
    discount_minor: int


@dataclass(frozen=True, slots=True)
class Waiting:
    """A coupon that does not come off: what it would need, in words; or she left it out herself."""

    coupon_id: int
    what: str
    needs: str
    is_left_out: bool = False


@dataclass(frozen=True, slots=True)
class Discounted:
    """A basket and its coupons. `line_minor` is what comes off each line; together that is the discount."""

    basket: Basket
    used: tuple[Used, ...] = ()
    waiting: tuple[Waiting, ...] = ()
    line_minor: tuple[int, ...] = ()

    @property
    def discount_minor(self) -> int:
        return sum(self.line_minor)

    @property
    def total_minor(self) -> int:
        return self.basket.total_minor - self.discount_minor

    @property
    def coupon_ids(self) -> tuple[int, ...]:
        return tuple(one.coupon_id for one in self.used)

    @property
    def lines(self) -> tuple[BoughtLine, ...]:
        """As an order would show them."""
        return tuple(
            BoughtLine(
                line.product_id, line.title, line.category, line.price_minor, line.quantity, off, line.problem
            )
            for line, off in zip(self.basket.lines, self.line_minor, strict=True)
        )

    @property
    def off_by_product(self) -> dict[str, int]:
        pairs = zip(self.basket.lines, self.line_minor, strict=True)
        return {line.product_id: off for line, off in pairs if off}


@dataclass(frozen=True, slots=True)
class _Scale:
    """What one coupon is weighed against."""

    lines: tuple[PricedLine, ...]
    chosen: tuple[Candidate, ...]
    is_confirmed: bool
    left_out: Collection[int]
    now_ms: int
    settings: MallSettings


def _live(shopper_id: int, now_ms: int) -> list[Coupon]:
    live = Coupon.objects.filter(shopper_id=shopper_id, state__in=Coupon.LIVE, expires_ms__gt=now_ms)
    return list(live.order_by("expires_ms", "pk"))


def weigh(
    basket: Basket, shopper_id: int | None, *, is_confirmed: bool, left_out: Collection[int], now_ms: int
) -> Discounted:
    """The basket with what takes most off. Without a confirmed e-mail every coupon waits. At most four queries."""
    rows = _live(shopper_id, now_ms) if basket.lines and shopper_id is not None else []
    if not rows:
        return Discounted(basket, line_minor=(0,) * len(basket.lines))
    pairs = list(zip(candidates_of(rows), rows, strict=True))
    free = [
        one for one, row in pairs if is_confirmed and row.pk not in left_out and row.held_until_ms <= now_ms
    ]
    lines, settings = priced(basket), mall.get_settings()
    chosen = stacking.best(free, lines)
    taken = stacking.apply(chosen, lines)
    scale = _Scale(lines, chosen, is_confirmed, left_out, now_ms, settings)
    words = {row.pk: offered.what(row, settings) for row in rows}
    return Discounted(
        basket,
        tuple(
            Used(one.coupon_id, words[one.coupon_id], off.total_minor)
            for one, off in zip(chosen, taken, strict=True)
        ),
        tuple(
            Waiting(row.pk, words[row.pk], _needs(one, row, scale), row.pk in left_out)
            for one, row in pairs
            if one not in chosen
        ),
        tuple(sum(off.lines[number] for off in taken) for number in range(len(lines))),
    )


def priced(basket: Basket) -> tuple[PricedLine, ...]:
    return tuple(
        PricedLine(line.product_id, line.category, line.price_minor, line.quantity, line.mall)
        for line in basket.lines
    )


def candidates_of(rows: Iterable[Coupon]) -> list[Candidate]:
    """The coupons with what their campaigns say of malls and combinations. Two queries."""
    coupons = list(rows)
    ids = {row.campaign_id for row in coupons}
    campaigns = {row.pk: row for row in Campaign.objects.filter(pk__in=ids).only("malls", "is_exclusive")}
    pairs = Campaign.combines_with.through.objects.filter(from_campaign_id__in=ids)
    beside: dict[int, set[int]] = {}
    for one, other in pairs.values_list("from_campaign_id", "to_campaign_id"):
        if not campaigns[one].is_exclusive:
            beside.setdefault(one, set()).add(other)
    return [
        Candidate(
            row.pk,
            row.campaign_id,
            Deal(
                row.category, row.rate_bp, row.amount_minor, row.cap_minor, row.min_basket_minor,
                tuple(campaigns[row.campaign_id].malls),
            ),
            frozenset(beside.get(row.campaign_id, ())),
        )
        for row in coupons
    ]  # fmt: skip


def _needs(one: Candidate, row: Coupon, scale: _Scale) -> str:
    """Why it does not come off, in words; empty where she left it out."""
    money, lines = scale.settings.money, scale.lines
    if row.pk in scale.left_out:
        return ""
    short = one.deal.min_basket_minor - discounts.basket_minor(lines)
    if short > 0:
        return f"Put {money(short)} more into your basket."
    if not any(discounts.is_matched(one.deal, line) for line in lines):
        where = f" in {' or '.join(one.deal.malls)}" if one.deal.malls else ""
        return f"It is for {one.deal.category}{where}: nothing of it is in your basket."
    off = discounts.discount(one.deal, lines).total_minor
    if off and not scale.is_confirmed:
        return f"{NEEDS_ACCOUNT}: it takes {money(off)} off this basket."
    if row.held_until_ms > scale.now_ms:
        return AT_A_TILL
    if stacking.may_combine([*scale.chosen, one]):
        return "There is nothing left that it could take off."
    return "It cannot be combined with what is used here, which takes off at least as much."
