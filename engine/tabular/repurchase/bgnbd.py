"""BG/NBD: customers buy at rates of their own and drop out after some purchase (Fader, Hardie and Lee 2005).

Of each customer: x repeated purchases, the last of them t_x weeks after the first, T weeks after the first it is now.
"""

from dataclasses import dataclass

import numpy as np
from scipy.optimize import minimize
from scipy.special import betaln, gammaln, hyp2f1

from engine.tabular.columns import Floats

_BEGIN = np.log([0.5, 5.0, 1.0, 2.5])
_WIDE = [(-7.0, 7.0)] * 4
_SPLIT = 1e-6  # how close to 1, where the expectation divides by a - 1, `a` may come


@dataclass(frozen=True, slots=True)
class BgNbd:
    """Rates are gamma(r, alpha) a week, chances to drop out after a purchase beta(a, b)."""

    r: float
    alpha: float
    a: float
    b: float

    def alive(self, x: Floats, t_x: Floats, age: Floats) -> Floats:
        """The chance that the customer has not dropped out; 1 where she never came again (equation 10 of the note
        on P(alive))."""
        odds = self.a / (self.b + np.maximum(x, 1.0) - 1.0)
        grown = ((self.alpha + age) / (self.alpha + t_x)) ** (self.r + x)
        return np.where(x > 0, 1.0 / (1.0 + odds * grown), 1.0)

    def comes_again(self, x: Floats, t_x: Floats, age: Floats, weeks: float) -> Floats:
        """The chance of a purchase or more within the next `weeks`: alive, and the wait for the next one is no longer
        (an alive customer's rate is gamma(r + x, alpha + T))."""
        none = ((self.alpha + age) / (self.alpha + age + weeks)) ** (self.r + x)
        return np.asarray(self.alive(x, t_x, age) * (1.0 - none))

    def expected(self, x: Floats, t_x: Floats, age: Floats, weeks: float) -> Floats:
        """Expected purchases within the next `weeks` (equation 10 of the paper)."""
        a = self.a if abs(self.a - 1.0) > _SPLIT else 1.0 + _SPLIT
        share = ((self.alpha + age) / (self.alpha + age + weeks)) ** (self.r + x)
        series = hyp2f1(self.r + x, self.b + x, a + self.b + x - 1.0, weeks / (self.alpha + age + weeks))
        total = (a + self.b + x - 1.0) / (a - 1.0) * (1.0 - share * series)
        return np.asarray(np.maximum(total * self.alive(x, t_x, age), 0.0))


def fit(x: Floats, t_x: Floats, age: Floats) -> BgNbd:
    """The parameters of highest likelihood (equation 6 of the paper), sought in their logarithms."""

    def loss(point: Floats) -> float:
        r, alpha, a, b = np.exp(point)
        rate = gammaln(r + x) - gammaln(r) + r * np.log(alpha) - betaln(a, b)
        stays = betaln(a, b + x) - (r + x) * np.log(alpha + age)
        left = betaln(a + 1.0, b + np.maximum(x, 1.0) - 1.0) - (r + x) * np.log(alpha + t_x)
        return -float(np.mean(rate + np.where(x > 0, np.logaddexp(stays, left), stays)))

    found = minimize(loss, _BEGIN, method="L-BFGS-B", bounds=_WIDE).x
    return BgNbd(*(float(value) for value in np.exp(found)))
