"""The grey patterns of surfaces and materials."""

import numpy as np


def texture(name: str, n: int = 128) -> np.ndarray:
    """Grey patterns (n, n) in [0, 1]; the surface's colour multiplies them."""
    y, x = np.mgrid[:n, :n] / n
    return {
        'plain': np.ones((n, n)),
        'wood': 0.8 + 0.2 * np.sin(40 * x + 4 * np.sin(6 * y)) ** 2,
        'cloth': 0.82 + 0.18 * ((np.floor(x * 32) + np.floor(y * 32)) % 2),
        'ball': np.where((np.floor(x * 4) % 2) > 0, 1.0, 0.55),
        'planks': np.where(x * 3 % 1 < 0.05, 0.7, 0.9 + 0.1 * np.sin(np.floor(x * 3) * 9.0) ** 2),
        'windows': np.where((np.abs(x * 4 % 1 - 0.5) < 0.28) & (np.abs(y * 4 % 1 - 0.5) < 0.3), 0.35, 1.0),
    }[name]
