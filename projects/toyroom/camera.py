"""Where the camera looks, and where it sees a point."""

import numpy as np

SIZE = 128
# One opening angle for all views: how large an object appears tells how far it is.
FOVY = 48.0


def look_at(camera: np.ndarray, target: np.ndarray) -> np.ndarray:
    """Columns: right, up, back of a camera at `camera` that looks at `target`."""
    back = (camera - target) / np.linalg.norm(camera - target)
    right = np.cross([0, 0, 1], back)
    right /= np.linalg.norm(right)
    return np.stack([right, np.cross(back, right), back], 1)


def project(
    joints: np.ndarray,
    eye: np.ndarray,
    frame: np.ndarray,
    instance: np.ndarray,
    number: int,
    depth: np.ndarray,
) -> np.ndarray:
    """COCO keypoints (17, 3): x, y in pixels and 2 where the joint is seen, 1 where hidden, 0 outside of the image."""
    local = (joints - eye) @ frame
    focal = SIZE / 2 / np.tan(np.radians(FOVY) / 2)
    x, y = SIZE / 2 + focal * local[:, 0] / -local[:, 2], SIZE / 2 - focal * local[:, 1] / -local[:, 2]
    out = np.zeros((17, 3), np.float32)
    for i in range(17):
        col, row = int(np.floor(x[i])), int(np.floor(y[i]))
        if 0 <= col < SIZE and 0 <= row < SIZE:
            near = instance[row, col] == number and -local[i, 2] - depth[row, col] < 0.25
            out[i] = x[i], y[i], 2 if near else 1
    return out
