"""What cannot be rehearsed is refused in words before anything is computed."""

from dataclasses import replace

import pytest

from engine.contracts import RehearsalSettings
from engine.simulate.rehearsal import RehearsalRefused, check, rehearse


@pytest.mark.parametrize(
    ("wrong", "words"),
    [
        ({"shoppers": 0}, "0 will not do for shoppers: 1 to 50000 was expected"),
        ({"days": -1}, "days"),
        ({"seeds": 0}, "seeds"),
        ({"first_seed": -1}, "first seed"),
        ({"training_points": 10}, "training points"),
        ({"budget_rate": 0.0}, "budget"),
        ({"budget_rate": float("nan")}, "budget"),
        ({"margin_scale": float("inf")}, "margins"),
        ({"policies": ()}, "There is no policy nothing"),
        ({"policies": ("none", "magic")}, "There is no policy magic"),
        ({"depth": 0.11}, "0.11 is no depth of a coupon here: 0.05, 0.1, 0.15, 0.2 are"),
    ],
)
def test_settings_out_of_bounds(wrong, words):
    settings = replace(RehearsalSettings(), **wrong)
    with pytest.raises(RehearsalRefused, match=words):
        check(settings)
    with pytest.raises(RehearsalRefused):
        next(rehearse(settings))


def test_the_defaults_will_do():
    check(RehearsalSettings())
