"""The demo networks in PyTorch, with the weights of their Keras originals."""

from __future__ import annotations

import keras
import numpy as np
import torch
from torch import nn

from demo_widgets.models import predict

__all__ = ["torch_twin"]


class Pooled(nn.Module):
    """Strongest or mean value of each channel: ``(n, channels, L) -> (n, channels)``."""

    def __init__(self, how: str) -> None:
        super().__init__()
        self.how = how

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return x.amax(dim=-1) if self.how == "max" else x.mean(dim=-1)


class BothWays(nn.Module):
    """A bidirectional LSTM over ``(n, channels, L)``, one vector per position."""

    def __init__(self, lstm: nn.LSTM) -> None:
        super().__init__()
        self.lstm = lstm

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return self.lstm(x.transpose(1, 2))[0].transpose(1, 2)


def torch_twin(model: keras.Model, X: np.ndarray) -> nn.Module:
    """Copy a demo network to PyTorch: ``(n, 4, L) -> (n, 1)`` class scores.

    Parameters
    ----------
    model
        A network of ``build_cnn``, ``build_rnn`` or ``build_cnn_rnn``.
    X
        One-hot ``(n, L, 4)`` sequences on which the two must agree.

    Raises
    ------
    AssertionError
        If the twin's probabilities differ from the model's by more than 1e-5.
    """
    twin = nn.Sequential(*filter(None, map(_twin_layer, model.layers))).eval()
    for parameter in twin.parameters():
        parameter.requires_grad_(False)
    with torch.no_grad():
        found = torch.sigmoid(twin(torch.from_numpy(X).transpose(1, 2)))[:, 0].numpy()
    np.testing.assert_allclose(found, predict(model, X), rtol=0, atol=1e-5)
    return twin


def _twin_layer(layer: keras.layers.Layer) -> nn.Module | None:
    """Return one layer with its weights; ``None`` for layers without effect at inference."""
    if isinstance(layer, keras.layers.InputLayer | keras.layers.Dropout):
        return None
    if isinstance(layer, keras.layers.Conv1D):
        return _convolution(layer)
    if isinstance(layer, keras.layers.MaxPooling1D):
        return nn.MaxPool1d(layer.pool_size[0], ceil_mode=True)
    if isinstance(layer, keras.layers.GlobalMaxPooling1D):
        return Pooled("max")
    if isinstance(layer, keras.layers.GlobalAveragePooling1D):
        return Pooled("mean")
    if isinstance(layer, keras.layers.Bidirectional):
        return _bidirectional(layer)
    if isinstance(layer, keras.layers.Dense):
        return _class_score(layer)
    raise TypeError(f"no PyTorch twin of layer {layer.name!r} ({type(layer).__name__})")


def _convolution(layer: keras.layers.Conv1D) -> nn.Module:
    kernel, bias = map(torch.from_numpy, layer.get_weights())
    convolution = nn.Conv1d(kernel.shape[1], kernel.shape[2], kernel.shape[0], padding="same")
    convolution.weight.data = kernel.permute(2, 1, 0).contiguous()
    convolution.bias.data = bias
    return nn.Sequential(convolution, nn.ReLU())


def _bidirectional(layer: keras.layers.Bidirectional) -> nn.Module:
    """Keras and PyTorch order the gates alike (input, forget, cell, output); PyTorch's second
    bias is left at zero."""
    readers = (layer.forward_layer, layer.backward_layer)
    weights = [list(map(torch.from_numpy, reader.get_weights())) for reader in readers]
    inputs, units = weights[0][0].shape[0], weights[0][1].shape[0]
    lstm = nn.LSTM(inputs, units, batch_first=True, bidirectional=True)
    for suffix, (kernel, recurrent, bias) in zip(("", "_reverse"), weights, strict=True):
        getattr(lstm, f"weight_ih_l0{suffix}").data = kernel.T.contiguous()
        getattr(lstm, f"weight_hh_l0{suffix}").data = recurrent.T.contiguous()
        getattr(lstm, f"bias_ih_l0{suffix}").data = bias
        getattr(lstm, f"bias_hh_l0{suffix}").data.zero_()
    lstm.flatten_parameters()
    return BothWays(lstm)


def _class_score(layer: keras.layers.Dense) -> nn.Module:
    kernel, bias = map(torch.from_numpy, layer.get_weights())
    dense = nn.Linear(kernel.shape[0], 1)
    dense.weight.data = (kernel[:, 1] - kernel[:, 0])[None]
    dense.bias.data = bias[1:] - bias[:1]
    return dense
