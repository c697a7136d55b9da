"""Muon for the matrices of a net and AdamW for the rest of it, as one optimizer."""

import torch
from torch import nn


class MatrixOptimizer:
    """AdamW for everything, or Muon for what is a matrix inside the net.

    A convolution's kernel is a matrix of (out, in x height x width). Embeddings and the first and last convolution stay
    with AdamW, as in Muon's own recipe.

    Args:
        net: whose parameters are trained.
        lr: of AdamW; Muon's steps are scaled to the same size.
        muon: whether to use Muon.
    """

    def __init__(self, net: nn.Module, *, lr: float, muon: bool) -> None:
        named = list(net.named_parameters())
        # of the UNet with CLIP, and of the transformer with T5
        edge = ('embedding', 'conv_in', 'conv_out')
        edge += ('pos_embed', 'transformer.proj_out', 'shared', 'relative_attention_bias', 'scale_shift_table')
        inner = [p for name, p in named if muon and p.ndim >= 2 and not any(word in name for word in edge)]
        chosen = {id(p) for p in inner}
        rest = [p for _, p in named if id(p) not in chosen]
        self._inner = inner
        # torch's Muon takes matrices alone; these share their storage with the kernels
        self._matrices = [nn.Parameter(p.detach().view(len(p), -1)) for p in inner]
        self._parts = [torch.optim.AdamW(rest, lr=lr, betas=(0.9, 0.99), weight_decay=0.01, fused=True)]
        if inner:
            options = dict(lr=lr, weight_decay=0.01, adjust_lr_fn='match_rms_adamw')
            self._parts.append(torch.optim.Muon(self._matrices, **options))
        self._lr = lr

    def zero_grad(self) -> None:
        """Forget the gradients."""
        for part in self._parts:
            part.zero_grad()
        for parameter in self._inner:
            parameter.grad = None

    def step(self, rate: float = 1.0) -> None:
        """One step with ``rate`` times the learning rate."""
        for matrix, parameter in zip(self._matrices, self._inner, strict=True):
            matrix.grad = None if parameter.grad is None else parameter.grad.view_as(matrix)
        for part in self._parts:
            for group in part.param_groups:
                group['lr'] = self._lr * rate
            part.step()

    def state_dict(self) -> dict:
        """Of both."""
        return {str(i): part.state_dict() for i, part in enumerate(self._parts)}

    def load_state_dict(self, state: dict) -> None:
        """Of both."""
        for i, part in enumerate(self._parts):
            part.load_state_dict(state[str(i)])
