"""Networks, training, and the class score of any Keras classifier."""

from demo_widgets import _tensorflow  # noqa: F401  (first: it silences the import)

from .class_score import ClassScore
from .demo import load_demo
from .evaluation import evaluate
from .history import TrainingHistory
from .networks import build_cnn, build_cnn_rnn, build_rnn
from .prediction import predict
from .storage import load_model, read_metadata, save_model
from .training import train

__all__ = [
    "ClassScore",
    "TrainingHistory",
    "build_cnn",
    "build_cnn_rnn",
    "build_rnn",
    "evaluate",
    "load_demo",
    "load_model",
    "predict",
    "read_metadata",
    "save_model",
    "train",
]
