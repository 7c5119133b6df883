"""Nets of the churn ladder, trained with PyTorch. Nothing that answers imports this: it has their ONNX graphs."""

from engine.churn.nets.cnn import fit_cnn
from engine.churn.nets.fitted import FittedNet
from engine.churn.nets.gru import fit_gru

__all__ = ["FittedNet", "fit_cnn", "fit_gru"]
