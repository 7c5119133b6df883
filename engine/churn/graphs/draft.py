"""A graph as it is written: nodes one after the other, constants by name, and at last its bytes."""

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray
from onnx import TensorProto, checker, helper, numpy_helper

OPSETS = {"": 18, "ai.onnx.ml": 3}
IR_VERSION = 9

FLOAT, INT64 = TensorProto.FLOAT, TensorProto.INT64
Shape = Sequence[int | str]


class Draft:
    """Names are given in the order of writing, so that equal models make equal bytes."""

    def __init__(self, name: str) -> None:
        self._name = name
        self._nodes: list[Any] = []
        self._constants: list[Any] = []
        self._inputs: list[Any] = []
        self._outputs: list[Any] = []

    def takes(self, name: str, kind: int, shape: Shape) -> str:
        self._inputs.append(helper.make_tensor_value_info(name, kind, shape))
        return name

    def gives(self, name: str, value: str, kind: int, shape: Shape) -> None:
        self._nodes.append(helper.make_node("Identity", [value], [name]))
        self._outputs.append(helper.make_tensor_value_info(name, kind, shape))

    def keep(self, value: NDArray[Any]) -> str:
        """A constant."""
        name = f"c{len(self._constants)}"
        self._constants.append(numpy_helper.from_array(np.ascontiguousarray(value), name))
        return name

    def numbers(self, *values: int) -> str:
        return self.keep(np.array(values, dtype=np.int64))

    def add(self, kind: str, *inputs: str, outputs: int = 1, domain: str = "", **attributes: Any) -> Any:
        """The name of the node's output, or a list of their names."""
        made = [f"v{len(self._nodes)}_{place}" for place in range(outputs)]
        self._nodes.append(helper.make_node(kind, list(inputs), made, domain=domain, **attributes))
        return made[0] if outputs == 1 else made

    def dense(self, value: str, weight: NDArray[np.float32], bias: NDArray[np.float32] | None = None) -> str:
        """`value` (n, in) by a weight (out, in), as PyTorch keeps it."""
        found: str
        if bias is None:
            found = self.add("MatMul", value, self.keep(weight.T))
        else:
            found = self.add("Gemm", value, self.keep(weight), self.keep(bias), transB=1)
        return found

    def bytes(self) -> bytes:
        """The checked model."""
        graph = helper.make_graph(self._nodes, self._name, self._inputs, self._outputs, self._constants)
        versions = [helper.make_opsetid(domain, version) for domain, version in OPSETS.items()]
        model = helper.make_model(graph, opset_imports=versions, ir_version=IR_VERSION, producer_name="")
        checker.check_model(model, full_check=True)
        return model.SerializeToString(deterministic=True)
