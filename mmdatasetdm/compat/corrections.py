"""Corrections of stock modules, made right after their import (see :mod:`mmdatasetdm.compat`)."""

from __future__ import annotations

import ast
import functools
import logging
import sys
from collections.abc import Callable
from pathlib import Path
from types import ModuleType
from typing import Any


def _know_our_configs(module: ModuleType) -> None:
    # mmseg: by its import name it is found in both families, by its distribution's (mmsegmentation) only in upstream's.
    # mmdatasetdm: where a name is no distribution's, mmengine takes the folder of the module of that name; by the
    # distribution's name mmengine 0.10.7 looks into site-packages also for a package installed with `pip install -e`.
    module.MODULE2PACKAGE.update(mmseg='mmseg', mmdatasetdm='mmdatasetdm.errors')


def _allow_history_buffers(module: ModuleType) -> None:
    import numpy as np
    import torch

    def state_without_methods(self: Any) -> dict[str, Any]:
        # the stock state refers to the class's methods by getattr, which nobody should call safe; __setstate__ finds
        # them anyway
        return {**self.__dict__, 'statistics_methods': {}}

    def method(owner: Any, name: str) -> Any:
        # of checkpoints that were saved without this; the stock list of safe functions has getattr itself
        if owner is not module.HistoryBuffer or name.startswith('_'):
            raise AttributeError(f'{owner}.{name} is not read from a checkpoint')
        return getattr(owner, name)

    module.HistoryBuffer.__getstate__ = state_without_methods
    kinds = ('float64', 'float32', 'int64', 'int32', 'uint8', 'bool')  # uint8: the colours of mmpose's joints
    array_parts = [np.ndarray, np.dtype, *(type(np.dtype(kind)) for kind in kinds)]
    rebuild, scalar = np.array(0).__reduce__()[0], np.float64(0).__reduce__()[0]
    # numpy 2 moved the functions; checkpoints written under numpy 1 name the old place
    places = [f'numpy.{core}.multiarray' for core in ('core', '_core')]
    aliases = [(function, f'{place}.{function.__name__}') for place in places for function in (rebuild, scalar)]
    aliases += [(method, 'builtins.getattr'), (method, '__builtin__.getattr')]
    torch.serialization.add_safe_globals([module.HistoryBuffer, slice, *array_parts, *aliases])


def _print_no_debugging(module: ModuleType) -> None:
    stock = module.print_log

    @functools.wraps(stock)
    def print_log(msg: Any, logger: Any = None, level: int = logging.INFO) -> None:
        if logger is not None or level > logging.DEBUG:
            stock(msg, logger, level)

    module.print_log = print_log
    if package := sys.modules.get('mmengine.logging'):  # imported before this package
        package.print_log = print_log


def _run_no_code_of_checkpoints(module: ModuleType) -> None:
    stock_load_url = module.load_url

    def load_from_local(filename: str, map_location: Any = None) -> Any:  # mmengine's log takes the name's end
        return read(filename, map_location)

    def read(file: Any, map_location: Any = None, weights_only: bool | None = None) -> Any:
        from mmdatasetdm.engine.checkpoints import read_checkpoint

        return read_checkpoint(file, map_location)

    def load_url(*args: Any, **kwargs: Any) -> Any:
        return stock_load_url(*args, **{**kwargs, 'weights_only': True})

    module.CheckpointLoader.register_scheme('', load_from_local, force=True)
    module.load_from_local = load_from_local
    module._safe_torch_load = read
    module.load_url = load_url


def _keep_classes_and_palette_apart(module: ModuleType) -> None:
    visualizer = module.SegLocalVisualizer
    stock_init = visualizer.__init__

    def __init__(
        self: Any,
        name: str = 'visualizer',
        image: Any = None,
        vis_backends: Any = None,
        save_dir: Any = None,
        classes: Any = None,
        palette: Any = None,
        dataset_name: Any = None,
        alpha: float = 0.8,
        **others: Any,
    ) -> None:
        stock_init(self, name, image, vis_backends, save_dir, None, None, dataset_name, alpha, **others)
        self.set_dataset_meta(classes=classes, palette=palette, dataset_name=dataset_name)

    visualizer.__init__ = __init__


def _say_what_arrived(module: ModuleType) -> None:
    from mmdatasetdm.engine import pretrained

    pretrained.replace_initializer(module)


def _load_all_of_swin(module: ModuleType) -> None:
    from mmdatasetdm.engine import pretrained

    pretrained.replace_swin_loading(module)


def _build_in_the_scope_of_the_config(module: ModuleType) -> None:
    stock_get_model = module.get_model

    def get_model(cfg_path: str, pretrained: bool = False, **kwargs: Any) -> Any:
        if not cfg_path.startswith('mmdatasetdm::'):
            return stock_get_model(cfg_path, pretrained, **kwargs)
        from mmdatasetdm.utils import register_all_modules

        config = module.get_config(cfg_path, pretrained)
        register_all_modules()
        with module.DefaultScope.overwrite_default_scope(config.get('default_scope', 'mmseg')):
            return module.MODELS.build(config.model, default_args=kwargs)

    module.get_model = functools.wraps(stock_get_model)(get_model)
    if 'mmengine.hub' in sys.modules:
        sys.modules['mmengine.hub'].get_model = module.get_model


def _name_classes_of_the_config(module: ModuleType) -> None:
    stock_init = module.BaseSegDataset.__init__

    def __init__(self: Any, *args: Any, **kwargs: Any) -> None:
        stock_init(self, *args, **kwargs)
        self.METAINFO = self.metainfo

    module.BaseSegDataset.__init__ = functools.wraps(stock_init)(__init__)


def _allow_names_without_digits(module: ModuleType) -> None:
    # the kind of room is what stands before the first digit of a name; where there is none, it ends with StopIteration
    stock = module.NYUDataset._get_category_id_from_filename

    def _get_category_id_from_filename(self: Any, image_fname: str) -> int:
        digits = any(letter.isdigit() for letter in Path(image_fname).name)
        return stock(self, image_fname) if digits else -1

    module.NYUDataset._get_category_id_from_filename = _get_category_id_from_filename


def _pad_images_of_several_sizes(module: ModuleType) -> None:
    # mmdet's and mmpose's preprocessors pad the images of a batch in a test too; mmseg's stops the first validation,
    # after all iterations, with an assertion that names no image
    stock_forward = module.SegDataPreProcessor.forward

    def forward(self: Any, data: dict[str, Any], training: bool = False) -> dict[str, Any]:
        import torch

        images, samples = data['inputs'], data.get('data_samples')
        if training or samples is None or len({image.shape[-2:] for image in images}) == 1:
            return stock_forward(self, data, training)
        single = [
            stock_forward(self, dict(inputs=[image], data_samples=[sample]), training)
            for image, sample in zip(images, samples, strict=True)
        ]
        height, width = (max(one['inputs'].shape[side] for one in single) for side in (-2, -1))
        inputs, samples = [], [one['data_samples'][0] for one in single]
        for one, sample in zip(single, samples, strict=True):
            right, below = width - one['inputs'].shape[-1], height - one['inputs'].shape[-2]
            inputs.append(torch.nn.functional.pad(one['inputs'], (0, right, 0, below), value=self.pad_val))
            left, more, top, further = sample.metainfo.get('img_padding_size', (0, 0, 0, 0))
            padding = (left, more + right, top, further + below)
            sample.set_metainfo(dict(img_padding_size=padding, pad_shape=(height, width)))
        return dict(inputs=torch.cat(inputs), data_samples=samples)

    module.SegDataPreProcessor.forward = forward


def _name_damaged_files(module: ModuleType) -> None:
    # the loaders name no file, paint the rest of one that was cut grey, or fail with an assertion
    stock_call = module.Compose.__call__

    def __call__(self: Any, data: dict[str, Any]) -> dict[str, Any] | None:
        from mmdatasetdm.datasets.labels import name_damaged_files

        return name_damaged_files(functools.partial(stock_call, self), data)

    module.Compose.__call__ = __call__


LIBRARIES = ('mmseg', 'mmdet', 'mmpose')


def _find_configs_by_name(module: ModuleType) -> None:
    stock = module.Config._get_cfg_path

    @functools.cache
    def configs_of(scope: str) -> Path | None:
        package = module._get_package_and_cfg_path(f'{scope}::a/b')[0]
        return Path(module.get_installed_path(package), '.mim/configs') if module.is_installed(package) else None

    def _get_cfg_path(cfg_path: str, filename: str) -> tuple[str, str | None]:
        scope, mark, name = cfg_path.partition('::')
        if scope == 'mmdatasetdm':
            package = Path(__file__).parents[1]
            found = [folder / name for folder in (package / '.mim/configs', package.parent / 'configs')]
            path = next((path for path in found if path.is_file()), None)
            if path is None:
                raise FileNotFoundError(f'mmdatasetdm has no config {name}')
            return str(path), None  # a scope would hide the types of mmseg, mmdet and mmpose that our configs name
        if mark and scope in LIBRARIES and (folder := configs_of(scope)) and (folder / name).is_file():
            return str(folder / name), scope
        return stock(cfg_path, filename)  # another library's, or an error to be said

    module.Config._get_cfg_path = staticmethod(_get_cfg_path)


def _format_statements_once(module: ModuleType) -> None:
    stock = module.FormatCode

    @functools.lru_cache(maxsize=1024)
    def formatted(statement: str, style: tuple[tuple[str, Any], ...]) -> tuple[str, bool]:
        return stock(statement, style_config=dict(style))

    def FormatCode(text: str, *args: Any, **options: Any) -> tuple[str, bool]:
        style = options.get('style_config')
        nodes = ast.parse(text).body if not args and set(options) == {'style_config'} and type(style) is dict else []
        starts = [node.lineno - 1 for node in nodes if isinstance(node, ast.Assign)]
        if not starts or len(starts) < len(nodes) or len(set(starts)) < len(starts) or starts[0]:
            return stock(text, *args, **options)
        lines = text.split('\n')
        ends = [*starts[1:], len(lines)]
        parts = ['\n'.join(lines[start:end]) for start, end in zip(starts, ends, strict=True)]
        done = [formatted(part, tuple(style.items())) for part in parts]
        return ''.join(part for part, _ in done), any(changed for _, changed in done)

    module.FormatCode = functools.wraps(stock)(FormatCode)


def _resume_on_schedule(module: ModuleType) -> None:
    stock_resume = module.Runner.resume

    def resume(self: Any, *args: Any, **kwargs: Any) -> None:
        from mmdatasetdm.engine.schedules import resume_on_schedule

        resume_on_schedule(self, lambda: stock_resume(self, *args, **kwargs))

    module.Runner.resume = resume


def _mix_precision_on_a_cpu(module: ModuleType) -> None:
    import torch

    if not any(getattr(module, f'is_{kind}_available')() for kind in ('cuda', 'npu', 'mlu', 'musa')):
        module.is_cuda_available = lambda: True  # all that the wrapper asks; its autocast knows the CPU
        module.GradScaler = functools.partial(torch.amp.GradScaler, device='cpu', enabled=False)  # bfloat16 needs none


AFTER_IMPORT: dict[str, Callable[[ModuleType], None]] = {
    'mmengine.config.config': _find_configs_by_name,
    'mmengine.config.utils': _know_our_configs,
    'mmdet.models.backbones.swin': _load_all_of_swin,
    'mmengine.hub.hub': _build_in_the_scope_of_the_config,
    'mmengine.dataset.base_dataset': _name_damaged_files,
    'mmengine.logging.history_buffer': _allow_history_buffers,
    'mmengine.logging.logger': _print_no_debugging,
    'mmengine.optim.optimizer.amp_optimizer_wrapper': _mix_precision_on_a_cpu,
    'mmengine.model.weight_init': _say_what_arrived,
    'mmengine.runner.checkpoint': _run_no_code_of_checkpoints,
    'mmengine.runner.runner': _resume_on_schedule,
    'yapf.yapflib.yapf_api': _format_statements_once,
    'mmseg.models.backbones.swin': _load_all_of_swin,
    'mmseg.models.data_preprocessor': _pad_images_of_several_sizes,
    'mmseg.datasets.nyu': _allow_names_without_digits,
    'mmseg.datasets.basesegdataset': _name_classes_of_the_config,
    'mmseg.visualization.local_visualizer': _keep_classes_and_palette_apart,
}
