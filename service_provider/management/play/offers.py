"""What a simulated shopper does with a coupon that she is offered: passes it over, looks, puts it away, uses it."""

import json
import re
from dataclasses import dataclass, field
from random import Random
from typing import Any

from engine.simulate.mall.catalogue import catalogue
from service_provider.management.play.browser import Browser
from service_provider.management.play.tally import Tally

IGNORED, SEEN, DISMISSED, WANTED = "ignored", "seen", "dismissed", "wanted"
MANNERS = {IGNORED: 0.25, SEEN: 0.30, DISMISSED: 0.15, WANTED: 0.30}
"""How often each happens. Who wants it looks at it, takes something of its category and pays with it."""
TOLD = "/capture/offer/told"
_CATEGORY = re.compile(r" off (.+?)(?:, at most|, from a basket|$)")


@dataclass(slots=True)
class Offers:
    """The offers of one visit; each is met once, however often the mall repeats it."""

    browser: Browser
    tally: Tally
    rng: Random
    _met: set[int] = field(default_factory=set)
    wanted: list[str] = field(default_factory=list)  # what they are for, of those that she means to use

    def meet(self, offer: dict[str, Any] | None) -> None:
        """An answer of the mall, with an offer or with none."""
        if offer is None or offer["coupon_id"] in self._met:
            return
        self._met.add(offer["coupon_id"])
        manner = choose(self.rng)
        self.tally.add("offered")
        self.tally.add(SEEN if manner == WANTED else manner)
        if manner != IGNORED:
            self._tell(offer["coupon_id"], DISMISSED if manner == DISMISSED else SEEN)
        if manner == WANTED and (category := category_of(offer["what"])):
            self.wanted.append(category)

    def take(self) -> list[tuple[str, str]]:
        """A product and its category for each coupon that she means to use."""
        return [(self.rng.choice(_products(category)), category) for category in self.wanted]

    def _tell(self, coupon_id: int, what: str) -> None:
        body = json.dumps({"coupon_id": coupon_id, "what": what}).encode()
        if self.browser.send(TOLD, body, {}).status != 204:
            self.tally.add("refused")


def choose(rng: Random) -> str:
    return rng.choices(list(MANNERS), list(MANNERS.values()))[0]


def category_of(what: str) -> str:
    """What a coupon is for, by its own words; empty where the demo's mall has no such category."""
    found = _CATEGORY.search(what)
    return found[1] if found and found[1] in catalogue().categories else ""


def _products(category: str) -> list[str]:
    return [product.product_id for product in catalogue().products if product.category == category]
