"""The simulated mall without coupons as a log of events, and what the best observer could know of its visits."""

from collections.abc import Callable, Generator
from dataclasses import dataclass

import numpy as np

from engine.churn.ladder.bound import Bound
from engine.churn.windows import EventLog, Windows, make_log
from engine.contracts import Progress
from engine.simulate import bayes
from engine.simulate.bayes import Observations
from engine.simulate.chance.draws import Ints
from engine.simulate.mall import days, log
from engine.simulate.mall.catalogue import Catalogue
from engine.simulate.mall.days import WorldSettings, open_mall
from engine.simulate.mall.walk import Trail, walk

EACH = 2_000  # windows between two reports of progress
MOST_ASKED, MOST_WITH_HISTORY = 40_000, 8_000


@dataclass(frozen=True)
class Watched:
    """A run: its log, and what its Bayes filter reads of the same visits, in the order of the log's visits."""

    settings: WorldSettings
    log: EventLog
    seen: Observations


def run(settings: WorldSettings) -> Generator[Progress, None, Watched]:
    """The visits of every day, in the order in which things happened: nothing late, repeated or made by robots, for
    the filter reads what happened."""
    mall, parts, seen = open_mall(settings), list[dict[str, Ints]](), list[Observations]()
    for day in range(settings.days):
        batch = days.coming(mall, day)
        carried = days.carried(mall, batch.shopper, day)
        trails: list[Trail] = []
        ends = walk(mall.world, batch, margins=mall.margins, trails=trails)
        days.close(mall, day, ends)
        seen.append(bayes.observed(trails, ends, carried=carried, goods=mall.world.catalogue))
        parts.append(log.happened(trails, ends))
        yield Progress("Simulating days", day + 1, settings.days)
    joined = bayes.join(seen)
    return Watched(settings, _log(parts, mall.world.catalogue), joined.take(np.argsort(joined.visit)))


def _log(parts: list[dict[str, Ints]], goods: Catalogue) -> EventLog:
    rows = {name: np.concatenate([part[name] for part in parts]) for name in parts[0]}
    product = rows["product"]
    return make_log(
        rows["visit"],
        rows["shopper"],
        rows["occurred_ms"],
        rows["kind"],
        product=product,
        category=rows["category"],
        price_minor=np.where(product >= 0, goods.price_minor[np.maximum(product, 0)], -1),
        quantity=rows["quantity"],
        categories=goods.categories,
    )


def bound(
    watched: Watched, *, draws: int = 2_000, with_history: bool = False
) -> Callable[[Windows], Generator[Progress, None, Bound]]:
    """Asks the filter about windows of the run as a policy stands: the newest click was seen, and whether she buys or
    leaves there is not known. It knows the day and the visit alone, as rungs without a standing of shoppers do;
    `with_history` also the shopper's earlier visits."""

    def ask(windows: Windows) -> Generator[Progress, None, Bound]:
        found = np.full(len(windows), np.nan)
        step, seen = windows.step.astype(np.int64), watched.seen
        rows = np.flatnonzero(seen.clicks[windows.visit] >= step)
        most = MOST_WITH_HISTORY if with_history else MOST_ASKED
        rows = rows[:: max(1, -(-len(rows) // most))]
        lives = None if with_history else bayes.live(watched.settings, draws=draws)
        for start in range(0, len(rows), EACH):
            yield Progress("Asking the Bayes filter", start, len(rows))
            some = rows[start : start + EACH]
            visits = seen.take(windows.visit[some])
            past = seen if with_history else None
            answer = bayes.filter_at(
                visits, at=step[some], past=past, lives=lives, draws=draws, is_running=False
            )
            found[some] = answer.chance
        return Bound(found, _note(len(rows), len(windows), draws, with_history))

    return ask


def _note(asked: int, windows: int, draws: int, with_history: bool) -> str:
    knows = "the day and all visits of the shopper" if with_history else "the day and the visit"
    return (
        f"The Bayes filter was asked about {asked:,} of {windows:,} windows, from {draws:,} draws: those that come "
        f"before the end of their visit, evenly spaced where there are many. It knows {knows}; bayes_share is the part "
        "of its expected gain over b0 in log-loss."
    )
