"""The substitute for mmcv's compiled operators and the corrections of stock modules."""

import logging
import subprocess
import sys
from pathlib import Path

import pytest
import torch
from mmcv.ops import batched_nms, nms
from mmcv.ops.multi_scale_deform_attn import MultiScaleDeformableAttnFunction, multi_scale_deformable_attn_pytorch

from mmdatasetdm import compat

ROOT = Path(__file__).parents[1]
without_ops = pytest.mark.skipif(compat.has_compiled_ops(), reason='this mmcv has its compiled operators')


def run_python(code: str) -> subprocess.CompletedProcess:
    """Run ``code`` in a fresh interpreter, in which nothing is imported yet."""
    return subprocess.run([sys.executable, '-c', code], capture_output=True, text=True, cwd=ROOT, check=False)


@pytest.fixture
def attention_inputs():
    """Levels 3x4 and 2x2, 2 images, 2 heads of 4 channels, 5 queries, 3 points; some locations outside of the image."""
    torch.manual_seed(0)
    shapes = torch.tensor([[3, 4], [2, 2]])
    value = torch.randn(2, 16, 2, 4, dtype=torch.float64)
    locations = torch.rand(2, 5, 2, 2, 3, 2, dtype=torch.float64) * 1.4 - 0.2
    weights = torch.randn(2, 5, 2, 6, dtype=torch.float64).softmax(-1).view(2, 5, 2, 2, 3)
    return shapes, torch.tensor([0, 12]), [tensor.requires_grad_() for tensor in (value, locations, weights)]


@without_ops
def test_the_kernel_interface_computes_deformable_attention_and_its_gradients(attention_inputs):
    # This is the function that MultiScaleDeformableAttention calls on CUDA.
    shapes, starts, (value, locations, weights) = attention_inputs
    output = MultiScaleDeformableAttnFunction.apply(value, shapes, starts, locations, weights, 64)
    expected = multi_scale_deformable_attn_pytorch(value, shapes, locations, weights)
    assert torch.equal(output, expected)
    grad = torch.randn_like(output)
    for computed, true in zip(
        torch.autograd.grad(output, (value, locations, weights), grad),
        torch.autograd.grad(expected, (value, locations, weights), grad),
        strict=True,
    ):
        torch.testing.assert_close(computed, true)


@without_ops
def test_deformable_attention_in_half_precision_has_half_precision_gradients(attention_inputs):
    shapes, starts, inputs = attention_inputs
    value, locations, weights = (tensor.detach().bfloat16().requires_grad_() for tensor in inputs)
    with torch.autocast('cpu', dtype=torch.bfloat16):
        output = MultiScaleDeformableAttnFunction.apply(value, shapes, starts, locations, weights, 64)
    output.sum().backward()
    assert output.dtype == value.grad.dtype == torch.bfloat16
    assert value.grad.abs().sum() > 0


def test_nms_keeps_the_best_of_what_overlaps():
    boxes = torch.tensor([[0.0, 0.0, 10.0, 10.0], [1.0, 1.0, 11.0, 11.0], [20.0, 20.0, 30.0, 30.0]])
    dets, kept = nms(boxes, torch.tensor([0.5, 0.9, 0.7]), iou_threshold=0.5)
    assert kept.tolist() == [1, 2]
    assert dets[:, 4].tolist() == pytest.approx([0.9, 0.7])


def test_nms_offset_counts_the_last_pixel():
    # IoU 1/3 as coordinates (2 of 6), 2/4 as pixels with both borders (6 of 12 wide)
    boxes, scores = torch.tensor([[0.0, 0.0, 4.0, 1.0], [2.0, 0.0, 6.0, 1.0]]), torch.tensor([0.9, 0.8])
    assert nms(boxes, scores, iou_threshold=0.4)[1].tolist() == [0, 1]
    assert nms(boxes, scores, iou_threshold=0.4, offset=1)[1].tolist() == [0]


def test_batched_nms_keeps_classes_apart():
    boxes = torch.tensor([[0.0, 0.0, 10.0, 10.0], [0.0, 0.0, 10.0, 10.0], [0.0, 0.0, 10.0, 9.0]])
    scores, classes = torch.tensor([0.9, 0.8, 0.7]), torch.tensor([0, 1, 0])
    _, kept = batched_nms(boxes, scores, classes, dict(type='nms', iou_threshold=0.5))
    assert kept.tolist() == [0, 1]


@without_ops
def test_an_operator_that_is_missing_says_how_to_get_it():
    from mmcv.ops import RoIPool

    with pytest.raises(compat.MissingOpError, match=r"'roi_pool_forward' is not available.*pip install"):
        RoIPool(2)(torch.zeros(1, 1, 4, 4), torch.tensor([[0.0, 0.0, 0.0, 2.0, 2.0]]))


def test_models_import_after_the_package():
    done = run_python(
        'import mmdatasetdm, mmseg.models, mmdet.models\n'
        'from mmseg.registry import MODELS\nprint(MODELS.get("mmdet.MSDeformAttnPixelDecoder").__name__)'
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout.split()[-1] == 'MSDeformAttnPixelDecoder'


def test_compiled_operators_are_used_when_they_are_there(tmp_path):
    (tmp_path / '_ext.py').write_text('def nms(boxes, scores, *, iou_threshold, offset): return "compiled"\n')
    done = run_python(
        'import mmdatasetdm, mmcv, importlib\n'
        f'mmcv.__path__.insert(0, {str(tmp_path)!r})\n'
        'from mmdatasetdm.compat import has_compiled_ops\n'
        'ops = importlib.import_module("mmcv._ext")\n'
        'print(ops.nms(0, 0, iou_threshold=0, offset=0), has_compiled_ops())'
    )
    assert done.stdout.split() == ['compiled', 'True'], done.stderr


def test_the_plain_layers_work_without_openmmlab():
    # mmengine has the registries, those of the generators' families among them
    done = run_python(
        'import sys\n'
        'for name in ("mmcv", "mmseg", "mmdet", "mmpose"): sys.modules[name] = None\n'
        'import mmdatasetdm.diffusion, mmdatasetdm.decoder; print("fine")'
    )
    assert done.stdout.split() == ['fine'], done.stderr


def test_the_package_imports_no_openmmlab_by_itself():
    done = run_python(
        'import sys, mmdatasetdm; print([name for name in sys.modules if name.split(".")[0] in '
        '("mmengine", "mmcv", "mmseg", "torch")])'
    )
    assert done.stdout.strip() == '[]', done.stderr


def test_a_message_hub_can_be_loaded_with_weights_only(tmp_path):
    # in a fresh interpreter: onedl-mmengine's own loading takes what it allows off torch's list again afterwards
    done = run_python(
        'import mmdatasetdm, numpy, torch\n'
        'from mmengine.logging import HistoryBuffer\n'
        f'path = {str(tmp_path / "hub.pth")!r}\n'
        'torch.save([HistoryBuffer([1., 2.], [1, 1]), numpy.float64(3)], path)\n'
        'loaded, number = torch.load(path, weights_only=True)\n'
        'print(loaded.data[0].tolist(), loaded.statistics("mean"), float(number))'
    )
    assert done.stdout.strip() == '[1.0, 2.0] 1.5 3.0', done.stderr


def test_the_segmentation_visualizer_keeps_classes_and_palette_apart(tmp_path):
    from mmseg.visualization import SegLocalVisualizer

    meta = {'classes': ['room', 'dog'], 'palette': [[0, 0, 0], [9, 9, 9]]}
    visualizer = SegLocalVisualizer(name='compat', save_dir=str(tmp_path), **meta)
    assert visualizer.dataset_meta == meta


def test_configs_of_mmseg_and_of_this_package_are_found_by_name(tmp_path):
    from mmengine.config import Config

    (tmp_path / 'c.py').write_text("_base_ = 'mmseg::_base_/models/fcn_r50-d8.py'\n")
    assert Config.fromfile(tmp_path / 'c.py').model.decode_head.type == 'FCNHead'
    with pytest.raises(FileNotFoundError, match='nothing'):
        Config._get_cfg_path('mmseg::nothing/nothing.py', '')
    from mmengine.config.utils import MODULE2PACKAGE
    from mmengine.utils import get_installed_path, is_installed

    assert is_installed(MODULE2PACKAGE['mmdatasetdm'])
    assert Path(get_installed_path(MODULE2PACKAGE['mmdatasetdm'])) == Path(compat.__file__).parents[1]


@pytest.mark.parametrize(
    'name',
    ['mmseg::deeplabv3plus/deeplabv3plus_r50-d8_4xb4-40k_voc12aug-512x512.py', 'mmdet::_base_/default_runtime.py'],
)
def test_a_config_is_found_without_the_model_index_where_the_index_says(name, monkeypatch):
    from mmengine.config import Config, config, utils

    package, path = utils._get_package_and_cfg_path(name)
    package = config.get_installed_path(package)
    try:
        indexed = utils._get_external_cfg_path(package, path)
    except ValueError:  # bases are in no index
        indexed = utils._get_external_cfg_base_path(package, path)
    monkeypatch.setattr(config, '_get_external_cfg_path', None)
    assert Config._get_cfg_path(name, '') == (indexed, name.partition('::')[0])


def test_a_config_is_written_as_yapf_formats_the_whole_of_it(monkeypatch):
    from mmengine.config import Config
    from yapf.yapflib import yapf_api

    config = Config.fromfile('configs/deeplabv3plus/deeplabv3plus_r18_1xb8-2k_toyroom-real-128x128.py')
    config.text = "two\nlines' and quotes"
    text = config.pretty_text
    monkeypatch.setattr(yapf_api, 'FormatCode', yapf_api.FormatCode.__wrapped__)
    assert text == config.pretty_text
    monkeypatch.undo()
    monkeypatch.setattr(yapf_api, 'reformatter', None)  # yapf would fail
    assert config.pretty_text == text


def test_messages_for_debugging_are_not_printed(capsys):
    from mmengine.logging import print_log

    print_log('Could not import OneDL', level=logging.DEBUG)
    print_log('a warning', level=logging.WARNING)
    assert capsys.readouterr().out == 'a warning\n'


def test_installing_twice_changes_nothing():
    before = list(sys.meta_path)
    compat.install()
    assert sys.meta_path == before


def test_pycocotools_stands_in_for_xtcocotools():
    pytest.importorskip('mmpose', reason='mmpose is not installed')
    done = run_python(
        'import mmdatasetdm, numpy as np, pycocotools.mask\n'
        'from xtcocotools.cocoeval import COCOeval\n'
        'import xtcocotools.mask, mmpose.evaluation\n'
        'from xtcocotools.coco import COCO\n'
        'assert xtcocotools.mask.area is pycocotools.mask.area\n'
        'assert COCOeval(None, None, "keypoints", np.ones(3), True).params.kpt_oks_sigmas.tolist() == [1, 1, 1]\n'
        'try:\n'
        '    COCOeval(None, None, "keypoints_crowd")\n'
        'except NotImplementedError as error:\n'
        '    print(error)\n'
        'import xtcocotools.nothing'
    )
    assert "keypoint evaluation 'keypoints_crowd' with use_area=True needs xtcocotools: pip install" in done.stdout
    assert "No module named 'xtcocotools.nothing'" in done.stderr


def test_images_of_several_sizes_are_validated_in_one_batch():
    """mmseg's own preprocessor stops with an assertion, at the first validation."""
    import torch
    from mmengine.config import Config
    from mmengine.registry import init_default_scope
    from mmseg.structures import SegDataSample

    from mmdatasetdm.registry import MODELS

    init_default_scope('mmseg')
    torch.manual_seed(0)
    config = Config.fromfile('configs/deeplabv3plus/deeplabv3plus_r18_1xb8-2k_toyroom-real-128x128.py').model
    config.pop('pretrained', None)
    model = MODELS.build(config).eval()
    images = [torch.randint(0, 256, (3, *size), dtype=torch.uint8) for size in ((64, 96), (80, 48), (64, 96))]

    def predict(chosen: list[int]) -> list[torch.Tensor]:
        samples = [
            SegDataSample(metainfo=dict(img_shape=tuple(images[i].shape[1:]), ori_shape=tuple(images[i].shape[1:])))
            for i in chosen
        ]
        batch = dict(inputs=[images[i] for i in chosen], data_samples=samples)
        return [one.seg_logits.data for one in model.test_step(batch)]

    together = predict([0, 1, 2])
    assert [tuple(one.shape[1:]) for one in together] == [(64, 96), (80, 48), (64, 96)]
    alike = predict([0, 2])
    assert torch.allclose(alike[0], predict([0])[0], atol=1e-4), 'images of one size are as they were'
    inside = (slice(None), slice(0, 24), slice(0, 24))  # far from what is padded, on the right and below
    assert (together[1][inside] - predict([1])[0][inside]).abs().mean() < 0.2 * predict([1])[0].std()
