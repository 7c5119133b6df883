"""Coupons among the figures of the live mall."""

from dataclasses import dataclass

from service_provider.dashboard import wording
from service_provider.dashboard.figures.coupons import report
from service_provider.queries.mall import MallSettings
from service_provider.queries.reports.coupons.campaign_effect import CONTRIBUTION, MALL_DAYS
from service_provider.queries.reports.coupons.coupons_now import CouponsNow


@dataclass(frozen=True, slots=True)
class Figure:
    key: str
    name: str
    value: str
    note: str


def now(found: CouponsNow, mall: MallSettings) -> tuple[Figure, ...]:
    """Empty before the first campaign."""
    if not found.campaigns:
        return ()
    running = "1 campaign runs" if found.running == 1 else f"{wording.count(found.running)} campaigns run"
    return (
        Figure(
            "issued", "Coupons given out today", wording.count(found.issued_today),
            f"{wording.count(found.issued)} in all",
        ),
        Figure(
            "redeemed", "Coupons used today", wording.count(found.redeemed_today),
            f"{wording.count(found.redeemed)} in all, for {mall.money(found.spent_minor)}",
        ),
        Figure(
            "budget", "Budget left today", mall.money(found.left_today_minor),
            f"{mall.money(found.left_minor)} left in all of {mall.money(found.budget_minor)}; {running}",
        ),
        _gain(found, mall),
    )  # fmt: skip


def _gain(found: CouponsNow, mall: MallSettings) -> Figure:
    """Money gained against the mall's own holdout; never without its interval."""
    name, effect = "Gained against the holdout", found.effect
    split = effect.found.split
    whom = f"{wording.count(split.treated)} shoppers against {wording.count(split.held)} held out"
    one = effect.found.outcomes.get(CONTRIBUTION)
    if not split.is_sound:
        return Figure(
            "gain", name, "not comparable", f"{whom}: that split is no chance. Was the holdout changed?"
        )
    if one is None:
        return Figure("gain", name, wording.NOT_ENOUGH, f"{whom}, met in {MALL_DAYS} days")
    once = report.between(one.in_all, CONTRIBUTION, mall)
    note = f"95 % interval {once}; {whom}, met in {MALL_DAYS} days. {_sure(one.sign)}"
    return Figure("gain", name, mall.money(one.in_all.value), note)


def _sure(sign: int) -> str:
    return "Sure, however often one looks." if sign else "No difference can be told yet."
