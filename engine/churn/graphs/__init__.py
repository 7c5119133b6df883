"""ONNX graphs written by hand: small, the same bytes for the same model, and no converter needed."""
