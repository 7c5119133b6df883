"""A net that has learnt: what it says of windows, and what the artefact keeps of it."""

from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray

from engine.churn.columns import STEPS, Words
from engine.churn.nets import graphs
from engine.churn.nets.layers import Net
from engine.churn.nets.rows import Rows, in_order
from engine.churn.windows import Windows

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class FittedNet:
    """A fitted rung: `b4` or `b5`. Asking it changes nothing in it."""

    name: str
    net: Net
    words: Words
    seconds: float
    best_epoch: int

    def score(self, windows: Windows) -> Floats:
        """(n,) the chance of churn."""
        rows = Rows(windows)
        found = np.zeros(len(rows))
        with torch.no_grad():
            for some in in_order(rows.length):
                found[some] = torch.sigmoid(self.net(rows.batch(some))[0]).numpy()
        return found

    def embed(self, windows: Windows) -> NDArray[np.float32]:
        """(n, E) what the heads read."""
        rows = Rows(windows)
        found = np.zeros((len(rows), self.net.heads.churn.in_features), dtype=np.float32)
        with torch.no_grad():
            for some in in_order(rows.length):
                found[some] = self.net.embed(rows.batch(some))[0].numpy()
        return found

    def attention(self, windows: Windows) -> NDArray[np.float32]:
        """(n, STEPS) how much each step weighed, the newest last; all 0 for a net without attention."""
        rows = Rows(windows)
        found = np.zeros((len(rows), STEPS), dtype=np.float32)
        with torch.no_grad():
            for some in in_order(rows.length):
                weights = self.net.embed(rows.batch(some))[1].numpy()
                for row, length, each in zip(some, rows.length[some], weights, strict=True):
                    found[row, STEPS - length :] = each[:length]
        return found

    def parts(self) -> dict[str, bytes]:
        """The graphs that serve, by the names of their files."""
        return graphs.of(self.name, self.net)


def losses_of(net: Net, rows: Rows) -> Floats:
    """(n,) log-loss of churn."""
    found = np.zeros(len(rows))
    with torch.no_grad():
        for some in in_order(rows.length):
            logit = net(rows.batch(some))[0].double().numpy()
            found[some] = np.logaddexp(0.0, logit) - logit * rows.churned[some]
    return found
