"""The objects of the ToyRoom world, each a list of parts in its own frame (metres, z up, standing on
z = 0, facing -y).
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

import numpy as np

Vector = Sequence[float]
DARK, WOOD, METAL, CREAM = (0.12, 0.12, 0.13), (0.42, 0.27, 0.15), (0.6, 0.6, 0.63), (0.9, 0.87, 0.78)
SKIN = ((0.95, 0.78, 0.66), (0.82, 0.62, 0.48), (0.6, 0.42, 0.3), (0.4, 0.27, 0.2))


@dataclass
class Part:
    """One primitive: `kind` is box, sphere, ellipsoid, cylinder or capsule; `size` as MuJoCo takes it (half sizes)."""

    kind: str
    size: Vector
    pos: Vector
    rgb: Vector
    rotation: np.ndarray = field(default_factory=lambda: np.eye(3))
    glow: float = 0.0
    material: str = 'plain'


@dataclass
class Thing:
    """An object before it is placed: parts, floor footprint radius (m) and, for a person, 17 joints (17, 3)."""

    name: str
    parts: list[Part]
    radius: float
    joints: np.ndarray | None = None


def box(size: Vector, pos: Vector, rgb: Vector, **more) -> Part:
    return Part('box', [s / 2 for s in size], pos, rgb, **more)


def rod(start: Vector, end: Vector, radius: float, rgb: Vector, kind: str = 'capsule') -> Part:
    """A capsule or cylinder between two points."""
    start, end = np.asarray(start, float), np.asarray(end, float)
    axis = end - start
    length = max(np.linalg.norm(axis), 1e-6)
    z = axis / length
    x = np.cross([0, 1, 0] if abs(z[1]) < 0.9 else [1, 0, 0], z)
    x /= np.linalg.norm(x)
    return Part(kind, [radius, length / 2, 0], (start + end) / 2, rgb, np.stack([x, np.cross(z, x), z], 1))


def legs(width: float, depth: float, height: float, thick: float, rgb: Vector) -> list[Part]:
    return [
        box((thick, thick, height), (sx * (width - thick) / 2, sy * (depth - thick) / 2, height / 2), rgb)
        for sx in (-1, 1)
        for sy in (-1, 1)
    ]


def chair(rng: np.random.Generator, rgb: Vector) -> Thing:
    w, seat, back = rng.uniform(0.5, 0.65), rng.uniform(0.45, 0.55), rng.uniform(0.55, 0.75)
    leg = [WOOD, DARK, rgb][rng.integers(3)]
    parts = legs(w, w, seat, 0.07, leg) + [box((w, w, 0.09), (0, 0, seat), rgb)]
    if rng.random() < 0.5:
        parts.append(box((w, 0.08, back), (0, w / 2, seat + back / 2), rgb))
    else:
        parts += [box((0.09, 0.08, back), (x * w / 2.6, w / 2, seat + back / 2), rgb) for x in (-1, 0, 1)]
        parts.append(box((w, 0.09, 0.14), (0, w / 2, seat + back), rgb))
    return Thing('chair', parts, w * 0.7)


def table(rng: np.random.Generator, rgb: Vector) -> Thing:
    w, d, h = rng.uniform(1.0, 1.5), rng.uniform(0.7, 0.95), rng.uniform(0.65, 0.85)
    if rng.random() < 0.35:
        radius = w * 0.48
        parts = [
            Part('cylinder', (radius, 0.04, 0), (0, 0, h), rgb, material='wood'),
            rod((0, 0, 0.02), (0, 0, h), 0.06, rgb, 'cylinder'),
            Part('cylinder', (radius * 0.5, 0.02, 0), (0, 0, 0.02), rgb),
        ]
        return Thing('table', parts, radius * 0.9)
    parts = [box((w, d, 0.08), (0, 0, h), rgb, material='wood'), *legs(w * 0.94, d * 0.9, h, 0.08, rgb)]
    return Thing('table', parts, w * 0.52)


def sofa(rng: np.random.Generator, rgb: Vector) -> Thing:
    w, d, h = rng.uniform(1.4, 1.9), rng.uniform(0.75, 0.9), rng.uniform(0.38, 0.46)
    shade = np.asarray(rgb) * 0.8
    parts = [
        box((w, d, h), (0, 0, h / 2), rgb, material='cloth'),
        box((w, 0.22, 0.5), (0, d / 2 - 0.1, h + 0.22), rgb, material='cloth'),
    ]
    parts += [box((0.2, d, 0.25), (s * (w / 2 - 0.1), 0, h + 0.12), shade, material='cloth') for s in (-1, 1)]
    n = int(rng.integers(2, 4))
    parts += [
        box(
            (w / n * 0.72, d * 0.7, 0.1),
            ((i - (n - 1) / 2) * (w - 0.4) / n, -0.05, h + 0.04),
            np.minimum(1, shade * 1.4),
        )
        for i in range(n)
    ]
    return Thing('sofa', parts, w * 0.5)


def cabinet(rng: np.random.Generator, rgb: Vector) -> Thing:
    w, d, h = rng.uniform(0.7, 1.0), rng.uniform(0.4, 0.5), rng.uniform(1.2, 1.9)
    parts = [box((w, d, h), (0, 0, h / 2), rgb, material='wood')]
    rows = int(rng.integers(2, 5))
    for i in range(rows):
        z = h * (i + 0.5) / rows
        parts.append(box((w * 0.86, 0.03, h / rows * 0.82), (0, -d / 2, z), np.asarray(rgb) * 0.72, material='wood'))
        parts.append(Part('sphere', (0.04, 0, 0), (0, -d / 2 - 0.04, z), METAL))
    return Thing('cabinet', parts, w * 0.55)


def lamp(rng: np.random.Generator, rgb: Vector) -> Thing:
    h, r = rng.uniform(1.2, 1.7), rng.uniform(0.2, 0.3)
    shade = np.minimum(1, np.asarray(rgb) * 0.75 + 0.2)
    parts = [
        Part('cylinder', (0.2, 0.03, 0), (0, 0, 0.03), DARK),
        rod((0, 0, 0), (0, 0, h), 0.035, METAL, 'cylinder'),
        Part('cylinder', (r, r * 0.75, 0), (0, 0, h), shade, glow=0.25),
        Part('cylinder', (r * 0.75, r * 0.3, 0), (0, 0, h + r), shade, glow=0.25),
    ]
    return Thing('lamp', parts, 0.3)


def plant(rng: np.random.Generator, rgb: Vector) -> Thing:
    r, h = rng.uniform(0.18, 0.26), rng.uniform(0.3, 0.4)
    parts = [Part('cylinder', (r, h / 2, 0), (0, 0, h / 2), rgb), Part('cylinder', (r * 1.15, 0.04, 0), (0, 0, h), rgb)]
    top = rng.uniform(0.5, 1.0)
    for _ in range(int(rng.integers(7, 12))):
        yaw, lean = rng.uniform(0, 2 * np.pi), rng.uniform(0.1, 0.9)
        tip = np.array([np.cos(yaw) * np.sin(lean), np.sin(yaw) * np.sin(lean), np.cos(lean)]) * top
        leaf = rod(
            (0, 0, h), tip + [0, 0, h], 0.05, (rng.uniform(0.05, 0.2), rng.uniform(0.4, 0.65), rng.uniform(0.05, 0.2))
        )
        parts.append(Part('ellipsoid', (0.09, 0.05, leaf.size[1]), leaf.pos, leaf.rgb, leaf.rotation))
    return Thing('plant', parts, 0.35)


def ball(rng: np.random.Generator, rgb: Vector) -> Thing:
    r = rng.uniform(0.22, 0.38)
    return Thing('ball', [Part('sphere', (r, 0, 0), (0, 0, r), rgb, material='ball')], r)


def vase(rng: np.random.Generator, rgb: Vector) -> Thing:
    r, h = rng.uniform(0.18, 0.26), rng.uniform(0.6, 0.95)
    parts = [
        Part('ellipsoid', (r, r, h * 0.36), (0, 0, h * 0.36), rgb),
        rod((0, 0, h * 0.5), (0, 0, h), r * 0.42, rgb, 'cylinder'),
        Part('cylinder', (r * 0.65, 0.03, 0), (0, 0, h), np.asarray(rgb) * 0.8),
        Part('cylinder', (r * 0.6, 0.03, 0), (0, 0, 0.03), rgb),
    ]
    return Thing('vase', parts, 0.28)


def television(rng: np.random.Generator, rgb: Vector) -> Thing:
    w, h = rng.uniform(1.0, 1.4), rng.uniform(0.6, 0.8)
    low, glow = rng.uniform(0.3, 0.6), rng.random(3) * 0.5 + 0.1
    parts = [
        box((w, 0.1, h), (0, 0, low + h / 2), rgb),
        box((w * 0.9, 0.02, h * 0.86), (0, -0.06, low + h / 2), glow, glow=0.6),
        box((0.12, 0.08, low), (0, 0.02, low / 2), DARK),
        box((w * 0.5, 0.35, 0.05), (0, 0, 0.03), rgb),
    ]
    return Thing('television', parts, w * 0.5)


def bed(rng: np.random.Generator, rgb: Vector) -> Thing:
    w, d, h = rng.uniform(1.1, 1.4), rng.uniform(1.6, 1.9), rng.uniform(0.35, 0.45)
    frame = [WOOD, CREAM, DARK][rng.integers(3)]
    parts = [
        box((w, d, h * 0.6), (0, 0, h * 0.3), frame),
        box((w * 0.96, d * 0.97, 0.22), (0, 0, h * 0.7), CREAM),
        box((w, d * 0.62, 0.24), (0, -d * 0.18, h * 0.72), rgb, material='cloth'),
        box((w, 0.09, 0.85), (0, d / 2, 0.42), frame, material='wood'),
    ]
    parts += [
        box((w * 0.38, 0.35, 0.14), (s * w * 0.23, d * 0.36, h * 0.7 + 0.16), (0.97, 0.97, 0.97)) for s in (-1, 1)
    ]
    return Thing('bed', parts, w * 0.75)


def dog(rng: np.random.Generator, rgb: Vector) -> Thing:
    s = rng.uniform(0.9, 1.25)
    rgb, dark = np.asarray(rgb), np.asarray(rgb) * 0.55
    parts = [
        rod((-0.3, 0, 0.45), (0.28, 0, 0.47), 0.16, rgb),
        Part('sphere', (0.17, 0, 0), (0.48, 0, 0.72), rgb),
        rod((0.55, 0, 0.68), (0.72, 0, 0.66), 0.07, rgb),
        Part('sphere', (0.045, 0, 0), (0.8, 0, 0.68), DARK),
        rod((0.3, 0, 0.5), (0.45, 0, 0.68), 0.11, rgb),
        rod((-0.4, 0, 0.5), (-0.62, 0, 0.5 + rng.uniform(0.1, 0.35)), 0.045, dark),
    ]
    parts += [
        rod((x, y, 0.42), (x + rng.uniform(-0.06, 0.06), y, 0.04), 0.055, rgb)
        for x in (-0.3, 0.25)
        for y in (-0.1, 0.1)
    ]
    parts += [Part('ellipsoid', (0.05, 0.03, 0.13), (0.42, y, 0.74), dark) for y in (-0.17, 0.17)]
    for part in parts:
        part.pos, part.size = np.asarray(part.pos) * s, [v * s for v in part.size]
    return Thing('dog', parts, 0.55)


def _limb(start: np.ndarray, lengths: tuple[float, float], swing: float, bend: float, out: float) -> list[np.ndarray]:
    """Two bones that hang from `start`: `swing` forward (rad, -y), `bend` in the middle joint, `out` sideways."""
    points, angle = [start], swing
    for i, length in enumerate(lengths):
        angle = swing + (bend if i else 0)
        direction = np.array([np.sin(out), -np.sin(angle) * np.cos(out), -np.cos(angle) * np.cos(out)])
        points.append(points[-1] + direction * length)
    return points


def person(rng: np.random.Generator, rgb: Vector) -> Thing:
    """A jointed body; joints in COCO order (nose, eyes, ears, shoulders, elbows, wrists, hips, knees, ankles)."""
    scale = rng.uniform(0.85, 1.1)
    skin, hair = (
        SKIN[rng.integers(4)],
        [(0.1, 0.07, 0.05), (0.35, 0.2, 0.1), (0.75, 0.6, 0.3), (0.6, 0.6, 0.6)][rng.integers(4)],
    )
    trousers = np.clip(
        np.array([(0.15, 0.18, 0.35), (0.2, 0.2, 0.2), (0.5, 0.42, 0.3), (0.35, 0.35, 0.4)][rng.integers(4)])
        + rng.normal(0, 0.03, 3),
        0,
        1,
    )
    pose = rng.choice(['stand', 'walk', 'raise', 'sit'], p=[0.35, 0.3, 0.2, 0.15])
    swing = rng.uniform(0.25, 0.6) if pose == 'walk' else 0.0
    joints: dict[str, np.ndarray] = {}
    for side, sx in (('left', 1), ('right', -1)):  # the body faces -y, so its left is at +x
        hip = np.array([sx * 0.13, 0, 0.86])
        leg = (
            _limb(hip, (0.42, 0.42), 1.45, -1.4, sx * 0.08)
            if pose == 'sit'
            else _limb(
                hip, (0.42, 0.42), sx * swing, -abs(swing) * (0.6 if sx < 0 else 0.2), sx * rng.uniform(0.02, 0.12)
            )
        )
        shoulder = np.array([sx * 0.2, 0, 1.36])
        out, fore, bend = sx * rng.uniform(0.1, 0.35), -sx * swing + rng.normal(0, 0.15), rng.uniform(0.1, 0.9)
        if pose == 'raise' and rng.random() < 0.75:
            out, fore, bend = sx * rng.uniform(0.5, 1.0), rng.uniform(1.9, 2.6), rng.uniform(0.0, 0.5)
        arm = _limb(shoulder, (0.28, 0.26), fore, bend, out)
        for name, point in zip(('hip', 'knee', 'ankle', 'shoulder', 'elbow', 'wrist'), leg + arm, strict=True):
            joints[f'{side}_{name}'] = point
        joints[f'{side}_eye'], joints[f'{side}_ear'] = (
            np.array([sx * 0.045, -0.12, 1.66]),
            np.array([sx * 0.13, 0, 1.63]),
        )
    joints['nose'] = np.array([0, -0.15, 1.6])
    bone = {'shoulder': (0.075, rgb), 'elbow': (0.065, rgb), 'hip': (0.1, trousers), 'knee': (0.085, trousers)}
    parts = [
        Part('ellipsoid', (0.22, 0.13, 0.31), (0, 0, 1.13), rgb),
        box((0.34, 0.2, 0.2), (0, 0, 0.9), trousers),
        rod((0, 0, 1.36), (0, 0, 1.5), 0.06, skin),
        Part('ellipsoid', (0.13, 0.14, 0.17), (0, 0, 1.62), skin),
        Part('ellipsoid', (0.14, 0.14, 0.13), (0, 0.03, 1.7), hair),
        Part('sphere', (0.03, 0, 0), joints['nose'], skin),
    ]
    for side in ('left', 'right'):
        for first, second in (('shoulder', 'elbow'), ('elbow', 'wrist'), ('hip', 'knee'), ('knee', 'ankle')):
            parts.append(rod(joints[f'{side}_{first}'], joints[f'{side}_{second}'], *bone[first]))
        parts.append(Part('sphere', (0.07, 0, 0), joints[f'{side}_wrist'], skin))
        parts.append(box((0.11, 0.26, 0.09), joints[f'{side}_ankle'] + [0, -0.06, -0.02], DARK))
        parts.append(Part('sphere', (0.02, 0, 0), joints[f'{side}_eye'], DARK))
    order = ['nose'] + [
        f'{s}_{n}'
        for n in ('eye', 'ear', 'shoulder', 'elbow', 'wrist', 'hip', 'knee', 'ankle')
        for s in ('left', 'right')
    ]
    points = np.stack([joints[name] for name in order])
    drop = min(points[:, 2].min(), min(p.pos[2] for p in parts)) - 0.06  # someone who sits comes down to the floor
    points[:, 2] -= drop
    for part in parts:
        part.pos = (np.asarray(part.pos) - [0, 0, drop]) * scale
        part.size = [v * scale for v in part.size]
    return Thing('person', parts, 0.35, points * scale)


MAKERS: dict[str, Callable[[np.random.Generator, Vector], Thing]] = {
    f.__name__: f for f in (person, chair, table, sofa, cabinet, lamp, plant, ball, vase, television, bed, dog)
}
COLOUR_RGB = {
    'red': (0.8, 0.1, 0.1),
    'orange': (0.95, 0.5, 0.1),
    'yellow': (0.92, 0.82, 0.15),
    'green': (0.15, 0.6, 0.2),
    'blue': (0.12, 0.3, 0.8),
    'purple': (0.5, 0.2, 0.65),
    'pink': (0.95, 0.55, 0.7),
    'brown': (0.45, 0.28, 0.15),
    'white': (0.92, 0.92, 0.92),
    'black': (0.1, 0.1, 0.11),
}
