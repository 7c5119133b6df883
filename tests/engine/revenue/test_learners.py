"""Every learner passes the same list."""

import numpy as np
import pytest
from revenue_rows import finish
from sklearn.dummy import DummyClassifier
from sklearn.ensemble import VotingClassifier

from engine.contracts import MEMBERS
from engine.revenue import learners

NAMES = (*MEMBERS, "random_forest", "knn")


def table(seed, rows=160):
    rng = np.random.default_rng(seed)
    features = rng.normal(size=(rows, 5)).astype(np.float32)
    return features, (features[:, 0] + rng.normal(0, 0.5, rows) > 0).astype(np.int64)


def scores(name, features, labels, on, seed=0):
    return learners.score(finish(learners.fit(name, features, labels, seed=seed)), on)


@pytest.mark.parametrize("name", NAMES)
def test_same_seed_same_scores(name):
    features, labels = table(1)
    assert np.array_equal(scores(name, features, labels, features), scores(name, features, labels, features))


@pytest.mark.parametrize("name", NAMES)
def test_it_learns(name):
    features, labels = table(1)
    model = finish(learners.fit(name, features, labels, seed=0))
    fresh, truth = table(2)
    assert set(model.predict(fresh)) <= {0, 1}
    assert np.mean(model.predict(fresh) == truth) > 0.7


@pytest.mark.parametrize("name", NAMES)
def test_answering_leaves_no_trace(name):
    features, labels = table(1)
    model = finish(learners.fit(name, features, labels, seed=0))
    before = learners.score(model, features)
    model.predict(table(3)[0] * 100)
    assert np.array_equal(learners.score(model, features), before)


@pytest.mark.parametrize("name", NAMES)
def test_long_fits_can_be_stopped_in_between(name):
    features, labels = table(1)
    steps = learners.fit(name, features, labels, seed=0)
    next(steps)
    steps.close()


def test_the_id_reader_forgets_the_past():
    labels = np.array([0, 1] * 40)
    first, second = [f"a{i % 7} b" for i in range(80)], [f"c{i % 5} d" for i in range(80)]
    reader = learners.IdOnlyVote()
    finish(reader.grow(first, labels, seed=0))
    finish(reader.grow(second, labels, seed=0))
    fresh = finish(learners.IdOnlyVote().grow(second, labels, seed=0))
    assert np.array_equal(reader.votes(first + second), fresh.votes(first + second))


def test_the_id_reader_reads_words_of_the_id():
    labels = np.array([0, 1] * 60)
    ids = [("low" if label == 0 else "high") + f"-{i}" for i, label in enumerate(labels)]
    reader = finish(learners.IdOnlyVote().grow(ids, labels, seed=0))
    assert learners.hard_vote(reader.votes(["high-777", "low-777"])).tolist() == [1, 0]


def test_a_tie_is_low_as_in_voting_classifier():
    votes = np.array([[0, 1, 1, 1, 1], [0, 0, 1, 1, 1], [0, 0, 0, 1, 1], [0, 0, 0, 0, 1]])
    assert learners.hard_vote(votes).tolist() == [0, 0, 0, 1, 1]
    x, y = np.zeros((4, 1)), [0, 1, 0, 1]
    two_two = [(str(i), DummyClassifier(strategy="constant", constant=i % 2)) for i in range(4)]
    assert VotingClassifier(two_two).fit(x, y).predict(x[:1]) == [0]
