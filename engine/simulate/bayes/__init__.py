"""The Bayes filter: P(purchase later in a visit | what was observed of it), docs/algorithms/bayes_filter.md."""

from engine.simulate.bayes.filters import BayesAnswer, filter_at
from engine.simulate.bayes.observations import Observations, join, observed, untreated
from engine.simulate.bayes.population import Lives, live

__all__ = ["BayesAnswer", "Lives", "Observations", "filter_at", "join", "live", "observed", "untreated"]
