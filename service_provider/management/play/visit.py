"""One visit: the clicks of a walk, made at the site and told to it as the script in its pages tells them."""

import json
import threading
import uuid
from dataclasses import dataclass, field
from random import Random
from typing import Any

from service_provider.management.play.accounts import Accounts
from service_provider.management.play.browser import Browser, Lost, Stopped
from service_provider.management.play.clock import Clock, real_ms
from service_provider.management.play.offers import Offers
from service_provider.management.play.tally import Tally
from service_provider.management.play.till import Till
from service_provider.management.play.walks import Step, Walk
from service_provider.queries.storefront import slug_of
from service_provider.services import demo_clock

DECISIONS = frozenset({"add_to_cart", "cart_view", "idle", "exit_intent"})  # told at once, as capture.js does
SOON_MS, MOST_WAITING, BATCH = 2_000, 5, 50
LOOKS = 0.4  # share of the page, category and product views for which the page itself is asked
AFTERWARDS_MS = 60_000  # between the last click and the end of her clock: the way to the till takes a while
TAKES_MS = 15_000  # to find something for a coupon
TRAP = "/shop/offers-for-robots/"
Event = dict[str, Any]


class Unwelcome(Exception):
    """The site refuses simulated shoppers; the text says why."""


@dataclass(frozen=True, slots=True)
class Street:
    """What the visits of a crowd share."""

    speed: float
    key: str  # signs clocks
    accounts: Accounts
    tally: Tally
    stop: threading.Event


@dataclass(slots=True)
class Visit:
    walk: Walk
    browser: Browser
    street: Street
    rng: Random
    clock: Clock = field(init=False)
    offers: Offers = field(init=False)
    _queue: list[Event] = field(default_factory=list)
    _late: list[Event] = field(default_factory=list)
    _again: set[str] = field(default_factory=set)  # ids of events whose answer is lost

    def run(self) -> None:
        """Stopped, SiteAway, Unwelcome."""
        self._arrive()
        self.clock = Clock(lasts_ms=self.walk.lasts_ms + AFTERWARDS_MS, speed=self.street.speed)
        till = Till(self.browser, self.street.tally)
        # Chance of her own: what she is offered does not change which pages she asks for.
        luck = Random(f"{self.walk.number} offers")  # noqa: S311 - no secrets
        self.offers = Offers(self.browser, self.street.tally, luck)
        try:
            for number, step in enumerate(self.walk.steps):
                self._wait(self.clock.start_ms + step.after_ms)
                if self.street.stop.is_set():
                    raise Stopped
                self._look(step, number)
                self._tell(step)
                self._touch(step, till)
        finally:
            self._flush(self._late)
        self._take_up(till)
        if self.walk.buys or self.offers.wanted:
            till.check_out(self.street.accounts, payment=self.rng.random())
        self.street.tally.add("robots" if self.walk.is_robot else "visits")

    def _arrive(self) -> None:
        """She says yes to being remembered, where she was not here before; then the site knows her."""
        page = self.browser.get("/")
        if "consent" not in self.browser.cookies:
            token = page.fields().get("csrfmiddlewaretoken", "")
            yes = {"csrfmiddlewaretoken": token, "answer": "yes", "next": "/"}
            self.browser.post("/shop/what-we-remember/", yes)
            self.browser.get("/")

    def _look(self, step: Step, number: int) -> None:
        """Asks for the page; searches and baskets always, of the others some."""
        if self.walk.is_robot:
            if self.walk.number % 3 == 1 and number == len(self.walk.steps) // 2:
                self.browser.get(TRAP)
            return
        path = _path_of(step)
        if path and (step.kind in {"search", "cart_view"} or self.rng.random() < LOOKS):
            self._count(self.browser.get(path).status < 400)

    def _touch(self, step: Step, till: Till) -> None:
        """The real basket goes with what was told."""
        try:
            if step.kind == "add_to_cart":
                till.add(step.product_id, step.quantity or 1)
            elif step.kind == "remove_from_cart":
                till.remove(step.product_id)
        except Lost:
            self.street.tally.add("lost")

    def _take_up(self, till: Till) -> None:
        """Puts something into the basket for each coupon that she means to use, as she would have clicked it."""
        for number, (product_id, category) in enumerate(self.offers.take(), start=1):
            step = Step(self.walk.lasts_ms + number * TAKES_MS, "add_to_cart", product_id, category, 1)
            self._wait(self.clock.start_ms + step.after_ms)
            self._tell(step)
            self._touch(step, till)

    def _count(self, is_fine: bool) -> None:
        if not is_fine:
            self.street.tally.add("refused")

    # ---- what she tells -----------------------------------------------------------------------------

    def _tell(self, step: Step) -> None:
        event: Event = {
            "event_id": str(uuid.uuid4()),
            "kind": step.kind,
            "occurred_at": self.clock.start_ms + step.after_ms,
        }
        told = {name: getattr(step, name) for name in ("product_id", "category", "quantity", "words")}
        event |= {name: value for name, value in told.items() if value}
        self.street.tally.add("sent")
        if step.is_repeated:
            self._again.add(event["event_id"])
        (self._late if step.is_late else self._queue).append(event)
        if step.kind in DECISIONS or len(self._queue) >= MOST_WAITING:
            self._flush()

    def _wait(self, moment_ms: int) -> None:
        """Until her clock shows this moment; what waits is told two seconds after it happened."""
        soon = self.clock.now_ms() + SOON_MS
        if self._queue and soon < moment_ms:
            self.clock.wait(soon, self.street.stop)
            self._flush()
        self.clock.wait(moment_ms, self.street.stop)

    def _flush(self, more: list[Event] | None = None) -> None:
        waiting = self._queue + (more or [])
        while waiting:
            events, waiting = waiting[:BATCH], waiting[BATCH:]
            self._send(events)
            if self._again.intersection(event["event_id"] for event in events):
                self._send(events)
        self._queue = []

    def _send(self, events: list[Event]) -> None:
        """A batch, until the mall has it or refuses it for good."""
        tally = self.street.tally
        while True:
            clock_ms = self.clock.now_ms()
            body = json.dumps({"sent_at": clock_ms, "events": events}).encode()
            answer = self.browser.send("/capture/", body, self._sealed(clock_ms, body))
            tally.add("batches")
            if answer.status == 200:
                told = json.loads(answer.text)
                tally.add("events", told["accepted"])
                tally.add("repeated", len(events) - told["accepted"])
                if not self.walk.is_robot:
                    self.offers.meet(told["offer"])
                return
            tally.add("refused")
            if answer.status == 403:
                raise Unwelcome(f"The site refuses these shoppers: {json.loads(answer.text)['detail']}")
            if answer.status != 429 and answer.status < 500:
                return
            if self.street.stop.wait(answer.retry_after):
                raise Stopped

    def _sealed(self, clock_ms: int, body: bytes) -> dict[str, str]:
        """At the speed of life her clock is ours, and needs no signature."""
        if self.street.speed == 1:
            return {}
        sealed = demo_clock.sign(clock_ms, body, key=self.street.key, now_ms=int(real_ms()))
        return {demo_clock.HEADER: sealed}


def _path_of(step: Step) -> str:
    """The page on which such an event happens; empty where it is no page."""
    if step.kind == "page_view":
        return "/"
    if step.kind == "category_view":
        return f"/shop/c/{slug_of(step.category)}/"
    if step.kind == "product_view":
        return f"/shop/p/{step.product_id}/"
    if step.kind == "search":
        return f"/shop/search/?q={step.words.replace(' ', '+')}"
    return "/basket/" if step.kind == "cart_view" else ""
