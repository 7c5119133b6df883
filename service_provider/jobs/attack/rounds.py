"""The rounds of an attack: what is tried at once, how many may succeed, and what the books say afterwards."""

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

from service_provider.jobs.attack import hands as crowd
from service_provider.jobs.attack.strikes import DONE, ISSUE, REDEEM, REVERSE, Strike, Tally, strike_all
from service_provider.models import Campaign, CampaignShopper, Coupon, Redemption
from service_provider.queries import campaign_terms, ledger_check, mall
from service_provider.services import attack_ground
from service_provider.services.attack_ground import Ground, Wanted

CAP = 500
COSTS = (500, 100, 250, 333, 1)  # what redemptions cost, in turn: some all of their cap, some less


@dataclass(frozen=True, slots=True)
class Size:
    """How large an attack is."""

    coupons: int = 1_000  # that the budget covers; twice as many attempts are made
    at_once: int = 50  # attempts to redeem one code
    hands: int = 20  # connections

    def smaller(self) -> int:
        """Of the rounds that need fewer."""
        return max(2, self.coupons // 10)


@dataclass(frozen=True, slots=True)
class Round:
    """What one round came to. Money in the smallest unit."""

    name: str
    attempts: int
    succeeded: int
    refused: int
    limit: int  # how many may succeed: no more, and no fewer
    spent_minor: int
    reserved_minor: int
    budget_minor: int
    over_redemptions: int
    ledger_balanced: bool
    seconds: float
    slowest_s: float
    retries: int
    refusals: dict[str, int]
    broken: tuple[str, ...]  # what does not hold, in words


class AttackBroken(Exception):
    """What must succeed when nobody else is there did not."""


@dataclass(slots=True)
class Field:
    """Where the rounds are fought; it keeps what is to be cleared away."""

    size: Size
    token: str
    now: datetime
    now_ms: int
    grounds: list[Ground] = field(default_factory=list)

    def lay(self, name: str, **limits: Any) -> Ground:
        ground = attack_ground.lay(
            Wanted(f"Attack {self.token}: {name}", cap_minor=CAP, **limits), token=self.token, now=self.now
        )
        self.grounds.append(ground)
        return ground

    def strike(self, strikes: list[Strike], *, hands: int = 0) -> crowd.Struck:
        return crowd.attack(strikes, hands=hands or self.size.hands, now_ms=self.now_ms)

    def prepare(self, strikes: list[Strike]) -> None:
        """What comes before a round: one after the other, and all of it must succeed."""
        tally = strike_all(strikes, now_ms=self.now_ms)
        if sum(tally.ended.values()) != sum(tally.count(one) for one in (ISSUE, REDEEM)):
            raise AttackBroken(f"The round could not be prepared: {_refusals(tally)}.")

    def issues(self, ground: Ground, *, each: int = 1) -> list[Strike]:
        """So many attempts for each shopper, next to each other."""
        row = Campaign.objects.get(pk=ground.campaign_id)
        day = campaign_terms.today(mall.get_settings().zone, now_ms=self.now_ms)
        made = Strike(ISSUE, row.pk, cap_minor=CAP, day=day.isoformat(), expires_ms=row.ends_ms)
        return [replace(made, target=one) for one in ground.shopper_ids for _ in range(each)]


def one_code(place: Field) -> Round:
    """One code, redeemed by everybody at once."""
    ground = place.lay("one code", budget_minor=CAP, shoppers=1)
    place.prepare(place.issues(ground))
    strikes = _redeems(ground) * place.size.at_once
    struck = place.strike(strikes, hands=_all_at_once(place))
    return _judge("one code redeemed at once", REDEEM, ground, struck, limit=1, only={"redeemed"})


def budget(place: Field) -> Round:
    """Twice as many coupons as the budget covers."""
    count = place.size.coupons
    ground = place.lay("budget", budget_minor=count * CAP + CAP - 1, shoppers=2 * count)
    struck = place.strike(place.issues(ground))
    return _judge("issue against the budget", ISSUE, ground, struck, limit=count, only={"budget"})


def all_of_them(place: Field) -> Round:
    """Every coupon of the budget's round, each tried twice side by side."""
    ground = place.grounds[-1]
    strikes = [one for one in _redeems(ground) for _ in range(2)]
    struck = place.strike(strikes)
    return _judge(
        "all redeemed, each tried twice", REDEEM, ground, struck, limit=place.size.coupons, only={"redeemed"}
    )


def limit_per_campaign(place: Field) -> Round:
    count = place.size.smaller()
    ground = place.lay("its limit", budget_minor=4 * count * CAP, shoppers=2 * count, limit_total=count)
    struck = place.strike(place.issues(ground))
    return _judge("limit of the campaign", ISSUE, ground, struck, limit=count, only={"limit_total"})


def limit_per_shopper(place: Field) -> Round:
    shoppers, each = max(1, place.size.smaller() // 10), 2
    ground = place.lay("per shopper", budget_minor=1_000 * CAP, shoppers=shoppers, limit_per_shopper=each)
    struck = place.strike(place.issues(ground, each=10))
    found = _judge(
        "limit of each shopper", ISSUE, ground, struck, limit=shoppers * each, only={"limit_per_shopper"}
    )
    counts = CampaignShopper.objects.filter(campaign_id=ground.campaign_id).values_list("issued", flat=True)
    uneven = [f"{one} coupons went to one shopper" for one in counts if one != each]
    return replace(found, broken=(*found.broken, *uneven))


def reversals(place: Field) -> Round:
    """Redemptions taken back, twice each, while the same codes are redeemed again."""
    count = place.size.smaller()
    ground = place.lay("reversals", budget_minor=count * CAP, shoppers=count)
    place.prepare(place.issues(ground))
    redeems = _redeems(ground)
    place.prepare(redeems)
    taken = Redemption.objects.filter(coupon__campaign_id=ground.campaign_id).order_by("coupon_id")
    backs = [Strike(REVERSE, target=pk) for pk in taken.values_list("pk", flat=True)]
    strikes = [one for pair in zip(backs, redeems, strict=True) for one in (*pair, *pair)]
    struck = place.strike(strikes)
    found = _judge(
        "taken back while redeemed", REVERSE, ground, struck, limit=count, only={"not_redeemed", "redeemed"}
    )
    again, live = struck.tally.count(REDEEM), Coupon.objects.filter(campaign_id=ground.campaign_id)
    used = live.filter(state=Coupon.State.REDEEMED).count()
    wrong = (f"{again} were redeemed again, but {used} are in use",) if again != used else ()
    return replace(found, broken=(*found.broken, *wrong))


ROUNDS: tuple[Callable[[Field], Round], ...] = (
    one_code, budget, all_of_them, limit_per_campaign, limit_per_shopper, reversals,
)  # fmt: skip
MAIN = "all redeemed, each tried twice"


def _all_at_once(place: Field) -> int:
    """On MariaDB a connection for every attempt; on SQLite no more processes than were asked for."""
    return place.size.hands if crowd.usual_number() < place.size.at_once // 5 else place.size.at_once


def _redeems(ground: Ground) -> list[Strike]:
    """One redemption of every live coupon, of costs that differ; what is spent stays within the cap."""
    codes = Coupon.objects.filter(campaign_id=ground.campaign_id, state__in=Coupon.LIVE)
    return [
        Strike(REDEEM, ground.campaign_id, code=code, basket_minor=COSTS[number % len(COSTS)])
        for number, code in enumerate(codes.order_by("pk").values_list("code", flat=True))
    ]


def _judge(
    name: str, verb: str, ground: Ground, struck: crowd.Struck, *, limit: int, only: set[str]
) -> Round:
    books = ledger_check.check(ground.campaign_id)
    tally = struck.tally
    done, refusals = tally.count(verb), _refusals(tally)
    attempts = sum(times for (one, _), times in tally.ended.items() if one == verb)
    return Round(
        name, attempts, done, attempts - done, limit, books.spent_minor, books.reserved_minor,
        books.budget_minor, books.over_redemptions, books.is_balanced, struck.seconds, tally.slowest_s,
        tally.retries, refusals, (*_wrong(done, limit, refusals, only), *books.faults),
    )  # fmt: skip


def _wrong(done: int, limit: int, refusals: dict[str, int], only: set[str]) -> list[str]:
    """What the strikes themselves say is wrong."""
    wrong = [f"{done} succeeded where {limit} may"] if done != limit else []
    return wrong + [f"{times} times: {why}" for why, times in refusals.items() if why not in only]


def _refusals(tally: Tally) -> dict[str, int]:
    found: dict[str, int] = {}
    for (_, outcome), times in sorted(tally.ended.items()):
        if outcome != DONE:
            found[outcome] = found.get(outcome, 0) + times
    return found
