"""Nets of the ladder: they learn, the same seed gives the same net, and a broken training goes on as if unbroken."""

from dataclasses import replace

import numpy as np
import pytest

pytest.importorskip("torch", reason="PyTorch is not installed (pip install -r requirements-nets.txt)")

import net_visits
import torch
from net_visits import clock, finish, halves

from engine import artefacts
from engine.churn import nets
from engine.churn.columns import STEPS
from engine.churn.nets import loop
from engine.churn.nets.rows import Rows, batches, one_of_each_visit

TRAIN, VALID = halves(net_visits.made())
FITS = {"b4": nets.fit_cnn, "b5": nets.fit_gru}


def fitted(name, *, epochs=2, seed=3, train=TRAIN, valid=VALID, **more):
    return FITS[name](train, valid, seed=seed, epochs=epochs, clock=clock(), **more)


def run(steps):
    """The net, and every checkpoint on the way."""
    states = []
    while True:
        try:
            step = next(steps)
        except StopIteration as end:
            return end.value, states
        if step.state is not None:
            states.append(step.state)


def log_loss(net, rows):
    churn, bought = net.score(rows), rows.bought
    return float(-np.mean(np.where(bought > 0, np.log1p(-churn), np.log(churn))))


@pytest.fixture(scope="module", params=["b4", "b5"])
def name(request):
    return request.param


@pytest.fixture(scope="module")
def trained(name):
    return run(fitted(name))


def test_a_net_learns(name):
    net = finish(fitted(name, epochs=8))
    rate = TRAIN.bought.mean()
    plain = -np.mean(np.where(VALID.bought > 0, np.log(rate), np.log(1 - rate)))

    assert log_loss(net, VALID) < plain - 0.02
    assert 0 < net.score(VALID).min() <= net.score(VALID).max() < 1


def test_the_same_seed_makes_the_same_bytes(name, trained):
    again, states = run(fitted(name))

    assert again.parts() == trained[0].parts()
    assert states == trained[1]
    assert finish(fitted(name, seed=4)).parts() != again.parts()


def test_other_draws_of_the_process_change_nothing(name, trained):
    torch.manual_seed(99)
    torch.rand(5)
    before = torch.random.get_rng_state()
    net = finish(fitted(name))

    assert net.parts() == trained[0].parts()
    assert torch.equal(before, torch.random.get_rng_state())


def test_a_training_that_was_killed_goes_on_as_if_unbroken(name, trained):
    net, states = trained
    steps = fitted(name)
    while next(steps).state is None:
        pass
    steps.close()

    again, later = run(fitted(name, state=states[0]))

    assert again.parts() == net.parts()
    assert later == states[1:]


def test_a_finished_training_is_not_done_again(name, trained):
    net, states = trained

    again, later = run(fitted(name, state=states[-1]))

    assert (again.parts(), later) == (net.parts(), [])


@pytest.mark.parametrize("damage", [b"", b"no zip", None])
def test_a_damaged_checkpoint_is_refused_in_words(name, trained, damage):
    state = trained[1][0][:-40] if damage is None else damage

    with pytest.raises(ValueError, match="checkpoint of a net is damaged"):
        finish(fitted(name, state=state))


def test_a_checkpoint_of_another_net_is_refused(name, trained):
    other = "b5" if name == "b4" else "b4"

    with pytest.raises(ValueError, match="of another net"):
        finish(fitted(other, state=trained[1][0]))


def test_a_checkpoint_holds_no_pickle(trained):
    parts = artefacts.unpack(trained[1][0])

    assert {name for name in parts if not name.startswith(("net/", "mean/", "best/", "exp_avg", "step"))} == {
        "card.json"
    }
    assert all(content[:6] == b"\x93NUMPY" for name, content in parts.items() if name != "card.json")


def test_training_stops_when_validation_gets_no_better(name, monkeypatch):
    losses = iter([0.5, 0.4, 0.6, 0.6, 0.6, 0.1])
    monkeypatch.setattr(loop, "_validated", lambda course, asked: next(losses))

    net, states = run(fitted(name, epochs=6))

    assert (net.best_epoch, len(states)) == (2, 2 + loop.PATIENCE)


def test_the_state_of_torch_is_as_it_was(name, trained):
    torch.set_num_threads(1)

    assert not torch.are_deterministic_algorithms_enabled()


def test_one_visit_is_learnt_from(name):
    one = TRAIN.take(TRAIN.visit == TRAIN.visit[0])
    net = finish(fitted(name, epochs=1, train=one, valid=VALID.take(np.zeros(0, dtype=np.int64))))

    assert np.isfinite(net.score(VALID)).all()


@pytest.mark.parametrize("bought", [0, 1])
def test_one_class_only_is_learnt_from(name, bought):
    same = replace(TRAIN, bought=np.full(len(TRAIN), bought, dtype=np.int8))
    net = finish(fitted(name, epochs=1, train=same))

    assert abs(net.score(VALID).mean() - (1 - bought)) < 0.05


def test_nothing_is_refused(name):
    with pytest.raises(ValueError, match="no visit"):
        finish(fitted(name, train=TRAIN.take(np.zeros(0, dtype=np.int64))))


def test_what_is_unknown_of_the_tasks_beside_is_left_out(name):
    unknown = replace(
        TRAIN, leaves=np.full_like(TRAIN.leaves, -1), next_category=np.zeros_like(TRAIN.next_category)
    )

    assert np.isfinite(finish(fitted(name, epochs=1, train=unknown)).score(VALID)).all()


def test_embedding_and_attention_have_a_row_each(name, trained):
    net = trained[0]
    attention, embedding = net.attention(VALID), net.embed(VALID)

    assert embedding.shape == (len(VALID), 24)
    assert attention.shape == (len(VALID), STEPS)
    if name == "b4":
        np.testing.assert_allclose(attention.sum(axis=1), 1.0, rtol=1e-5)
        assert (attention[VALID.steps[:, :, 0] == 0] == 0).all()
    else:
        assert not attention.any()


def test_a_prefix_is_scored_alike_in_any_company(name, trained):
    alone = np.array([trained[0].score(VALID.take(np.array([row])))[0] for row in range(40)])

    np.testing.assert_allclose(alone, trained[0].score(VALID)[:40], atol=1e-6)


def test_one_prefix_of_each_visit_is_drawn_and_others_the_next_time():
    rows = Rows(TRAIN)
    first, second = (one_of_each_visit(rows.visit, np.random.default_rng(seed)) for seed in (1, 2))

    assert sorted(rows.visit[first]) == sorted(set(rows.visit))
    assert not np.array_equal(first, second)


def test_a_drawn_prefix_counts_for_all_of_its_visit():
    """Else the first prefixes of short visits, the only ones they have, would count more than those of long ones."""
    rows = Rows(TRAIN)
    drawn = [one_of_each_visit(rows.visit, np.random.default_rng(seed)) for seed in range(300)]
    at_three = np.mean([rows.drawn_for[some][TRAIN.step[some] == 3].sum() for some in drawn])

    assert at_three == pytest.approx((TRAIN.step == 3).sum(), rel=0.05)


def test_batches_hold_every_row_once():
    rows = Rows(TRAIN)
    parts = batches(np.arange(len(rows)), rows.length, np.random.default_rng(1))

    assert sorted(np.concatenate(parts)) == list(range(len(rows)))


def test_a_net_learns_who_leaves_too(name):
    train, valid = TRAIN.to_leave(), VALID.to_leave()
    net = finish(fitted(name, epochs=1, train=train, valid=valid))

    assert np.isfinite(net.score(valid)).all()
