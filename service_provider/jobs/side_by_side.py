"""A rehearsal on several processors: the parts of the engine's own course, walked by processes of this one.

The report is that of `engine.simulate.rehearsal.rehearse` to the last digit: parts do not depend on each other's
order. Children are started anew (spawn), know nothing of the site, and end with this process.
"""

import multiprocessing
import os
import queue
import signal
import threading
from collections.abc import Callable, Generator, Mapping
from concurrent.futures import ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from dataclasses import dataclass
from typing import Any

from engine.contracts import Progress, RehearsalReport, RehearsalSettings
from engine.simulate.rehearsal import course
from engine.simulate.rehearsal.comparison import report
from engine.simulate.rehearsal.contestants import Contest, ground_of, wanted
from engine.simulate.rehearsal.course import Road
from engine.simulate.rehearsal.grounds import GROUNDS, ground

LISTEN = 0.5  # seconds until the next sign of life, news or not
MOST = 4

Part = Callable[..., Generator[Progress, None, Any]]
_news: Any = None  # of a child: where it tells how far it is
_contest: Contest | None = None  # of a child: sent once, not with every seed


class CrewLost(Exception):
    """A process that walked a part is gone; the text says what to do."""

    def __init__(self) -> None:
        super().__init__(
            "One of the rehearsal's processes was ended from outside, most often because memory ran out. Take fewer "
            "shoppers or days, or end other work on this machine, and start again."
        )


def rehearse(
    settings: RehearsalSettings, *, processes: int = 0
) -> Generator[Progress, None, RehearsalReport]:
    """As the engine's, on `processes` (0: as many as there are processors, at most four)."""
    processes = processes or min(MOST, os.cpu_count() or 1)
    if processes < 2:
        return (yield from course.rehearse(settings))
    course.check(settings)
    crew = _Crew(processes, Road(settings))
    grounds = yield from crew.walk({name: (ground, settings, name) for name in GROUNDS})
    lessons = {name: (course.learning, settings, name, grounds[ground_of(name)]) for name in wanted(settings)}
    learned = yield from crew.walk(lessons)
    contest = course.ready(settings, learned, grounds)
    seeds = {f"seed {place}": (_seed_runs, place) for place in range(settings.seeds)}
    runs = yield from crew.walk(seeds, contest)
    budget = contest.budget_minor(settings.budget_rate)
    return report(settings, budget, [runs[name] for name in seeds])


@dataclass(frozen=True, slots=True)
class _Crew:
    processes: int
    road: Road

    def walk(
        self, parts: Mapping[str, tuple[Any, ...]], contest: Contest | None = None
    ) -> Generator[Progress, None, dict[str, Any]]:
        """Every part to its end, longest first; whatever ends this generator ends the children."""
        context = multiprocessing.get_context("spawn")
        news, others = context.Queue(), set(multiprocessing.active_children())
        pool = ProcessPoolExecutor(min(self.processes, len(parts)), context, _begin, (news, contest))
        try:
            order = sorted(parts, key=lambda name: -self.road.lengths[name])
            waiting = {name: pool.submit(_walk, name, *parts[name]) for name in order}
            found: dict[str, Any] = {}
            step = Progress("Starting", 0, 1)
            while waiting:
                step = self._listen(news) or step
                for name in [name for name, part in waiting.items() if part.done()]:
                    found[name] = waiting.pop(name).result()
                    self.road.finish(name)
                yield step
            return found
        except BrokenProcessPool as broken:
            raise CrewLost from broken
        finally:
            pool.shutdown(wait=False, cancel_futures=True)
            for child in set(multiprocessing.active_children()) - others:
                child.terminate()

    def _listen(self, news: Any) -> Progress | None:
        try:
            name, step = news.get(timeout=LISTEN)
        except queue.Empty:
            return None
        return self.road.at(name, step)


def _begin(news: Any, contest: Contest | None) -> None:
    """In a child: only its parent says when to stop, and it does not outlive its parent."""
    global _news, _contest
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    threading.Thread(target=_end_with_parent, daemon=True).start()
    _news, _contest = news, contest


def _end_with_parent() -> None:
    parent = multiprocessing.parent_process()
    if parent is not None:
        parent.join()
        os._exit(1)  # a parent that was killed can tell nobody


def _walk(name: str, part: Part, *given: Any) -> Any:
    steps = part(*given)
    while True:
        try:
            step = next(steps)
        except StopIteration as end:
            return end.value
        _news.put((name, step))


def _seed_runs(place: int) -> Generator[Progress, None, Any]:
    if _contest is None:
        raise RuntimeError("A seed was begun before its contest.")
    return course.seed_runs(_contest, place)
