"""Before the first import of mujoco by any test: it chooses how to render then."""

import os

os.environ.setdefault('MUJOCO_GL', 'egl')
