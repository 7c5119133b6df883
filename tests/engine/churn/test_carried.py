"""A net that carries its state reads each step once and says what it would say of the whole trail."""

import pytest

pytest.importorskip("torch", reason="PyTorch is not installed (pip install -r requirements-nets.txt)")

from net_ladder import events, packed

from engine.churn import serve
from engine.churn.calibration import Calibration
from engine.contracts import EventIn
from engine.visit import empty, fold


@pytest.fixture(scope="module")
def carrying():
    return serve.load(packed("b5"))


def test_what_is_carried_gives_what_the_whole_trail_gives(carrying):
    state, carried = empty("v", "s"), None
    for event in events(50):
        state = fold(state, event)
        risk = carrying.score(state, carried=carried)
        assert risk.churn == pytest.approx(carrying.score(state).churn, abs=1e-5)
        carried = risk.carried
    assert len(carried) == 8 + 4 + 32 * 4


def test_several_steps_may_come_at_once(carrying):
    state, carried = empty("v", "s"), None
    for number, event in enumerate(events(40)):
        state = fold(state, event)
        if number in (3, 4, 11, 39):
            risk = carrying.score(state, carried=carried)
            assert risk.churn == pytest.approx(carrying.score(state).churn, abs=1e-5)
            carried = risk.carried


def test_a_step_is_not_read_twice(carrying):
    state = empty("v", "s")
    for event in events(9):
        state = fold(state, event)
    first = carrying.score(state)
    late = fold(state, EventIn("", "s", "v", 1_000_001, "page_view"))

    assert carrying.score(state, carried=first.carried).churn == pytest.approx(first.churn, abs=1e-6)
    assert carrying.score(late, carried=first.carried).churn == carrying.score(late).churn


def test_beyond_fifty_steps_only_what_is_carried_remembers_the_first(carrying):
    state, carried = empty("v", "s"), None
    for event in events(80):
        state = fold(state, event)
        carried = carrying.score(state, carried=carried).carried
    anew = carrying.score(state)

    assert anew.carried is not None
    assert len(anew.carried) == len(carried)
    assert 0 < anew.churn < 1


@pytest.mark.parametrize(
    "change",
    [
        lambda kept: b"",
        lambda kept: kept[:-1],
        lambda kept: b"otherone" + kept[8:],
        lambda kept: kept[:8] + (99).to_bytes(4, "little") + kept[12:],
    ],
    ids=["nothing", "cut", "of another model", "of more steps than there were"],
)
def test_what_does_not_fit_is_made_anew_from_the_trail(carrying, change):
    state = empty("v", "s")
    for event in events(9):
        state = fold(state, event)
    anew = carrying.score(state)

    assert carrying.score(state, carried=change(anew.carried)) == anew


def test_what_another_model_carried_is_not_read(carrying):
    other = serve.load(packed("b5", line=Calibration((0.1, 1.0))))
    state = fold(empty("v", "s"), events(1)[0])
    foreign = other.score(state).carried

    assert foreign[:8] != carrying.score(state).carried[:8]
    assert carrying.score(state, carried=foreign) == carrying.score(state)
