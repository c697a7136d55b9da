"""How a frozen generator computes inside of a training step: without gradients, and in its own precision."""

import functools
from collections.abc import Callable
from contextlib import ExitStack
from typing import ParamSpec, TypeVar

import torch

P = ParamSpec('P')
R = TypeVar('R')


def frozen(method: Callable[P, R]) -> Callable[P, R]:
    """Decorator: no gradients, and no automatic mixed precision whatever the caller has switched on.

    Autocast would let the denoiser round differently in training than in annotation, and a decoder would be trained on
    other features than those that it labels. What is remembered for later calls (the embeddings of texts) would
    keep that precision, too.
    """

    @functools.wraps(method)
    def computed(*args: P.args, **kwargs: P.kwargs) -> R:
        with ExitStack() as contexts:
            contexts.enter_context(torch.no_grad())
            for device in ('cpu', 'cuda'):
                if torch.is_autocast_enabled(device):
                    contexts.enter_context(torch.autocast(device, enabled=False))
            return method(*args, **kwargs)

    return computed
