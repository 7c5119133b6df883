"""What a simulated mall must offer to be written down."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from engine.contracts import SHOPPER_TYPES
from engine.features import FEATURES
from engine.simulate import history
from engine.simulate.history import WorldSettings
from engine.simulate.mall.catalogue import Catalogue, catalogue
from engine.simulate.mall.columns import Day
from engine.simulate.mall.sales import MOST_MARGIN_BP


@dataclass(frozen=True, slots=True)
class Source:
    """One run of the world. `days` is walked once, a day at a time."""

    settings: Mapping[str, Any]  # as the manifest tells them: plain texts and numbers
    seed: int
    day_count: int
    goods: Catalogue
    features: Sequence[str]  # names of the columns of DecisionColumns.features
    days: Iterable[Day]
    genders: Sequence[str]  # by shopper
    ages: NDArray[np.int64]  # by shopper
    margins_bp: Sequence[int]  # by product: what this run reckoned with
    truth: Mapping[str, NDArray[Any]]  # latent columns by shopper; whoever has a higher number is a bot


def settings_facts(settings: WorldSettings) -> dict[str, Any]:
    """The settings as texts and numbers, in the order of their names."""
    facts = asdict(settings) | {"start": settings.start.isoformat()}
    return {name: facts[name] for name in sorted(facts)}


def source_of(settings: WorldSettings) -> Source:
    """The world of these settings; nothing of it is computed before its days are walked."""
    people, goods, latent = history.demographics(settings), catalogue(), dict(history.truth(settings))
    margins = np.minimum(np.rint(goods.margin_bp * settings.margin_scale), MOST_MARGIN_BP)
    latent["type"] = np.array(SHOPPER_TYPES)[latent["type"]]
    return Source(
        settings=settings_facts(settings),
        seed=settings.seed,
        day_count=settings.days,
        goods=goods,
        features=FEATURES,
        days=history.days(settings),
        genders=np.where(people["is_woman"] == 1, "Female", "Male").tolist(),
        ages=people["age"],
        margins_bp=margins.astype(np.int64).tolist(),
        truth=latent,
    )
