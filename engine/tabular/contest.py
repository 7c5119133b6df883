"""Models on the same split: every one learns the same rows and is asked the same rows."""

from collections.abc import Generator, Mapping
from dataclasses import dataclass

from engine.contracts import Progress
from engine.tabular.columns import Floats, Ints, Table
from engine.tabular.figures import best_threshold
from engine.tabular.learners import Boosting, Forest, Learner, Logistic, Nets, RandomTrees, Rate, Vote
from engine.tabular.rates import WithRates
from engine.tabular.splits import FOLDS, Split, folds
from engine.tabular.stack import Answer, Clock, ask, join

STACK = "stack"
BASELINE = "rate"
RIVAL = "lightgbm"


@dataclass(frozen=True, slots=True)
class Lineup:
    """Who competes: baselines by name, and the members that the stack joins."""

    baselines: Mapping[str, Learner]
    members: Mapping[str, Learner]

    @property
    def names(self) -> tuple[str, ...]:
        return (*self.baselines, *self.members, STACK)

    @property
    def fits(self) -> int:
        """Steps of one split."""
        return (len(self.baselines) + len(self.members)) * (FOLDS + 1)


RATES_BY = (("TrafficType",), ("Month", "TrafficType"))

VISITS = Lineup(
    baselines={
        BASELINE: Rate(),
        "logistic_regression": Logistic(),
        "vote": Vote(),
        "random_forest": Forest(),
        RIVAL: Boosting(),
    },
    members={
        "boosting_on_shapes": WithRates(
            Boosting(300, bags=2, widened=True, changed={"feature_fraction": 0.5}), RATES_BY
        ),
        "random_trees": WithRates(RandomTrees(), RATES_BY),
        "nets": Nets(),
    },
)


@dataclass(frozen=True, slots=True)
class Said:
    """What a model says of the test rows, and from which chance on it calls one (chosen on the training rows)."""

    chances: Floats
    threshold: float
    seconds: float


@dataclass(frozen=True, slots=True)
class Round:
    """One split: the test rows' labels, what everybody says, and the weights of the stack."""

    name: str
    train_rows: int
    labels: Ints
    said: Mapping[str, Said]
    weights: Mapping[str, float]


def compete(
    table: Table, split: Split, lineup: Lineup, *, seed: int, clock: Clock
) -> Generator[Progress, None, Round]:
    """Every model of the lineup on this split; one step a fit."""
    train, test = table.take(split.train), table.take(split.test)
    inner, done = folds(train, seed=seed), 0
    answers: dict[str, Answer] = {}
    for name, learner in {**lineup.baselines, **lineup.members}.items():
        steps = ask(learner, train, test, folds=inner, seed=seed, clock=clock)
        while True:
            yield Progress(f"{split.name}: {name}", done, lineup.fits)
            try:
                next(steps)
            except StopIteration as end:
                answers[name] = end.value
                break
            done += 1
    answers[STACK], weights = join({name: answers[name] for name in lineup.members}, train.labels)
    said = {
        name: Said(answer.asked, best_threshold(train.labels, answer.held), answer.seconds)
        for name, answer in answers.items()
    }
    return Round(split.name, len(train), test.labels, said, weights)
