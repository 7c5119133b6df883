"""A net of its own for a segment is kept only where it is clearly better than the pooled one."""

from collections.abc import Generator
from dataclasses import dataclass, replace
from functools import cache
from typing import Any

import churn_logs
import net_visits
import numpy as np
import pytest
from churn_logs import Ticking

from engine.churn import serve, splits
from engine.churn.answers import voices
from engine.churn.columns import Words
from engine.churn.ladder import own_nets
from engine.churn.windows import Windows
from engine.contracts import Progress


@dataclass(frozen=True)
class Knows:
    """Says how often is bought, and by how much it knows who buys."""

    share: float
    name: str = "b4"

    def score(self, windows: Windows) -> np.ndarray:
        return 1.0 - (0.04 + self.share * windows.bought)

    def parts(self) -> dict[str, bytes]:
        return {"b4.onnx": str(self.share).encode()}


@cache
def parts() -> tuple[Windows, Windows]:
    """Half of the shoppers are of the segment `ours`, a few of `few`, the others of `theirs`."""
    made = churn_logs.mall_windows()
    segment = np.where(made.shopper % 50 == 0, 2, made.shopper % 2).astype(np.int16)
    made = replace(made, segment=segment, words=Words(made.words.categories, ("ours", "theirs", "few")))
    found = splits.by_time(made, seed=1)
    return made.take(found.train), made.take(found.validation)


def fit_cnn(train: Windows, valid: Windows, **options: Any) -> Generator[Progress, None, Knows]:
    """Learns something of `ours` alone."""
    yield Progress("Learning", 1, 1, b"a checkpoint")
    return Knows(0.5 if (train.segment == 0).all() else 0.0)


def fitted(monkeypatch: pytest.MonkeyPatch) -> own_nets.OwnNets:
    monkeypatch.setattr(own_nets, "LEAST_VISITS", 200)
    monkeypatch.setattr(own_nets, "LEAST_BUYERS", 20)
    steps = own_nets.fit(fit_cnn, Knows(0.1), *parts(), seed=1, epochs=1, clock=Ticking())
    found = churn_logs.result(steps)
    assert found is not None
    return found


def test_the_better_net_is_kept_and_the_other_told(monkeypatch: pytest.MonkeyPatch) -> None:
    found = fitted(monkeypatch)

    assert set(found.kept) == {0}
    assert set(found.gains) == {0, 1}
    assert found.gains[0].value > 0 > found.gains[1].value


def test_each_segment_is_answered_by_its_net(monkeypatch: pytest.MonkeyPatch) -> None:
    found, valid = fitted(monkeypatch), parts()[1]
    said = found.score(valid)
    ours = valid.segment == 0

    assert said[ours] == pytest.approx(Knows(0.5).score(valid)[ours])
    assert said[~ours] == pytest.approx(Knows(0.1).score(valid)[~ours])
    assert found.parts() == {"b4.onnx": b"0.1", "segment-0-b4.onnx": b"0.5"}


def test_no_segment_with_enough_visits_means_no_rung() -> None:
    steps = own_nets.fit(fit_cnn, Knows(0.1), *parts(), seed=1, epochs=1, clock=Ticking())

    assert churn_logs.result(steps) is None


def test_real_nets_of_segments_are_tried_and_served_as_they_learnt(monkeypatch: pytest.MonkeyPatch) -> None:
    """Where only the visits of one segment follow another law, its own net is tried, and the gain says what it is."""
    nets = pytest.importorskip("engine.churn.nets")
    monkeypatch.setattr(own_nets, "LEAST_VISITS", 20)
    monkeypatch.setattr(own_nets, "LEAST_BUYERS", 5)
    train, valid = net_visits.halves(net_visits.made())
    pooled = net_visits.finish(nets.fit_cnn(train, valid, seed=1, epochs=1, clock=Ticking()))
    steps = own_nets.fit(nets.fit_cnn, pooled, train, valid, seed=1, epochs=4, clock=Ticking())
    found = net_visits.finish(steps)

    assert set(found.gains) == {0, 1}
    for segment, gain in found.gains.items():
        assert (segment in found.kept) == (gain.value > (gain.high - gain.low) / 2 / 1.96)
    assert found.kept, "one epoch against four: the own net is better"
    voice, _ = voices.of_parts("b4_segments", found.parts(), len(train.words.segments))
    served = np.array([voice(one) for one in serve.seen(valid.aggregates, valid.steps)])
    assert np.abs(served - found.score(valid)).max() <= 1e-5
    ours = valid.segment == min(found.kept)
    assert np.abs(found.score(valid)[ours] - pooled.score(valid)[ours]).max() > 1e-3
