"""ONNX graphs ready to run on one thread, and what can go wrong when one is loaded. Web-safe."""

from typing import Any

import onnxruntime
from onnxruntime.capi import onnxruntime_pybind11_state as faults

FAULTS = (
    faults.Fail,
    faults.InvalidArgument,
    faults.InvalidGraph,
    faults.InvalidProtobuf,
    faults.NotImplemented,
    faults.RuntimeException,
)


def session(graph: bytes) -> Any:
    """Threads may share it; a run uses the thread of its caller."""
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = options.inter_op_num_threads = 1
    options.execution_mode = onnxruntime.ExecutionMode.ORT_SEQUENTIAL
    options.log_severity_level = 3
    return onnxruntime.InferenceSession(graph, options, providers=["CPUExecutionProvider"])
