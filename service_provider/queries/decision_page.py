"""One decision as a person understands it: what she did, who decided, why, by which chance, and whether it comes out
the same when it is computed again."""

from dataclasses import dataclass
from datetime import UTC, datetime

from engine import visit
from engine.contracts import KINDS, NO_COUPON, CampaignCase, Case, VisitState
from service_provider.models import Campaign, Coupon, Decision
from service_provider.queries import campaigns, mall, offered, replays
from service_provider.queries.decision_words import GROUPS, sentence
from service_provider.queries.mall import MallSettings
from service_provider.queries.replays import CannotReplay


@dataclass(frozen=True, slots=True)
class Did:
    """What she had done in this visit by then."""

    began_at: datetime
    seconds: int
    events: int
    kinds: tuple[tuple[str, int], ...]  # in words, the most first
    categories: tuple[tuple[str, int, int], ...]  # name, looks, pieces put into the basket
    basket: tuple[tuple[str, str, int, str], ...]  # product, category, quantity, price
    last_category: str
    last_product: str


@dataclass(frozen=True, slots=True)
class Asked:
    """A campaign that ran, and why it did or did not decide; its budget as it was seen."""

    campaign_id: int
    name: str
    decided: bool
    why: str
    priority: int
    policy: str
    left: str


@dataclass(frozen=True, slots=True)
class Arm:
    """One of the things that could have been chosen; `chance` from 0 to 1."""

    number: int
    what: str
    chance: float
    is_chosen: bool


@dataclass(frozen=True, slots=True)
class Again:
    """Computed again: `differences` is empty where all came out as it was kept; `fault` where it could not be."""

    differences: tuple[tuple[str, str, str], ...] = ()
    compared: int = 0
    refused_after: str = ""
    fault: str = ""


@dataclass(frozen=True, slots=True)
class Given:
    """The coupon that followed."""

    coupon_id: int
    what: str
    state: str
    until: datetime


@dataclass(frozen=True, slots=True)
class DecisionPage:
    id: int
    at: datetime
    shopper_key: str
    did: Did | None  # None: made by another release, its state cannot be read any more
    campaign: Asked | None
    others: tuple[Asked, ...]
    group: str
    is_held_out: bool
    wanted: str  # what a held-out shopper would have got
    reasons: tuple[str, ...]
    arms: tuple[Arm, ...]
    policy: str
    risk: float | None
    threshold: float | None
    segment: str
    versions: tuple[tuple[str, int], ...]
    seed: str
    micros: int
    coupon: Given | None
    again: Again


def find(decision_id: int) -> DecisionPage | None:
    """Five queries, and those of computing it again."""
    row = Decision.objects.select_related("campaign", "shopper").filter(pk=decision_id).first()
    return _page(row) if row else None


def _page(row: Decision) -> DecisionPage:
    settings, case = mall.get_settings(), Case.from_json(row.seen["case"])
    names = campaigns.names()
    asked = [_asked(one, row, names.get(one.campaign_id, ""), settings) for one in case.campaigns]
    decided = next((one for one in case.campaigns if one.campaign_id == row.campaign_id), None)
    return DecisionPage(
        id=row.pk,
        at=_local(row.at_ms, settings),
        shopper_key=row.shopper.key,
        did=_did(row, settings),
        campaign=next((one for one in asked if one.decided), None),
        others=tuple(one for one in asked if not one.decided),
        group=GROUPS.get(row.group, row.group),
        is_held_out=row.group in ("holdout", "own_holdout"),
        wanted=_what(row.seen["wanted_arm"], decided, row.campaign, settings)
        if row.seen["wanted_arm"]
        else "",
        reasons=tuple(sentence(reason) for reason in row.reasons),
        arms=_arms(row, decided, settings),
        policy=row.policy,
        risk=row.seen["risk"],
        threshold=_threshold(decided, case),
        segment=case.segment,
        versions=tuple(sorted(row.seen["versions"].items())),
        seed=row.seed,
        micros=row.micros,
        coupon=_given(row, settings),
        again=_again(row.pk),
    )


def _threshold(decided: CampaignCase | None, case: Case) -> float | None:
    if decided is not None and decided.threshold is not None:
        return decided.threshold
    return case.risk_threshold


def _asked(one: CampaignCase, row: Decision, name: str, settings: MallSettings) -> Asked:
    decided = one.campaign_id == row.campaign_id
    why = row.seen["refused"].get(str(one.campaign_id), "")
    left = settings.money(one.budget_left_minor)
    return Asked(one.campaign_id, name, decided, sentence(why) if why else "", one.priority, one.policy, left)


def _arms(row: Decision, decided: CampaignCase | None, settings: MallSettings) -> tuple[Arm, ...]:
    if decided is None:
        return ()
    count = 1 + len(decided.depths)
    chances = [*row.propensities, *[0.0] * count][:count]
    return tuple(
        Arm(number, _what(number, decided, row.campaign, settings), chance, number == row.arm)
        for number, chance in enumerate(chances)
    )


def _what(arm: int, decided: CampaignCase | None, now: Campaign | None, settings: MallSettings) -> str:
    """An arm in words, with the depths of then: a campaign may have others by now."""
    if arm == NO_COUPON or decided is None or arm > len(decided.depths):
        return "no coupon"
    depth = decided.depths[arm - 1]
    if now is not None and now.discount_kind == Campaign.Discount.AMOUNT:
        return f"{settings.money(round(depth * decided.min_basket_minor))} off"
    return f"{100 * depth:g} % off"


def _did(row: Decision, settings: MallSettings) -> Did | None:
    try:
        state = visit.from_bytes(bytes(row.state))
    except visit.OtherVersion:
        return None
    kinds = sorted(
        ((kind.replace("_", " "), count) for kind, count in zip(KINDS, state.counts, strict=True) if count),
        key=lambda told: -told[1],
    )
    return Did(
        began_at=_local(state.started_at, settings),
        seconds=(state.last_at - state.started_at) // 1000,
        events=state.version,
        kinds=tuple(kinds),
        categories=_categories(state),
        basket=tuple(
            (
                line.product_id,
                line.category,
                line.quantity,
                settings.money(line.price_minor) if line.price_minor else "",
            )
            for line in state.basket
        ),
        last_category=state.last_category,
        last_product=state.last_product,
    )


def _categories(state: VisitState) -> tuple[tuple[str, int, int], ...]:
    told = [(one.category or "others", one.views, one.adds) for one in state.categories]
    return tuple(sorted(told, key=lambda one: -one[1]))


def _given(row: Decision, settings: MallSettings) -> Given | None:
    coupon = Coupon.objects.filter(decision_id=row.pk).first()
    if coupon is None:
        return None
    told = offered.offered_of(coupon, settings)
    return Given(coupon.pk, told.what, coupon.get_state_display(), told.until)


def _again(decision_id: int) -> Again:
    try:
        found = replays.replay(decision_id)
    except CannotReplay as fault:
        return Again(fault=str(fault))
    differences = tuple((one.what, str(one.kept), str(one.again)) for one in found.differences)
    return Again(
        differences, len(found.compared), sentence(found.refused_after) if found.refused_after else ""
    )


def _local(moment_ms: int, settings: MallSettings) -> datetime:
    return settings.local(datetime.fromtimestamp(moment_ms / 1000, UTC))
