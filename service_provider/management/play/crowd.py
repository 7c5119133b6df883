"""A crowd of simulated shoppers, each in a thread of her own: visit, rest, visit."""

import threading
from collections.abc import Callable, Iterable
from concurrent.futures import FIRST_EXCEPTION, Future, ThreadPoolExecutor, wait
from dataclasses import dataclass
from random import Random

from engine.simulate.mall.catalogue import catalogue
from service_provider.management.play import walks
from service_provider.management.play.accounts import Accounts
from service_provider.management.play.browser import FIREFOX, Browser, Cookies, Site, Stopped
from service_provider.management.play.clock import real_ms
from service_provider.management.play.tally import Tally
from service_provider.management.play.visit import AFTERWARDS_MS, Street, Unwelcome, Visit
from service_provider.management.play.walks import Walk

ROBOT = "Mozilla/5.0 (compatible; SimulatedBot/1.0; simulated shopper)"
SILENCE_MS = 30 * 60_000  # between two visits of the same shopper
DOORS_S = 5.0  # within which everybody comes for the first time, by our clock


@dataclass(frozen=True, slots=True)
class Plan:
    url: str
    shoppers: int
    speed: float
    seed: int
    key: str
    rest_s: float = 0.0  # ours, between two visits, on average
    patience_s: float = 60.0


class Crowd:
    """`route` gives the visits; who finds none left goes home."""

    def __init__(
        self,
        plan: Plan,
        accounts: Accounts,
        *,
        tell: Callable[[str], None],
        route: Iterable[Walk] | None = None,
    ) -> None:
        self.plan, self.tally, self.stop = plan, Tally(), threading.Event()
        self._site = Site(plan.url, tally=self.tally, stop=self.stop, patience_s=plan.patience_s, tell=tell)
        self._street = Street(plan.speed, plan.key, accounts, self.tally, self.stop)
        self._lock = threading.Lock()
        self._walks = iter(walks.walks(plan.seed) if route is None else route)
        self._jars: dict[int, tuple[float, Cookies]] = {}  # by shopper: when she left, and her cookies

    def greet(self) -> None:
        """Looks whether this is a demo that sells the world's goods. SiteAway, Unwelcome."""
        browser, product = Browser(self._site), catalogue().products[0]
        strange = f"{self._site.url} is no demo: simulated shoppers walk in a demo only."
        empty = f"{self._site.url} does not sell the demo's goods. Fill it first: manage.py load_demo"
        try:
            for path, reason in (("/demo/mail/", strange), (f"/shop/p/{product.product_id}/", empty)):
                status = browser.get(path).status
                if status != 200:
                    raise Unwelcome(reason if status == 404 else f"{self._site.url}{path} answered {status}.")
        finally:
            browser.close()

    def walk(self, *, seconds: float | None, look: Callable[[Tally], None]) -> None:
        """Until the time is over or `stop` is set; `look` is called twice a second. What threw one out is raised."""
        self.tally.begin()
        with ThreadPoolExecutor(self.plan.shoppers, thread_name_prefix="shopper") as pool:
            lives = [pool.submit(self._live, number) for number in range(self.plan.shoppers)]
            try:
                self._watch(lives, seconds=seconds, look=look)
            finally:
                self.stop.set()
        for life in lives:
            life.result()

    def _watch(
        self, lives: list[Future[None]], *, seconds: float | None, look: Callable[[Tally], None]
    ) -> None:
        ends = None if seconds is None else real_ms() + seconds * 1000
        while not self.stop.is_set() and (ends is None or real_ms() < ends):
            done, _ = wait(lives, timeout=0.5, return_when=FIRST_EXCEPTION)
            look(self.tally)
            if len(done) == len(lives) or any(life.exception() for life in done):
                return

    def _live(self, number: int) -> None:
        rng = Random(f"{self.plan.seed} {number}")  # noqa: S311 - no secrets
        self.stop.wait(rng.random() * DOORS_S)
        while not self.stop.is_set():
            with self._lock:
                walk = next(self._walks, None)
            if walk is None:
                return
            try:
                self._visit(walk, rng)
            except Stopped:
                return
            self.stop.wait(2 * self.plan.rest_s * rng.random())

    def _visit(self, walk: Walk, rng: Random) -> None:
        agent = ROBOT if walk.is_robot and walk.number % 3 == 0 else FIREFOX
        browser = Browser(self._site, agent=agent, cookies=self._jar(walk))
        try:
            Visit(walk, browser, self._street, rng).run()
        finally:
            browser.close()
            with self._lock:
                self._jars[walk.shopper] = real_ms(), browser.cookies

    def _jar(self, walk: Walk) -> Cookies:
        """Her cookies, if her last visit is over by her own clock; else she comes with another device."""
        began = real_ms() - walk.lasts_ms - AFTERWARDS_MS
        with self._lock:
            left, cookies = self._jars.pop(walk.shopper, (0.0, {}))
        return cookies if left + SILENCE_MS < began else {}
