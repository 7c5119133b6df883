"""Why a decision came out as it did, in words, whoever refused last: the engine, or the issuing after its locks."""

from collections.abc import Mapping

from engine.policy.reasons import SENTENCES

AT_ISSUE: Mapping[str, str] = {
    "merged": "The visitor logged in at that very moment, under another key.",
    "live_coupons": "When it was to be issued the shopper held as many coupons as one may hold.",
    "limit_per_shopper": "When it was to be issued the shopper had had as many of this campaign as one may have.",
    "not_running": "When it was to be issued the campaign did not run any more.",
    "limit_total": "When it was to be issued all coupons of the campaign had been given out.",
    "budget": "When it was to be issued what was left of the budget did not cover it.",
    "day_budget": "When it was to be issued the budget of the day was used up.",
    "overtaken": "When it was to be issued she had got another coupon since it was decided.",
}
GROUPS: Mapping[str, str] = {
    "treated": "may get coupons",
    "holdout": "the mall's holdout",
    "own_holdout": "the campaign's own holdout",
    "none": "no campaign was for her",
}


def sentence(reason: str) -> str:
    """One reason for people; what nobody has thought of is shown as it is."""
    return SENTENCES.get(reason) or AT_ISSUE.get(reason) or reason


def list_reasons() -> list[tuple[str, str]]:
    """Every reason that can stand in a decision, to choose from."""
    known = sorted({*SENTENCES, *AT_ISSUE})
    return [(reason, reason.replace("_", " ")) for reason in known]
