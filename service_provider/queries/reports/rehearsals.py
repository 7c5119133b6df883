"""What a rehearsal found, in words: the same on the page and on a terminal."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from engine.contracts import Measure, PolicyRow, RehearsalReport

Money = Callable[[float], str]
"""Writes out an amount of the smallest unit, which may be a part of one."""


@dataclass(frozen=True, slots=True)
class PolicyWords:
    """How a policy is called in a table and inside a sentence, and what it does in one line."""

    title: str
    told: str
    line: str


POLICY_WORDS = {
    "none": PolicyWords("No coupon", "no coupon", "Nobody gets one. Every gain is measured against it."),
    "random": PolicyWords("Random", "random coupons", "A lot decides who gets a coupon."),
    "treat_all": PolicyWords(
        "Coupons for all", "coupons for all", "Everybody gets one, as long as the budget lasts."
    ),
    "published_rule": PolicyWords(
        "Published rule",
        "the published rule",
        "The tenth of the visits with the highest risk to end without a purchase.",
    ),
    "propensity_first": PolicyWords(
        "Propensity first", "propensity first", "Those first who are most likely to buy."
    ),
    "uplift_rank": PolicyWords(
        "Uplift rank", "uplift rank", "Those first whom a coupon is expected to move most."
    ),
    "observable": PolicyWords(
        "Observable",
        "the observable yardstick",
        "Yardstick: what can be reached with all that a mall may see, learnt from every coupon's outcome.",
    ),
    "observable_second": PolicyWords(
        "Second learner",
        "the second yardstick",
        "Yardstick: the same by another learner, to check the first.",
    ),
    "latent": PolicyWords(
        "Latent",
        "the latent yardstick",
        "Yardstick: knows what each shopper hides, but not what chance will bring.",
    ),
    "clairvoyant": PolicyWords(
        "Clairvoyant", "the clairvoyant", "Yardstick: knows chance too, a bound that nobody can reach."
    ),
}
YARDSTICKS = ("observable", "observable_second", "latent", "clairvoyant")
# The first of them that was rehearsed heads the verdict. The order is fixed beforehand: whoever picks the best
# of several by looking picks luck as well.
_HEADLINES = ("uplift_rank", "propensity_first", "published_rule", "treat_all", "random")
TYPE_TITLES = {
    "sure_thing": "Sure things",
    "persuadable": "Persuadable",
    "lost_cause": "Lost causes",
    "negative_responder": "Negative responders",
}


def words(name: str) -> PolicyWords:
    plain = name.replace("_", " ")
    return POLICY_WORDS.get(name, PolicyWords(plain.capitalize(), plain, ""))


def sign(figure: Measure) -> int:
    """1 above zero and -1 below, where the whole interval is; 0 where no difference can be seen."""
    if figure.low is None or figure.high is None:
        return 0
    return 1 if figure.low > 0 else -1 if figure.high < 0 else 0


def headline(report: RehearsalReport) -> PolicyRow | None:
    """The policy that the verdict is about; None where only yardsticks were rehearsed."""
    rows = {row.name: row for row in report.rows}
    return next((rows[name] for name in _HEADLINES if name in rows), None)


def verdict(report: RehearsalReport, *, money: Money) -> tuple[str, ...]:
    """Sentences, the most telling first: the headline, the published rule, the two compared, what to do."""
    first = headline(report)
    if first is None:
        return ("Only yardsticks were rehearsed. Choose a policy that a mall could use.",)
    return tuple(_sentences(report, first, money))


def _sentences(report: RehearsalReport, first: PolicyRow, money: Money) -> Iterator[str]:
    yield _against_none(first, money)
    rule = next((row for row in report.rows if row.name == "published_rule"), None)
    if rule and rule is not first:
        yield _against_none(rule, money)
        yield from _compared(report, first, rule, money)
    if sign(first.gain) == 0:
        yield "More seeds or more shoppers make the interval narrower."
    elif sign(first.gain) < 0:
        yield "With these settings it is better to issue no coupon."


def _against_none(row: PolicyRow, money: Money) -> str:
    told = _capital(words(row.name).told)
    if row.gain.low is None or row.gain.high is None:
        return (
            f"In the one mall that was rehearsed, the difference of {words(row.name).told} to no coupon was "
            f"{money(row.gain.value)} per shopper; a single seed cannot tell how much of it is chance."
        )
    if not sign(row.gain):
        return (
            f"Between {words(row.name).told} and no coupon no difference can be seen: "
            f"{money(row.gain.value)} per shopper ({between(row.gain, money)})."
        )
    more = "more" if row.gain.value > 0 else "less"
    return (
        f"{told} earned {money(abs(row.gain.value))} per shopper {more} than no coupon "
        f"({between(row.gain, money)}){_share(row)}."
    )


def _share(row: PolicyRow) -> str:
    if row.oracle_share is None or row.gain.value <= 0:
        return ""
    return f", {100 * row.oracle_share.value:.0f} % of what is reachable"


def _compared(report: RehearsalReport, first: PolicyRow, rule: PolicyRow, money: Money) -> Iterator[str]:
    """What the paired difference says, whichever way round the report holds it."""
    better, worse = first, rule
    paired = report.paired.get(first.name, {}).get(rule.name)
    if paired is None:
        better, worse = rule, first
        paired = report.paired.get(rule.name, {}).get(first.name)
    if paired is None or paired.low is None:
        return
    if not sign(paired):
        yield (
            f"Between {words(first.name).told} and {words(rule.name).told} no difference can be seen "
            f"({between(paired, money)})."
        )
        return
    more = "more" if paired.value > 0 else "less"
    yield (
        f"{_capital(words(better.name).told)} earned {money(abs(paired.value))} per shopper {more} than "
        f"{words(worse.name).told} ({between(paired, money)})."
    )


def between(figure: Measure, money: Money) -> str:
    """The 95 % interval as words; empty where there is none."""
    if figure.low is None or figure.high is None:
        return ""
    return f"95 % interval {money(figure.low)} to {money(figure.high)}"


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]
