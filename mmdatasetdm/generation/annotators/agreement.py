"""How sure decoders are of the classes of pixels, and how far they agree with each other."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import cast

import torch
from torch import Tensor

from mmdatasetdm.models.decode_heads.base import SemanticHead
from mmdatasetdm.models.ensemble import SemanticEnsemble


def member_probs(head: SemanticHead, features: Sequence[Tensor], image_size: tuple[int, int]) -> list[Tensor]:
    """Class probabilities (B, C, H, W) of each decoder of an ensemble; of a single decoder, a list of one."""
    if not isinstance(head, SemanticEnsemble):
        return [head.predict_probs(features, image_size)]
    return [one.predict_probs(features, image_size) for one in cast(Sequence[SemanticHead], head.members)]


def entropy(probs: Tensor) -> Tensor:
    """Class probabilities (B, C, H, W) -> entropy in nats (B, H, W); where they do not sum to 1, of their shares."""
    probs = probs / probs.sum(1, keepdim=True).clamp_min(1e-12)
    return -torch.xlogy(probs, probs).sum(1)


def uncertainty(probs: Tensor) -> Tensor:
    """Class probabilities (B, C, H, W) -> (B,): mean entropy of the pixels as a fraction of log C, from 0 to 1."""
    return entropy(probs).flatten(1).mean(1) / math.log(max(probs.shape[1], 2))


def disagreement(members: Sequence[Tensor]) -> Tensor:
    """Class probabilities (B, C, H, W) of M decoders -> (B,): mean Jensen-Shannon divergence of the pixels.

    It is the entropy of the mean less the mean of the entropies, as a fraction of its greatest value, the logarithm of
    M or C, whichever is less: 0 where all say the same, 1 where each is sure of another class.
    """
    shares = [one / one.sum(1, keepdim=True).clamp_min(1e-12) for one in members]
    apart = entropy(torch.stack(shares).mean(0)) - torch.stack([entropy(one) for one in shares]).mean(0)
    return apart.clamp_min(0).flatten(1).mean(1) / math.log(max(2, min(len(members), members[0].shape[1])))
