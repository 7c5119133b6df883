"""The nets as ONNX graphs, written by hand: whatever is linear and known beforehand is folded into tables.

Inputs: `codes` (L, 6) the steps of one visit without padding, `logs` (1, A) and `places` (1, 3) of
engine/churn/scaling.py, and for the GRU `hidden` (1, 1, H). Outputs: `chance` (1,) of churn, `embedding`
(1, E), and `attention` (L,) or the `remembered` (1, 1, H).
"""

from typing import Any

import numpy as np
from numpy.typing import NDArray
from torch import Tensor, nn

from engine.churn.codes import CODES
from engine.churn.columns import AGGREGATES
from engine.churn.graphs.draft import FLOAT, INT64, Draft
from engine.churn.nets.layers import Aggregates, Net, Steps

Array = NDArray[np.float32]


def of_cnn(net: Any) -> bytes:
    """The graph of a `nets.cnn.Cnn`."""
    draft = Draft("b4")
    steps = _steps(draft, net.steps)
    seen = draft.add("Unsqueeze", draft.add("Transpose", steps, perm=[1, 0]), draft.numbers(0))
    for layer in (net.first, net.second):
        kernel = (draft.keep(_array(layer.weight)), draft.keep(_array(layer.bias)))
        seen = draft.add("Relu", draft.add("Conv", seen, *kernel, kernel_shape=[3], pads=[1, 1]))
    both = _lstm(draft, draft.add("Transpose", seen, perm=[2, 0, 1]), net.forward_lstm, net.backward_lstm)
    asked = draft.dense(both, _array(net.question.weight), _array(net.question.bias))
    scores = draft.dense(draft.add("Tanh", asked), _array(net.answer.weight))
    weights = draft.add("Softmax", draft.add("Transpose", scores, perm=[1, 0]), axis=1)
    _finish(draft, net, draft.add("MatMul", weights, both))
    flat = draft.add("Squeeze", weights, draft.numbers(0))
    draft.gives("attention", flat, FLOAT, ["steps"])
    return draft.bytes()


def of_gru(net: Any) -> bytes:
    """The graph of a `nets.gru.Gru`: one step or many, from what was remembered before them."""
    draft = Draft("b5")
    size = net.memory.hidden_size
    steps = draft.add("Unsqueeze", _steps(draft, net.steps), draft.numbers(1))
    hidden = draft.takes("hidden", FLOAT, [1, 1, size])
    weights = [draft.keep(_gates(value, (1, 0, 2))[None]) for value in _cell(net.memory)[:2]]
    bias = draft.keep(np.concatenate([_gates(value, (1, 0, 2)) for value in _cell(net.memory)[2:]])[None])
    _, remembered = draft.add(
        "GRU", steps, *weights, bias, "", hidden, outputs=2, hidden_size=size, linear_before_reset=1
    )
    _finish(draft, net, draft.add("Squeeze", remembered, draft.numbers(0)))
    draft.gives("remembered", remembered, FLOAT, [1, 1, size])
    return draft.bytes()


def step_of_gru(net: Any) -> bytes:
    """The same net for the one step of an event, with what was remembered before it: fewer and smaller nodes.

    Inputs: `places` (1, 9) the step's codes and the rows of hour, weekday and segment; `numbers` (1, A + H) the
    logarithms and what was remembered. Outputs: `chance` (1,) and `remembered` (1, H). Cho and others 2014; the
    gates are PyTorch's r, z, n.
    """
    draft, size, width = Draft("b5 step"), net.memory.hidden_size, net.aggregates.sizes.out_features
    places = draft.takes("places", INT64, [1, CODES + 3])
    numbers = draft.takes("numbers", FLOAT, [1, len(AGGREGATES) + size])
    whole, rows = _step_tables(net)
    parts = draft.numbers(2 * size, width, size)
    found = _sum_of_rows(draft, places, whole, rows)
    told_gates, told_beside, told_new = draft.add("Split", found, parts, outputs=3, axis=1)
    kept = draft.dense(numbers, *_step_weights(net))
    kept_gates, kept_beside, kept_new = draft.add("Split", kept, parts, outputs=3, axis=1)
    gates = draft.add("Sigmoid", draft.add("Add", told_gates, kept_gates))
    reset, update = draft.add("Split", gates, draft.numbers(size, size), outputs=2, axis=1)
    new = draft.add("Tanh", draft.add("Add", told_new, draft.add("Mul", reset, kept_new)))
    _, before = draft.add("Split", numbers, draft.numbers(len(AGGREGATES), size), outputs=2, axis=1)
    after = draft.add("Add", new, draft.add("Mul", update, draft.add("Sub", before, new)))
    beside = draft.add("Relu", draft.add("Add", told_beside, kept_beside))
    _say(draft, net, draft.add("Concat", after, beside, axis=1))
    draft.gives("remembered", after, FLOAT, [1, size])
    return draft.bytes()


def _step_tables(net: Any) -> tuple[Array, list[int]]:
    """What each code adds to the gates r and z, to the aggregates' layer and to n, and how many rows each table has."""
    weight, _, bias, _ = _cell(net.memory)
    size, width = net.memory.hidden_size, net.aggregates.sizes.out_features
    found, left = [], 0
    for place, table in enumerate(_array(each) for each in net.steps.tables()):
        gates = table @ weight[:, left : left + table.shape[1]].T + (bias if place == 0 else 0)
        left += table.shape[1]
        beside = np.zeros((len(table), width), dtype=np.float32)
        found.append(np.concatenate([gates[:, : 2 * size], beside, gates[:, 2 * size :]], axis=1))
    for table in (_array(each) for each in net.aggregates.tables()):
        wide = np.zeros((len(table), 3 * size + width), dtype=np.float32)
        wide[:, 2 * size : 2 * size + width] = table
        found.append(wide)
    return np.concatenate(found).astype(np.float32), [len(table) for table in found]


def _step_weights(net: Any) -> tuple[Array, Array]:
    """Of the logarithms and what was remembered: (2 H + width + H, A + H) and its bias, in the same order."""
    _, weight, _, bias = _cell(net.memory)
    size, logs = net.memory.hidden_size, len(AGGREGATES)
    sizes, start = _folded(net.aggregates)
    gates, new = np.zeros((2 * size, logs), np.float32), np.zeros((size, logs), np.float32)
    rest = np.zeros((len(sizes), size), np.float32)
    left = np.concatenate([gates, sizes, new])
    right = np.concatenate([weight[: 2 * size], rest, weight[2 * size :]])
    bias = np.concatenate([bias[: 2 * size], start, bias[2 * size :]])
    return np.concatenate([left, right], axis=1), bias


def _array(value: Tensor) -> Array:
    return value.detach().numpy().astype(np.float32)


def _steps(draft: Draft, layer: Steps) -> str:
    """(L, STEP_WIDTH): each column's row of its table, side by side."""
    tables = [_array(table) for table in layer.tables()]
    rows, width = [len(table) for table in tables], sum(table.shape[1] for table in tables)
    whole, right = [], 0
    for table in tables:
        wide = np.zeros((len(table), width), dtype=np.float32)
        wide[:, right : right + table.shape[1]] = table
        right += table.shape[1]
        whole.append(wide)
    codes = draft.takes("codes", INT64, ["steps", CODES])
    return _sum_of_rows(draft, codes, np.concatenate(whole), rows)


def _sum_of_rows(draft: Draft, places: str, whole: Array, rows: list[int]) -> str:
    """(n, width) of places (n, tables): tables stand below each other in `whole`, one row is taken of each.

    One look-up and one sum: a graph is as slow as it has nodes.
    """
    starts = np.cumsum([0, *rows[:-1]]).astype(np.int64)
    found = draft.add("Gather", draft.keep(whole), draft.add("Add", places, draft.keep(starts)))
    return str(draft.add("ReduceSum", found, draft.numbers(1), keepdims=0))


def _lstm(draft: Draft, seen: str, there: nn.LSTM, back: nn.LSTM) -> str:
    """(L, 2 H) of steps (L, 1, F). ONNX keeps the gates in the order i o f c, PyTorch i f c o."""
    order, size = (0, 3, 1, 2), there.hidden_size
    cells = [[_gates(value, order) for value in _cell(each)] for each in (there, back)]
    weights = [draft.keep(np.stack([cell[place] for cell in cells])) for place in (0, 1)]
    bias = draft.keep(np.stack([np.concatenate(cell[2:]) for cell in cells]))
    both, _, _ = draft.add(
        "LSTM", seen, *weights, bias, outputs=3, hidden_size=size, direction="bidirectional"
    )
    turned = draft.add("Transpose", both, perm=[0, 2, 1, 3])
    return str(draft.add("Reshape", turned, draft.numbers(-1, 2 * size)))


def _cell(layer: nn.RNNBase) -> list[Array]:
    names = ("weight_ih_l0", "weight_hh_l0", "bias_ih_l0", "bias_hh_l0")
    return [_array(getattr(layer, name)) for name in names]


def _gates(value: Array, order: tuple[int, ...]) -> Array:
    parts = np.split(value, len(order))
    return np.concatenate([parts[place] for place in order])


def _finish(draft: Draft, net: Any, read: str) -> None:
    """Joins what was read from the steps with the aggregates, and says the chance."""
    beside = _aggregates(draft, net.aggregates)
    embedding = _say(draft, net, draft.add("Concat", read, beside, axis=1))
    draft.gives("embedding", embedding, FLOAT, [1, net.mix.out_features])


def _say(draft: Draft, net: Any, joined: str) -> str:
    """Gives the chance; the embedding's name."""
    mixed = draft.dense(joined, _array(net.mix.weight), _array(net.mix.bias))
    embedding = draft.add("Relu", mixed)
    logit = draft.dense(embedding, _array(net.heads.churn.weight), _array(net.heads.churn.bias))
    chance = draft.add("Squeeze", draft.add("Sigmoid", logit), draft.numbers(1))
    draft.gives("chance", chance, FLOAT, [1])
    return str(embedding)


def _aggregates(draft: Draft, layer: Aggregates) -> str:
    """(1, width): centre and factor are folded into the weights, hour, weekday and segment into tables."""
    logs = draft.takes("logs", FLOAT, [1, len(AGGREGATES)])
    places = draft.takes("places", INT64, [1, 3])
    found = draft.dense(logs, *_folded(layer))
    tables = [_array(table) for table in layer.tables()]
    added = _sum_of_rows(draft, places, np.concatenate(tables), [len(table) for table in tables])
    found = draft.add("Add", found, added)
    return str(draft.add("Relu", found))


def _folded(layer: Aggregates) -> tuple[Array, Array]:
    """Weight and bias for logarithms as they come."""
    weight = layer.sizes.weight.detach().double() * layer.factor.double()
    return _array(weight), _array(layer.sizes.bias.detach().double() - weight @ layer.centre.double())


def of(name: str, net: Net) -> dict[str, bytes]:
    """The graphs of the net of a rung, `b4` or `b5`, by the names of their files."""
    if name == "b5":
        return {"b5.onnx": of_gru(net), "b5-step.onnx": step_of_gru(net)}
    return {"b4.onnx": of_cnn(net)}
