"""Every rung of the ladder, fitted once on a few made-up visits, and the artefacts that training would write."""

from dataclasses import replace
from functools import cache

import net_visits
import numpy as np
from net_visits import clock, finish, halves

from engine.churn import calibration, nets
from engine.churn.calibration import Calibration
from engine.churn.ladder import artefact as ladder_artefact
from engine.churn.ladder.choice import Choice
from engine.churn.ladder.climb import Climbed
from engine.churn.ladder.own_nets import OwnNets
from engine.churn.rungs import boosting, counting, joined, lines
from engine.churn.splits import Parts
from engine.contracts import EventIn

WORLD, MADE = net_visits.world(), net_visits.made()
TRAIN, VALID = halves(MADE)
RUNGS = ("b0", "b1", "b2", "b2s", "b3", "b4", "b4_segments", "b5", "b6", "b7")
NO_ROWS = np.zeros(0, dtype=np.int64)


@cache
def rungs():
    cnn = finish(nets.fit_cnn(TRAIN, VALID, seed=1, epochs=2, clock=clock()))
    own = finish(nets.fit_cnn(TRAIN, VALID, seed=2, epochs=1, clock=clock()))
    gru = finish(nets.fit_gru(TRAIN, VALID, seed=1, epochs=2, clock=clock()))
    trees = finish(boosting.boosting(TRAIN, VALID, seed=1, bags=2))
    return {
        "b0": counting.rates(TRAIN),
        "b1": counting.chain(TRAIN, VALID),
        "b2": finish(lines.regression(TRAIN, VALID, seed=1)),
        "b2s": finish(lines.support_vectors(TRAIN, VALID, seed=1)),
        "b3": trees,
        "b4": cnn,
        "b4_segments": OwnNets("b4_segments", cnn, {1: replace(own, name="b4")}, {}),
        "b5": gru,
        "b6": finish(joined.forest(TRAIN, cnn, seed=1)),
        "b7": joined.stack(VALID, trees, gru, seed=1),
    }


def calibrated(name: str) -> Calibration:
    rung = rungs()[name]
    return calibration.fit(rung.score(VALID), VALID.bought, VALID.segment, VALID.weight)


def packed(name: str, *, line: Calibration | None = None) -> bytes:
    """The artefact that training would write of this rung."""
    every = np.arange(len(MADE))
    parts = Parts(NO_ROWS, NO_ROWS, NO_ROWS, test=every, never_seen=every < 0)
    fitted = {name: line or calibrated(name)}
    climbed = Climbed(parts, rungs={name: rungs()[name]}, calibrations=fitted)
    return ladder_artefact.pack(climbed, Choice(name, "for a test", 0.9), MADE, seed=1)


def events(number):
    kinds = ("page_view", "product_view", "add_to_cart", "cart_view", "search")
    return [
        EventIn(
            "", "s", "v", 1_000_000 + i * 4_321, kinds[i % 5], f"p{i % 7}", ("toys", "books")[i // 3 % 2], 250
        )
        for i in range(number)
    ]
