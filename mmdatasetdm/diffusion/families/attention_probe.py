"""Sees the attention of a transformer while it runs, whatever computes queries and keys (norms, rotations, masks)."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor, nn
from torch.overrides import TorchFunctionMode

Keep = Callable[[Tensor], None]


class AttentionProbe(TorchFunctionMode):
    """Hands the share of its attention that each image token gives to each text token to ``keep``.

    It looks at the calls of ``scaled_dot_product_attention`` that the given modules make, and changes nothing. In joint
    attention image and text are one sequence, whose shares sum to 1 together; the image's rows and the text's columns
    are taken.

    Args:
        samples: of how many of the first samples.
        tokens: number of text tokens.
        text_first: in joint attention the text stands before the image, not behind it.
        keep: gets (samples, image tokens, text tokens), float32, the mean over heads.
    """

    def __init__(self, *, samples: int, tokens: int, text_first: bool, keep: Keep) -> None:
        super().__init__()
        self._samples, self._tokens, self._text_first, self._keep = samples, tokens, text_first, keep
        self._listening = False

    @contextmanager
    def on(self, modules: Iterable[nn.Module]) -> Iterator[None]:
        """While the block runs, the attention of these modules is seen."""
        hooks = []

        def listen(on: bool) -> Callable[..., None]:
            def hook(*_: Any) -> None:
                self._listening = on

            return hook

        try:
            for module in modules:
                hooks += [module.register_forward_pre_hook(listen(True)), module.register_forward_hook(listen(False))]
            with self:
                yield
        finally:
            for hook in hooks:
                hook.remove()

    def __torch_function__(self, func: Callable, types: Any, args: tuple = (), kwargs: dict | None = None) -> Any:
        kwargs = kwargs or {}
        if self._listening and func is F.scaled_dot_product_attention:
            given = dict(zip(('query', 'key', 'value', 'attn_mask'), args, strict=False)) | kwargs
            self._keep(self._text_share(given['query'], given['key'], given.get('attn_mask'), given.get('scale')))
        return func(*args, **kwargs)

    def _text_share(self, query: Tensor, key: Tensor, mask: Tensor | None, scale: float | None) -> Tensor:
        """query, key (B, heads, queries or keys, C)."""
        query, key = query[: self._samples], key[: self._samples]
        mask = None if mask is None else mask[: self._samples]
        text = slice(0, self._tokens)
        if key.shape[2] > self._tokens:  # joint
            image = key.shape[2] - self._tokens
            query = query[:, :, self._tokens :] if self._text_first else query[:, :, :image]
            text = text if self._text_first else slice(image, None)
        scale = query.shape[-1] ** -0.5 if scale is None else scale
        total = torch.zeros((), device=query.device)
        for head in range(query.shape[1]):  # one by one: there are as many scores as pairs of tokens
            scores = query[:, head].float() @ (key[:, head].float() * scale).transpose(-1, -2)
            if mask is not None:
                bias = mask[:, min(head, mask.shape[1] - 1)]
                scores = scores.masked_fill(~bias, -torch.inf) if bias.dtype == torch.bool else scores + bias
            total = total + scores.softmax(dim=-1)[..., text]
        return total / query.shape[1]
