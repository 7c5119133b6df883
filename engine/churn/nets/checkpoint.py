"""A training on its way: the net, its optimiser, the averages, and all of it as bytes and back. No pickle."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from io import BytesIO
from typing import Any

import numpy as np
import torch
from torch import Tensor

from engine import artefacts
from engine.artefacts import ArtefactCorrupt
from engine.churn.columns import CHURN_VERSION
from engine.churn.nets.layers import Net
from engine.features import FEATURES_VERSION

_MOMENTS = ("exp_avg", "exp_avg_sq", "step")


@dataclass
class Course:
    """A net and how far its training has come."""

    net: Net
    optimiser: torch.optim.Adam
    epoch: int = 0
    patience: int = 0
    seconds: float = 0.0
    best: float | None = None
    best_epoch: int = 0
    updates: int = 0
    mean: dict[str, Tensor] = field(default_factory=dict)
    best_mean: dict[str, Tensor] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.mean = {name: value.detach().clone() for name, value in self.net.named_parameters()}
        self.best_mean = self.mean

    def average(self, kept: float) -> None:
        """Takes the weights as they are into the running mean; the first ones do not linger in it."""
        self.updates += 1
        share = 1.0 - min(kept, self.updates / (self.updates + 9.0))
        with torch.no_grad():
            for name, value in self.net.named_parameters():
                self.mean[name] = self.mean[name].lerp(value, share)

    @contextmanager
    def averaged(self) -> Iterator[None]:
        """The net has its mean weights within."""
        own = {name: value.detach().clone() for name, value in self.net.named_parameters()}
        _put(self.net, self.mean)
        try:
            yield
        finally:
            _put(self.net, own)

    def judge(self, loss: float | None) -> None:
        """Ends an epoch. Without anything to be judged on, the newest is the best."""
        self.epoch += 1
        if loss is None or self.best is None or loss < self.best:
            self.best, self.best_epoch, self.patience = loss, self.epoch, 0
            self.best_mean = dict(self.mean)
        else:
            self.patience += 1

    def take_best(self) -> None:
        _put(self.net, self.best_mean)


def _put(net: Net, weights: dict[str, Tensor]) -> None:
    with torch.no_grad():
        for name, value in net.named_parameters():
            value.copy_(weights[name])


def kept(course: Course, *, name: str) -> bytes:
    """All that `again` needs."""
    said = {
        "net": name, "versions": _VERSIONS, "shapes": _shapes(course), "epoch": course.epoch,
        "patience": course.patience, "seconds": course.seconds, "best": course.best,
        "best_epoch": course.best_epoch, "updates": course.updates,
    }  # fmt: skip
    parts = {"card.json": json.dumps(said, sort_keys=True).encode()}
    for kind, tensors in _tensors(course).items():
        parts.update({f"{kind}/{key}": _bytes(value) for key, value in tensors.items()})
    return artefacts.pack(parts)


def again(course: Course, state: bytes, *, name: str) -> None:
    """Puts a course where its checkpoint was. ValueError for one of another net, other words or other versions."""
    try:
        parts = artefacts.unpack(state)
        said = json.loads(parts["card.json"])
    except (ArtefactCorrupt, KeyError, ValueError) as fault:
        raise ValueError("The checkpoint of a net is damaged: its training begins anew.") from fault
    if (said["net"], said["versions"], said["shapes"]) != (name, _VERSIONS, _shapes(course)):
        raise ValueError("The checkpoint is of another net, other words or another version.")
    read = {kind: _read(parts, kind) for kind in ("net", "mean", "best", *_MOMENTS)}
    _put(course.net, read["net"])
    course.mean, course.best_mean = read["mean"], read["best"]
    for key, value in course.net.named_parameters():
        if key in read["step"]:
            course.optimiser.state[value] = {moment: read[moment][key] for moment in _MOMENTS}
    course.epoch, course.patience, course.seconds = said["epoch"], said["patience"], said["seconds"]
    course.best, course.best_epoch, course.updates = said["best"], said["best_epoch"], said["updates"]


_VERSIONS = [FEATURES_VERSION, CHURN_VERSION]


def _shapes(course: Course) -> dict[str, list[int]]:
    return {name: list(value.shape) for name, value in course.net.named_parameters()}


def _tensors(course: Course) -> dict[str, dict[str, Tensor]]:
    named = dict(course.net.named_parameters())
    moments: dict[str, dict[str, Any]] = {
        moment: {
            key: course.optimiser.state[value][moment]
            for key, value in named.items()
            if value in course.optimiser.state  # a weight that no loss has asked for yet has none
        }
        for moment in _MOMENTS
    }
    own = {key: value.detach() for key, value in named.items()}
    return {"net": own, "mean": course.mean, "best": course.best_mean} | moments


def _bytes(value: Tensor) -> bytes:
    out = BytesIO()
    np.save(out, value.detach().numpy(), allow_pickle=False)
    return out.getvalue()


def _read(parts: dict[str, bytes], kind: str) -> dict[str, Tensor]:
    begin = f"{kind}/"
    return {
        name.removeprefix(begin): torch.from_numpy(np.load(BytesIO(content), allow_pickle=False))
        for name, content in parts.items()
        if name.startswith(begin)
    }
