"""Models: networks, training, files, and ``SequenceModel``, the interface used by all else."""

from demo_widgets.lazy import lazy_names

__getattr__, __dir__, __all__ = lazy_names(
    __name__,
    {
        "demo": ["load_demo"],
        "evaluation": ["evaluate"],
        "files.keras_archive": ["load_model", "read_metadata", "save_model"],
        "networks": ["build_cnn", "build_cnn_rnn", "build_rnn"],
        "prediction": ["predict"],
        "score": ["SequenceModel", "sequence_model"],
        "training.history": ["TrainingHistory"],
        "training.train": ["train"],
    },
)
