"""Draw and render scenes of the ToyRoom world: a scene is a function of (seed, index) and of nothing else."""

import os
import random
from dataclasses import dataclass

os.environ.setdefault('MUJOCO_GL', 'egl')

import mujoco
import numpy as np

from mmdatasetdm.toyroom_captions import CLASSES, COLOURS, FREQUENCY, caption
from projects.toyroom.objects import COLOUR_RGB, MAKERS, Part, Thing

SIZE, POOL, MAX_DEPTH = 128, 150, 20.0
# Near views are drawn for the generator alone, more often of what is small or thin and hard to learn from afar.
NEAR_FREQUENCY = dict.fromkeys(FREQUENCY, 1.0) | dict(chair=2.0, ball=2.0, vase=2.5, dog=3.0, television=1.5)
# an object that shows less than this is neither named nor labelled as an object of its own: the scene is redrawn
MIN_PIXELS = 70
MATERIALS = ('plain', 'wood', 'cloth', 'ball')
SURFACES = ('noise', 'stripes', 'checker', 'brick', 'planks', 'asphalt', 'windows')
KINDS = {
    'box': mujoco.mjtGeom.mjGEOM_BOX,
    'sphere': mujoco.mjtGeom.mjGEOM_SPHERE,
    'ellipsoid': mujoco.mjtGeom.mjGEOM_ELLIPSOID,
    'cylinder': mujoco.mjtGeom.mjGEOM_CYLINDER,
    'capsule': mujoco.mjtGeom.mjGEOM_CAPSULE,
}


@dataclass
class Scene:
    """One rendering and everything that is known about it.

    image (128, 128, 3) uint8 RGB; semantic (128, 128) uint8 class ids; instance (128, 128) uint8, 0 or 1 + object
    number;
    depth (128, 128) float32 metres; objects: (class name, colour); keypoints: object number -> (17, 3) x, y,
    visibility.
    """

    image: np.ndarray
    semantic: np.ndarray
    instance: np.ndarray
    depth: np.ndarray
    objects: list[tuple[str, str]]
    keypoints: dict[int, np.ndarray]
    style: str
    caption: str


def _texture(name: str, n: int = 128) -> np.ndarray:
    """Grey patterns (n, n) in [0, 1]; the surface's colour multiplies them."""
    rng = np.random.default_rng(abs(hash_name(name)))
    y, x = np.mgrid[:n, :n] / n
    fine = rng.random((n, n))
    smooth = np.kron(rng.random((16, 16)), np.ones((n // 16, n // 16)))
    base = {
        'plain': np.ones((n, n)),
        'noise': 0.88 + 0.12 * smooth,
        'wood': 0.8 + 0.2 * np.sin(40 * x + 4 * np.sin(6 * y)) ** 2,
        'cloth': 0.82 + 0.18 * ((np.floor(x * 32) + np.floor(y * 32)) % 2),
        'ball': np.where((np.floor(x * 4) % 2) > 0, 1.0, 0.55),
        'stripes': np.where(np.floor(x * 8) % 2 > 0, 1.0, 0.82),
        'checker': np.where((np.floor(x * 4) + np.floor(y * 4)) % 2 > 0, 1.0, 0.7),
        'brick': np.where((y * 8 % 1 < 0.12) | ((x * 4 + np.floor(y * 8) % 2 / 2) % 1 < 0.06), 0.6, 0.95),
        'planks': np.where(x * 6 % 1 < 0.06, 0.6, 0.82 + 0.18 * np.sin(np.floor(x * 6) * 9.0) ** 2),
        'asphalt': 0.8 + 0.2 * smooth,
        'windows': np.where((np.abs(x * 4 % 1 - 0.5) < 0.28) & (np.abs(y * 4 % 1 - 0.5) < 0.3), 0.35, 1.0),
    }[name]
    return np.clip(base * (0.96 + 0.04 * fine), 0, 1)


def hash_name(name: str) -> int:
    """A number that is the same in every process (Python's own hash of a string is not)."""
    return int.from_bytes(name.encode(), 'little') % (2**31)


def _look_at(camera: np.ndarray, target: np.ndarray) -> np.ndarray:
    """Columns: right, up, back of a camera at `camera` that looks at `target`."""
    back = (camera - target) / np.linalg.norm(camera - target)
    right = np.cross([0, 0, 1], back)
    right /= np.linalg.norm(right)
    return np.stack([right, np.cross(back, right), back], 1)


def _quaternion(rotation: np.ndarray) -> np.ndarray:
    out = np.empty(4)
    mujoco.mju_mat2Quat(out, np.ascontiguousarray(rotation, float).ravel())
    return out


class World:
    """One MuJoCo model with a pool of free geoms that every scene rearranges: nothing is compiled anew per scene."""

    FLOOR, BACK, SKY, LEFT, RIGHT = range(5)

    def __init__(self, *, seed: int, street_share: float = 0.15, near: bool = False) -> None:
        self.seed, self.street_share, self.near = seed, street_share, near
        spec = mujoco.MjSpec()
        spec.visual.global_.offwidth = spec.visual.global_.offheight = SIZE
        spec.visual.quality.shadowsize, spec.visual.quality.offsamples = 512, 4
        spec.visual.map.znear, spec.visual.map.zfar, spec.stat.extent = 0.02, 60.0, 4.0
        spec.stat.center = [0, 0, 0.5]
        spec.visual.headlight.diffuse = [0.25, 0.25, 0.25]
        self.material = {}
        for name in MATERIALS + SURFACES:
            grey = (_texture(name) * 255).astype(np.uint8)
            cube = name in MATERIALS
            texture = spec.add_texture(
                name=name,
                type=mujoco.mjtTexture.mjTEXTURE_CUBE if cube else mujoco.mjtTexture.mjTEXTURE_2D,
                width=128,
                height=128 * (6 if cube else 1),
                nchannel=3,
            )
            texture.data = np.repeat(np.concatenate([grey] * (6 if cube else 1))[..., None], 3, 2).tobytes()
            material = spec.add_material(name=name, texrepeat=[1, 1], texuniform=not cube, specular=0.15, shininess=0.3)
            material.textures[mujoco.mjtTextureRole.mjTEXROLE_RGB] = name
            self.material[name] = len(self.material)
        for name in ('key', 'fill'):
            spec.worldbody.add_light(
                name=name, type=mujoco.mjtLightType.mjLIGHT_DIRECTIONAL, castshadow=name == 'key', pos=[0, 0, 6]
            )
        spec.worldbody.add_camera(name='eye')
        for _ in range(5 + POOL):
            spec.worldbody.add_geom(
                type=mujoco.mjtGeom.mjGEOM_BOX, size=[0.1] * 3, contype=0, conaffinity=0, material='plain'
            )
        self.model = spec.compile()
        self.model.geom_sameframe[:] = 0  # else MuJoCo takes the compiled poses for those of the body
        self.data = mujoco.MjData(self.model)
        self.renderer = mujoco.Renderer(self.model, SIZE, SIZE, max_geom=5 + POOL + 20)
        self.renderer.scene.flags[mujoco.mjtRndFlag.mjRND_SKYBOX] = 0

    def scene(self, index: int, *, labels: bool = True) -> Scene:
        """Render scene `index`; without `labels` keypoints and depth are left out (the generator needs none)."""
        for attempt in range(50):
            rng = np.random.default_rng([self.seed, index, attempt, *([1] if self.near else [])])
            scene = self._try(rng, labels)
            if scene is not None:
                return scene
        raise RuntimeError(f'scene {index} of seed {self.seed}: no arrangement shows every object')

    def _draw(self, rng: np.random.Generator) -> list[tuple[str, str]]:
        frequency = NEAR_FREQUENCY if self.near else FREQUENCY
        names, weights = list(frequency), np.array(list(frequency.values()))
        count = rng.choice([1, 2, 3, 4], p=[0.8, 0.2, 0, 0] if self.near else [0.28, 0.36, 0.24, 0.12])
        drawn = list(rng.choice(names, count, p=weights / weights.sum()))
        return [(str(n), COLOURS[rng.integers(len(COLOURS))]) for n in drawn if drawn.count(n) < 4]

    def _try(self, rng: np.random.Generator, labels: bool) -> Scene | None:
        style = 'street' if rng.random() < self.street_share else 'room'
        wanted = self._draw(rng)
        self._surroundings(rng, style)
        eye, frame, fovy = self._camera(rng, len(wanted))
        placed: list[tuple[np.ndarray, float]] = []
        things: list[Thing] = []
        owner = np.full(5 + POOL, 0)
        slot, joints = 5, {}
        for number, (name, colour) in enumerate(wanted):
            rgb = np.clip(np.array(COLOUR_RGB[colour]) + rng.normal(0, 0.04, 3), 0, 1)
            thing = MAKERS[name](rng, rgb)
            spot = self._spot(rng, thing, placed)
            if spot is None:
                return None
            placed.append((spot, thing.radius))
            things.append(thing)
            facing = rng.uniform(-0.9, 0.9) + (np.pi / 2 * rng.choice([-1, 1]) if name == 'dog' else 0)
            if name in ('person', 'ball', 'plant') and rng.random() < 0.3:
                facing = rng.uniform(-np.pi, np.pi)
            turn = np.array([[np.cos(facing), -np.sin(facing), 0], [np.sin(facing), np.cos(facing), 0], [0, 0, 1]])
            if slot + len(thing.parts) > 5 + POOL:
                return None
            for part in thing.parts:
                self._geom(slot, part, turn, spot)
                owner[slot] = number + 1
                slot += 1
            if thing.joints is not None:
                joints[number] = thing.joints @ turn.T + spot
        if self.near:
            eye, frame, fovy = self._step_near(rng, eye, things, [spot for spot, _ in placed])
        self.model.geom_rgba[slot:, 3] = 0
        self.model.geom_pos[slot:] = [0, 0, -50]
        mujoco.mj_kinematics(self.model, self.data)
        mujoco.mj_camlight(self.model, self.data)
        self.renderer.update_scene(self.data, camera='eye')
        self.renderer.enable_segmentation_rendering()
        ids = self.renderer.render()[..., 0]
        self.renderer.disable_segmentation_rendering()
        instance = np.where(ids >= 0, owner[np.clip(ids, 0, None)], 0).astype(np.uint8)
        area = np.bincount(instance.ravel(), minlength=len(wanted) + 1)[1:]
        if (area < MIN_PIXELS).any():
            return None
        image = self.renderer.render().copy()
        image = np.clip(
            image.astype(np.float32) * rng.uniform(0.85, 1.1) + rng.normal(0, 2, image.shape), 0, 255
        ).astype(np.uint8)
        depth, keypoints = np.zeros((SIZE, SIZE), np.float32), {}
        if labels:
            self.renderer.enable_depth_rendering()
            depth = self.renderer.render().copy()
            self.renderer.disable_depth_rendering()
            keypoints = {n: _project(j, eye, frame, fovy, instance, n + 1, depth) for n, j in joints.items()}
        semantic = np.array([0] + [CLASSES.index(n) for n, _ in wanted], np.uint8)[instance]
        words = random.Random(int(rng.integers(2**31)))
        said = [(n, c if words.random() < 0.5 else None) for n, c in wanted]
        text = caption(said, style, words, near=self.near)
        return Scene(image, semantic, instance, depth, wanted, keypoints, style, text)

    def _geom(self, slot: int, part: Part, turn: np.ndarray, spot: np.ndarray) -> None:
        m = self.model
        m.geom_type[slot] = KINDS[part.kind]
        m.geom_size[slot] = part.size
        m.geom_pos[slot] = turn @ np.asarray(part.pos, float) + spot
        m.geom_quat[slot] = _quaternion(turn @ part.rotation)
        self._paint(slot, part.rgb, part.material)
        if part.glow:
            m.geom_rgba[slot, :3] = np.minimum(1, np.asarray(part.rgb) * (1 + part.glow))

    def _paint(self, slot: int, rgb, material: str) -> None:
        self.model.geom_matid[slot] = self.material[material]
        self.model.geom_rgba[slot] = [*np.clip(np.asarray(rgb, float), 0, 1), 1]

    def _spot(self, rng: np.random.Generator, thing: Thing, placed: list) -> np.ndarray | None:
        for _ in range(30):
            spot = np.array([rng.uniform(-1.25, 1.25), rng.uniform(-1.0, 1.3), 0])
            if all(np.linalg.norm(spot - p) > 0.75 * (r + thing.radius) for p, r in placed):
                return spot
        return None

    def _surroundings(self, rng: np.random.Generator, style: str) -> None:
        m = self.model
        tone = lambda low, high: np.clip(rng.uniform(low, high) + rng.uniform(-0.15, 0.15, 3), 0, 1)  # noqa: E731
        back = rng.uniform(2.0, 2.8)
        for slot, size, pos in (
            (self.FLOOR, (12, 12, 0.05), (0, 0, -0.05)),
            (self.BACK, (12, 0.05, 4), (0, back, 0)),
            (self.SKY, (30, 0.05, 20), (0, 14, 0)),
            (self.LEFT, (0.05, 8, 4), (-rng.uniform(2.6, 3.6), 0, 0)),
            (self.RIGHT, (0.05, 8, 4), (rng.uniform(2.6, 3.6), 0, 0)),
        ):
            m.geom_type[slot], m.geom_size[slot], m.geom_pos[slot] = KINDS['box'], size, pos
            m.geom_quat[slot] = [1, 0, 0, 0]
        if style == 'room':
            wall = tone(0.45, 0.85)
            self._paint(self.FLOOR, tone(0.3, 0.7), rng.choice(['planks', 'checker', 'noise', 'plain']))
            for slot, shade in ((self.BACK, 1.0), (self.LEFT, 0.9), (self.RIGHT, 0.85)):
                self._paint(slot, wall * shade, 'plain')
            self._paint(self.BACK, wall, str(rng.choice(['stripes', 'noise', 'brick', 'plain'])))
        else:
            self._paint(self.FLOOR, np.full(3, rng.uniform(0.25, 0.45)), 'asphalt')
            m.geom_pos[self.BACK] = [0, rng.uniform(4, 7), 0]
            m.geom_size[self.BACK, 2] = rng.uniform(1.2, 3.0)
            self._paint(self.BACK, tone(0.4, 0.75), str(rng.choice(['windows', 'brick'])))
            for slot in (self.LEFT, self.RIGHT):
                m.geom_pos[slot] = [0, 0, -40]
            self._paint(self.SKY, np.array([0.45, 0.65, 0.95]) * rng.uniform(0.7, 1.05) + rng.uniform(0, 0.1), 'plain')
        key = np.array([rng.uniform(-0.45, 0.45), rng.uniform(0.15, 0.8), -1.0])
        strength = rng.uniform(0.35, 0.75)
        m.light_dir[0] = key / np.linalg.norm(key)
        m.light_pos[0] = -m.light_dir[0] * 6
        m.light_dir[1] = [-key[0], 0.6, -0.5]
        warm = np.array([1, rng.uniform(0.85, 1), rng.uniform(0.7, 1)])
        m.light_diffuse[0], m.light_diffuse[1] = strength * warm, np.full(3, rng.uniform(0.05, 0.25))
        m.light_ambient[0], m.light_ambient[1] = np.full(3, rng.uniform(0.2, 0.4)), 0
        m.light_specular[:] = 0.2

    def _camera(self, rng: np.random.Generator, count: int) -> tuple[np.ndarray, np.ndarray, float]:
        eye = np.array([rng.uniform(-1.0, 1.0), -rng.uniform(2.5, 3.3) - 0.2 * count, rng.uniform(1.0, 1.9)])
        frame = _look_at(eye, np.array([rng.uniform(-0.25, 0.25), 0, rng.uniform(0.5, 0.75)]))
        fovy = rng.uniform(42, 52)
        return self._aim(eye, frame, fovy)

    def _step_near(
        self, rng: np.random.Generator, eye: np.ndarray, things: list[Thing], spots: list[np.ndarray]
    ) -> tuple[np.ndarray, np.ndarray, float]:
        """Narrow the view to the objects, with 1.2 to 2.2 times their size to either side."""
        heights = [max(float(part.pos[2]) + 0.5 * max(part.size) for part in thing.parts) for thing in things]
        centres = np.array([spot + [0, 0, h / 2] for spot, h in zip(spots, heights, strict=True)])
        target = centres.mean(0)
        reach = max(
            np.linalg.norm(c - target) + max(t.radius, h / 2) for c, t, h in zip(centres, things, heights, strict=True)
        )
        half = np.arctan(reach * rng.uniform(1.2, 2.2) / np.linalg.norm(target - eye))
        fovy = float(np.degrees(2 * half).clip(10, 55))
        frame = _look_at(eye, target + rng.uniform(-0.3, 0.3, 3) * reach)
        return self._aim(eye, frame, fovy)

    def _aim(self, eye: np.ndarray, frame: np.ndarray, fovy: float) -> tuple[np.ndarray, np.ndarray, float]:
        self.model.cam_pos[0], self.model.cam_quat[0], self.model.cam_fovy[0] = eye, _quaternion(frame), fovy
        return eye, frame, fovy


def _project(
    joints: np.ndarray,
    eye: np.ndarray,
    frame: np.ndarray,
    fovy: float,
    instance: np.ndarray,
    number: int,
    depth: np.ndarray,
) -> np.ndarray:
    """COCO keypoints (17, 3): x, y in pixels and 2 where the joint is seen, 1 where hidden, 0 outside of the image."""
    local = (joints - eye) @ frame
    focal = SIZE / 2 / np.tan(np.radians(fovy) / 2)
    x, y = SIZE / 2 + focal * local[:, 0] / -local[:, 2], SIZE / 2 - focal * local[:, 1] / -local[:, 2]
    out = np.zeros((17, 3), np.float32)
    for i in range(17):
        col, row = int(np.floor(x[i])), int(np.floor(y[i]))
        if 0 <= col < SIZE and 0 <= row < SIZE:
            near = instance[row, col] == number and -local[i, 2] - depth[row, col] < 0.25
            out[i] = x[i], y[i], 2 if near else 1
    return out
