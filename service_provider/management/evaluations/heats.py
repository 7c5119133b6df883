"""The heats of an evaluation on several processors. Which process walks which does not change a figure."""

import multiprocessing
import os
import queue
import signal
import threading
import time
from collections.abc import Callable, Generator, Sequence
from concurrent.futures import Future, ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from typing import Any, TypeVar

from threadpoolctl import threadpool_limits

from engine.contracts import Progress

T = TypeVar("T")
MOST = 4
LISTEN = 0.5  # seconds until the next look at what is done
_news: Any = None  # of a child: where it tells that a fit is done


class CrewLost(Exception):
    """A process is gone; the text says what to do."""

    def __init__(self) -> None:
        super().__init__(
            "One of the processes was ended from outside, most often because memory ran out. End other work on this "
            "machine, or take --processes 1, and start again."
        )


def walk(
    part: Callable[..., Generator[Progress, None, T]], heats: Sequence[Any], *, processes: int = 0
) -> Generator[Progress, None, list[T]]:
    """`part(heat, clock=...)` of every heat, results in the order of the heats. `processes` 0: as many as there are
    processors, at most four. CrewLost where one of them dies; whatever ends this generator ends the children."""
    processes = min(processes or min(MOST, os.cpu_count() or 1), len(heats))
    if processes < 2:
        return (yield from _alone(part, heats))
    return (yield from _together(part, heats, processes))


def _alone(part: Any, heats: Sequence[Any]) -> Generator[Progress, None, list[Any]]:
    found = []
    for place, heat in enumerate(heats):
        steps = part(heat, clock=time.perf_counter)
        while True:
            try:
                step = next(steps)
            except StopIteration as end:
                found.append(end.value)
                break
            yield Progress(step.stage, place * step.total + step.done, len(heats) * step.total)
    return found


def _together(part: Any, heats: Sequence[Any], processes: int) -> Generator[Progress, None, list[Any]]:
    context = multiprocessing.get_context("spawn")
    news, others = context.Queue(), set(multiprocessing.active_children())
    pool = ProcessPoolExecutor(processes, context, _begin, (news,))
    try:
        waiting = [pool.submit(_walk, place, part, heat) for place, heat in enumerate(heats)]
        yield from _watch(waiting, news)
        return [one.result() for one in waiting]
    except BrokenProcessPool as broken:
        raise CrewLost from broken
    finally:
        pool.shutdown(wait=False, cancel_futures=True)
        for child in set(multiprocessing.active_children()) - others:
            child.terminate()


def _watch(waiting: Sequence[Future[Any]], news: Any) -> Generator[Progress, None, None]:
    """One step a look, until every heat is done or one has failed."""
    done: dict[int, Progress] = {}
    while not all(one.done() for one in waiting):
        if any(one.done() and one.exception() for one in waiting):
            return
        try:
            place, step = news.get(timeout=LISTEN)
        except queue.Empty:
            continue
        done[place] = step
        fits = sum(step.total if waiting[at].done() else step.done for at, step in done.items())
        unheard = step.total * (len(waiting) - len(done))
        yield Progress(step.stage, fits, sum(heard.total for heard in done.values()) + unheard)


def _begin(news: Any) -> None:
    """In a child: only its parent says when to stop, it does not outlive its parent, and it counts on one thread."""
    global _news
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    threading.Thread(target=_end_with_parent, daemon=True).start()
    _news = news


def _end_with_parent() -> None:
    parent = multiprocessing.parent_process()
    if parent is not None:
        parent.join()
        os._exit(1)  # a parent that was killed can tell nobody


def _walk(place: int, part: Any, heat: Any) -> Any:
    with threadpool_limits(limits=1):
        steps = part(heat, clock=time.perf_counter)
        while True:
            try:
                step = next(steps)
            except StopIteration as end:
                return end.value
            _news.put((place, step))
