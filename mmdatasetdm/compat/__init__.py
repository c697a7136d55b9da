"""What today's OpenMMLab needs before it runs here; each entry says why.

``install()`` runs on ``import mmdatasetdm`` (from a config: ``custom_imports = dict(imports=['mmdatasetdm'])``) and
costs nothing until OpenMMLab itself is imported. The plain-PyTorch rooms need mmengine's registry and no other part.

1. mmcv without compiled operators. The package index has mmcv with operators only as a source that compiles for half an
   hour, and mmseg, mmdet and mmpose import ``mmcv._ext`` whether they use it or not. Where it is missing, a substitute
   takes its place: deformable attention and NMS computed by PyTorch and torchvision on any device, every other operator
   an error that says how to get it. Compiled operators are used when they are there.
2. ``mmdatasetdm::`` and ``mmseg::`` config names: mmengine keeps a closed list of the packages it reads configs from,
   and finds mmseg under the name of its upstream distribution only. What it reads by such a name it then builds
   with the types of that package alone, while our configs name those of mmseg, mmdet and mmpose.
3. Checkpoints. Their message hub holds HistoryBuffers and numpy's numbers, which ``torch.load`` refuses where it is
   told to run no code; mmengine then loads the file again and runs what is in it (0.10.12), or gives up (0.10.7).
   Here those few types are declared safe, and nothing else is ever loaded (:mod:`mmdatasetdm.engine.checkpoints`).
4. ``SegLocalVisualizer(classes=..., palette=...)`` stores each in the other's place.
5. mmpose without xtcocotools, whose wheels break with numpy 2 and whose source wants a compiler. Where it is missing,
   pycocotools, from which it was copied, takes its place.
6. Pretrained weights that do not arrive: mmengine's ``Pretrained`` warns and trains from nothing, mmseg's and mmdet's
   SwinTransformer do not even warn, and mmseg's leaves out Microsoft's own files (2 of 189 tensors load). All of them
   load by :mod:`mmdatasetdm.engine.pretrained`.
7. mmseg's confusion_matrix.py and browse_dataset.py read a data set's ``METAINFO``, which is empty where the config
   names the classes: it is made what ``metainfo`` is.
8. ``Runner.resume`` takes the schedulers of the checkpoint instead of those of the config, so that a longer training
   goes on at a learning rate of 0 (:mod:`mmdatasetdm.engine.schedules`).
9. ``mmengine.hub.get_model`` builds in the scope that is called as the package; our configs are of three scopes.
10. A base like ``mmseg::…`` is looked up in the library's whole model index, read anew for each name. The file is taken
    where it is; the index only names it.
11. A run formats its config four times with yapf. Each statement is formatted once.
12. ``NYUDataset`` ends with StopIteration at an image without a digit in its name: it is of no known kind of room.
13. ``AmpOptimWrapper`` refuses to train on a CPU, though the autocast that it uses knows one (bfloat16).
14. transformers, diffusers and peft each read the metadata of every installed package when they are imported, to know
    which distribution a module is of: half a second each time. It is read once.
"""

from __future__ import annotations

import functools
import importlib.metadata
import sys
import warnings

from mmdatasetdm.compat.corrections import AFTER_IMPORT
from mmdatasetdm.compat.finder import CorrectingFinder
from mmdatasetdm.compat.operators import MissingOpError, OpsFinder, has_compiled_ops
from mmdatasetdm.compat.xtcocotools import XtcocoFinder

__all__ = ['MissingOpError', 'has_compiled_ops', 'install']


def install() -> None:
    """Put the above in force, once; modules that are imported already are corrected in place."""
    if any(isinstance(finder, OpsFinder) for finder in sys.meta_path):
        return
    warnings.filterwarnings('ignore', message='faster_coco_eval is not installed')
    importlib.metadata.packages_distributions = functools.cache(importlib.metadata.packages_distributions)
    sys.meta_path += [OpsFinder(), XtcocoFinder()]
    sys.meta_path.insert(0, CorrectingFinder())
    for name, correct in AFTER_IMPORT.items():
        if name in sys.modules:
            correct(sys.modules[name])
