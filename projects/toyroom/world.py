"""Draw and render scenes of the ToyRoom world: a scene is a function of (seed, index) and of nothing else."""

import os
import random
from dataclasses import dataclass

os.environ.setdefault('MUJOCO_GL', 'egl')

import numpy as np

try:
    import mujoco
except ImportError:  # said by World, so that --help works without it
    mujoco = None

from mmdatasetdm.errors import UserError
from mmdatasetdm.toyroom.captions import CLASSES, COLOURS, FREQUENCY, caption
from projects.toyroom.camera import FOVY, SIZE, look_at, project
from projects.toyroom.objects import COLOUR_RGB, MAKERS, Part, Thing
from projects.toyroom.textures import texture

POOL, MAX_DEPTH = 150, 20.0
# Everything is rendered at twice the size and scaled down: edges are smooth, and no label is of half a pixel.
RENDERED = 2 * SIZE
# What the generator is trained on shows rare classes nearly as often as the others, and people more often than any.
POOL_FREQUENCY = dict.fromkeys(FREQUENCY, 1.0) | dict(person=2.5, chair=1.3, dog=1.3, bed=0.8)
# an object that shows less than this is neither named nor labelled as an object of its own: the scene is redrawn
MIN_PIXELS = 150
MATERIALS = ('plain', 'wood', 'cloth', 'ball')
SURFACES = ('planks', 'windows')
KINDS = {
    'box': 'mjGEOM_BOX',
    'sphere': 'mjGEOM_SPHERE',
    'ellipsoid': 'mjGEOM_ELLIPSOID',
    'cylinder': 'mjGEOM_CYLINDER',
    'capsule': 'mjGEOM_CAPSULE',
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


def _quaternion(rotation: np.ndarray) -> np.ndarray:
    out = np.empty(4)
    mujoco.mju_mat2Quat(out, np.ascontiguousarray(rotation, float).ravel())
    return out


class World:
    """One MuJoCo model with a pool of free geoms that every scene rearranges: nothing is compiled anew per scene."""

    FLOOR, BACK, SKY, LEFT, RIGHT = range(5)

    def __init__(
        self, *, seed: int, street_share: float = 0.15, near_share: float = 0.0, frequency: dict | None = None
    ) -> None:
        """
        Args:
            seed: of all scenes.
            street_share: the share of scenes on a street instead of in a room.
            near_share: the share of scenes that are close-ups of one object or two.
            frequency: class name -> how often it is drawn; default: the world's own, long-tailed.
        Raises:
            UserError: the renderer is not installed.
        """
        if mujoco is None:
            raise UserError('the renderer is not installed: pip install -r requirements/toyroom.txt')
        self.seed, self.street_share, self.near_share = seed, street_share, near_share
        self.frequency = frequency or FREQUENCY
        spec = mujoco.MjSpec()
        spec.visual.global_.offwidth = spec.visual.global_.offheight = RENDERED
        # A coarser shadow map draws dotted lines along edges. No samples: the rendering is scaled down anyway.
        spec.visual.quality.shadowsize, spec.visual.quality.offsamples = 2048, 0
        spec.visual.map.znear, spec.visual.map.zfar, spec.stat.extent = 0.02, 60.0, 4.0
        spec.visual.map.shadowclip = 2.0  # the shadow map reaches twice as far as the scene: no edge of it is seen
        spec.stat.center = [0, 0, 0.5]
        spec.visual.headlight.diffuse = [0.25, 0.25, 0.25]
        self.material = {}
        for name in MATERIALS + SURFACES:
            grey = (texture(name) * 255).astype(np.uint8)
            cube = name in MATERIALS
            picture = spec.add_texture(
                name=name,
                type=mujoco.mjtTexture.mjTEXTURE_CUBE if cube else mujoco.mjtTexture.mjTEXTURE_2D,
                width=128,
                height=128 * (6 if cube else 1),
                nchannel=3,
            )
            picture.data = np.repeat(np.concatenate([grey] * (6 if cube else 1))[..., None], 3, 2).tobytes()
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
        self.renderer = mujoco.Renderer(self.model, RENDERED, RENDERED, max_geom=5 + POOL + 20)
        self.renderer.scene.flags[mujoco.mjtRndFlag.mjRND_SKYBOX] = 0

    def scene(self, index: int, *, labels: bool = True) -> Scene:
        """Render scene `index`; without `labels` keypoints and depth are left out (the generator needs none)."""
        for attempt in range(50):
            rng = np.random.default_rng([self.seed, index, attempt])
            scene = self._try(rng, labels)
            if scene is not None:
                return scene
        raise RuntimeError(f'scene {index} of seed {self.seed}: no arrangement shows every object')

    def _draw(self, rng: np.random.Generator, near: bool) -> list[tuple[str, str]]:
        """(class name, colour) of each object; every fourth of several is another of the kind before it."""
        names, weights = list(self.frequency), np.array(list(self.frequency.values()))
        count = rng.choice([1, 2, 3, 4], p=[0.75, 0.25, 0, 0] if near else [0.26, 0.38, 0.24, 0.12])
        drawn: list[tuple[str, str]] = []
        for _ in range(count):
            name, colour = str(rng.choice(names, p=weights / weights.sum())), COLOURS[rng.integers(len(COLOURS))]
            if drawn and rng.random() < 0.25:
                name, colour = drawn[-1][0], drawn[-1][1] if rng.random() < 0.6 else colour
            drawn.append((name, colour))
        return drawn

    def _try(self, rng: np.random.Generator, labels: bool) -> Scene | None:
        style = 'street' if rng.random() < self.street_share else 'room'
        near = bool(rng.random() < self.near_share)
        wanted = self._draw(rng, near)
        self._surroundings(rng, style)
        placed: list[tuple[np.ndarray, float]] = []
        things: list[Thing] = []
        owner = np.full(5 + POOL, 0)
        slot, joints = 5, {}
        for number, (name, colour) in enumerate(wanted):
            rgb = np.clip(np.array(COLOUR_RGB[colour]) + rng.normal(0, 0.04, 3), 0, 1)
            thing = MAKERS[name](rng, rgb)
            spot = self._spot(rng, thing, placed, len(wanted))
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
        eye, frame = self._camera(rng, things, [spot for spot, _ in placed], near)
        self.model.geom_rgba[slot:, 3] = 0
        self.model.geom_pos[slot:] = [0, 0, -50]
        mujoco.mj_kinematics(self.model, self.data)
        mujoco.mj_camlight(self.model, self.data)
        self.renderer.update_scene(self.data, camera='eye')
        self.renderer.enable_segmentation_rendering()
        ids = self.renderer.render()[..., 0]
        self.renderer.disable_segmentation_rendering()
        instance = _majority(np.where(ids >= 0, owner[np.clip(ids, 0, None)], 0)).astype(np.uint8)
        area = np.bincount(instance.ravel(), minlength=len(wanted) + 1)[1:]
        if (area < MIN_PIXELS).any():
            return None
        image = self.renderer.render().reshape(SIZE, 2, SIZE, 2, 3).mean((1, 3), dtype=np.float32)
        image = np.clip(image * rng.uniform(0.9, 1.1), 0, 255).round().astype(np.uint8)
        depth, keypoints = np.zeros((SIZE, SIZE), np.float32), {}
        if labels:
            self.renderer.enable_depth_rendering()
            depth = _majority(self.renderer.render())
            self.renderer.disable_depth_rendering()
            keypoints = {n: project(j, eye, frame, instance, n + 1, depth) for n, j in joints.items()}
        semantic = np.array([0] + [CLASSES.index(n) for n, _ in wanted], np.uint8)[instance]
        words = random.Random(int(rng.integers(2**31)))
        said = [(n, c if words.random() < 0.5 else None) for n, c in wanted]
        text = caption(said, style, words, near=near)
        return Scene(image, semantic, instance, depth, wanted, keypoints, style, text)

    def _geom(self, slot: int, part: Part, turn: np.ndarray, spot: np.ndarray) -> None:
        m = self.model
        m.geom_type[slot] = getattr(mujoco.mjtGeom, KINDS[part.kind])
        m.geom_size[slot] = part.size
        m.geom_pos[slot] = turn @ np.asarray(part.pos, float) + spot
        m.geom_quat[slot] = _quaternion(turn @ part.rotation)
        self._paint(slot, part.rgb, part.material)
        if part.glow:
            m.geom_rgba[slot, :3] = np.minimum(1, np.asarray(part.rgb) * (1 + part.glow))

    def _paint(self, slot: int, rgb, material: str) -> None:
        self.model.geom_matid[slot] = self.material[material]
        self.model.geom_rgba[slot] = [*np.clip(np.asarray(rgb, float), 0, 1), 1]

    def _spot(self, rng: np.random.Generator, thing: Thing, placed: list, count: int) -> np.ndarray | None:
        """A free place on the floor; the fewer objects there are, the nearer they are to each other."""
        reach = 0.2 + 0.35 * (count - 1)
        for _ in range(30):
            spot = np.array([rng.uniform(-1.2, 1.2) * reach, rng.uniform(-0.8, 0.8) * reach, 0])
            if all(np.linalg.norm(spot - p) > 0.9 * (r + thing.radius) for p, r in placed):
                return spot
        return None

    def _surroundings(self, rng: np.random.Generator, style: str) -> None:
        m = self.model
        tone = lambda low, high: np.clip(rng.uniform(low, high) + rng.uniform(-0.15, 0.15, 3), 0, 1)  # noqa: E731
        back = rng.uniform(1.6, 2.4)
        for slot, size, pos in (
            (self.FLOOR, (12, 12, 0.05), (0, 0, -0.05)),
            (self.BACK, (12, 0.05, 4), (0, back, 0)),
            (self.SKY, (30, 0.05, 20), (0, 14, 0)),
            (self.LEFT, (0.05, 8, 4), (-rng.uniform(2.6, 3.6), 0, 0)),
            (self.RIGHT, (0.05, 8, 4), (rng.uniform(2.6, 3.6), 0, 0)),
        ):
            m.geom_type[slot], m.geom_size[slot], m.geom_pos[slot] = mujoco.mjtGeom.mjGEOM_BOX, size, pos
            m.geom_quat[slot] = [1, 0, 0, 0]
        if style == 'room':
            wall = tone(0.45, 0.85)
            self._paint(self.FLOOR, tone(0.35, 0.7), rng.choice(['planks', 'plain']))
            for slot, shade in ((self.BACK, 1.0), (self.LEFT, 0.92), (self.RIGHT, 0.88)):
                self._paint(slot, wall * shade, 'plain')
        else:
            self._paint(self.FLOOR, np.full(3, rng.uniform(0.3, 0.5)), 'plain')
            m.geom_pos[self.BACK] = [0, rng.uniform(4, 7), 0]
            m.geom_size[self.BACK, 2] = rng.uniform(1.2, 3.0)
            self._paint(self.BACK, tone(0.45, 0.75), 'windows')
            for slot in (self.LEFT, self.RIGHT):
                m.geom_pos[slot] = [0, 0, -40]
            self._paint(self.SKY, np.array([0.45, 0.65, 0.95]) * rng.uniform(0.7, 1.05) + rng.uniform(0, 0.1), 'plain')
        # What is not wholly opaque throws no shadow: walls would darken each other.
        m.geom_rgba[[self.BACK, self.LEFT, self.RIGHT], 3] = 0.999
        key = np.array([rng.uniform(-0.45, 0.45), rng.uniform(0.15, 0.8), -1.0])
        strength = rng.uniform(0.35, 0.75)
        m.light_dir[0] = key / np.linalg.norm(key)
        m.light_pos[0] = -m.light_dir[0] * 6
        m.light_dir[1] = [-key[0], 0.6, -0.5]
        warm = np.array([1, rng.uniform(0.85, 1), rng.uniform(0.7, 1)])
        m.light_diffuse[0], m.light_diffuse[1] = strength * warm, np.full(3, rng.uniform(0.05, 0.25))
        m.light_ambient[0], m.light_ambient[1] = np.full(3, rng.uniform(0.3, 0.45)), 0
        m.light_specular[:] = 0.2

    def _camera(
        self, rng: np.random.Generator, things: list[Thing], spots: list[np.ndarray], near: bool
    ) -> tuple[np.ndarray, np.ndarray]:
        """Stand where the objects fill most of the view; a close-up cuts some off at the image's border."""
        tops = [max(float(part.pos[2]) + 0.5 * max(part.size) for part in thing.parts) for thing in things]
        centres = np.array([spot + [0, 0, top / 2] for spot, top in zip(spots, tops, strict=True)])
        target = centres.mean(0)
        reach = max(
            np.linalg.norm(centre - target) + max(thing.radius, top / 2)
            for centre, thing, top in zip(centres, things, tops, strict=True)
        )
        reach *= (
            rng.uniform(0.78, 1.0) if near else rng.uniform(1.0, 1.3) if len(things) == 1 else rng.uniform(0.85, 1.15)
        )
        distance = max(0.9, reach / np.sin(np.radians(FOVY / 2)))
        turn, tilt = rng.uniform(-0.35, 0.35), rng.uniform(0.08, 0.42)
        eye = target + distance * np.array([np.sin(turn) * np.cos(tilt), -np.cos(turn) * np.cos(tilt), np.sin(tilt)])
        frame = look_at(eye, target + rng.uniform(-0.12, 0.12, 3) * reach)
        self.model.cam_pos[0], self.model.cam_quat[0], self.model.cam_fovy[0] = eye, _quaternion(frame), FOVY
        return eye, frame


def _majority(pixels: np.ndarray) -> np.ndarray:
    """(2 H, 2 W) -> (H, W): what most of each four pixels are, the lower where they are two and two."""
    h, w = (n // 2 for n in pixels.shape)
    return np.sort(pixels.reshape(h, 2, w, 2).transpose(0, 2, 1, 3).reshape(h, w, 4), -1)[..., 1]
