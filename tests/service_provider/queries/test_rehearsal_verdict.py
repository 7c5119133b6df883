"""What a rehearsal found, in words that claim no more than its intervals."""

import pytest
import rehearsal_reports
from rehearsal_reports import around

from engine.contracts import Measure, RehearsalReport, RehearsalSettings
from service_provider.queries.reports import rehearsals
from service_provider.queries.reports.rehearsals import POLICY_WORDS


def told(report: RehearsalReport) -> list[str]:
    return list(rehearsals.verdict(report, money=lambda minor: f"{minor:g} cents"))


def test_a_gain_that_is_sure() -> None:
    assert told(rehearsal_reports.report()) == [
        "Uplift rank earned 12.5 cents per shopper more than no coupon (95 % interval 7.5 cents to 17.5 cents), "
        "50 % of what is reachable.",
        "The published rule earned 6 cents per shopper more than no coupon (95 % interval 1 cents to 11 cents), "
        "24 % of what is reachable.",
        "Uplift rank earned 6.5 cents per shopper more than the published rule (95 % interval 2.5 cents to "
        "10.5 cents).",
    ]


def test_an_interval_that_covers_zero_is_no_gain() -> None:
    sentences = told(rehearsal_reports.report(gains={"uplift_rank": around(4, 5)}))
    assert sentences[0].startswith("Between uplift rank and no coupon no difference can be seen: 4 cents")
    assert "earned" not in sentences[0]
    assert "reachable" not in sentences[0]
    assert sentences[-1] == "More seeds or more shoppers make the interval narrower."


def test_a_loss_is_called_one() -> None:
    sentences = told(rehearsal_reports.report(gains={"uplift_rank": around(-8, 5)}))
    assert sentences[0] == (
        "Uplift rank earned 8 cents per shopper less than no coupon (95 % interval -13 cents to -3 cents)."
    )
    assert sentences[-1] == "With these settings it is better to issue no coupon."


@pytest.mark.parametrize(
    ("paired", "sentence"),
    [
        (
            {"published_rule": {"uplift_rank": around(-6, 4)}},
            "The published rule earned 6 cents per shopper less than uplift rank",
        ),
        (
            {"uplift_rank": {"published_rule": around(3, 4)}},
            "Between uplift rank and the published rule no difference can be seen (95 % interval -1 cents to 7 cents).",
        ),
    ],
)
def test_two_policies_compared(paired: dict[str, dict[str, Measure]], sentence: str) -> None:
    assert told(rehearsal_reports.report(paired=paired))[2].startswith(sentence)


def test_without_a_pair_two_policies_are_not_compared() -> None:
    assert len(told(rehearsal_reports.report(paired={}))) == 2


def test_one_seed_tells_nothing_of_chance() -> None:
    (sentence, *_) = told(rehearsal_reports.report(gains={"uplift_rank": Measure(12.0)}))
    assert "a single seed cannot tell how much of it is chance" in sentence


@pytest.mark.parametrize(
    ("policies", "first"),
    [
        (("none", "random", "treat_all"), "Between coupons for all"),
        (("none", "published_rule", "observable"), "The published rule earned"),
        (("none", "latent", "clairvoyant"), "Only yardsticks were rehearsed"),
    ],
)
def test_the_headline_is_fixed_beforehand_and_never_a_yardstick(
    policies: tuple[str, ...], first: str
) -> None:
    report = rehearsal_reports.report(RehearsalSettings(policies=policies), paired={})
    assert told(report)[0].startswith(first)


def test_every_policy_has_its_words() -> None:
    from engine.contracts import POLICIES

    assert tuple(POLICY_WORDS) == POLICIES
    assert all(words.line.endswith(".") for words in POLICY_WORDS.values())
    assert rehearsals.words("new_one").title == "New one"
