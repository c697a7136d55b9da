"""Whether a model and the data that it is given mean the same classes; told before the first iteration."""

from collections.abc import Iterator, Sequence

from mmengine.hooks import Hook
from mmengine.runner import Runner
from torch import nn

from mmdatasetdm.errors import UserError


class ClassNames(Hook):
    """Compares ``num_classes``, ``phrase_classes`` and class weights with the names of every data set of a run.

    A model of 12 classes trains on data of 5 until the first validation; one of 11 on data of 59 until an id is beyond
    its last.

    Raises:
        UserError: they differ; in one line with both numbers.
    """

    priority = 'VERY_HIGH'

    def before_train(self, runner: Runner) -> None:
        """The training data, and the validation data too, which else are met when the time has been spent."""
        check_classes(runner.model, runner.train_dataloader.dataset, what='training')
        if runner._val_loop is not None:
            check_classes(runner.model, runner.val_loop.dataloader.dataset, what='validation')

    def before_val(self, runner: Runner) -> None:
        """A validation by itself."""
        check_classes(runner.model, runner.val_loop.dataloader.dataset, what='validation')

    def before_test(self, runner: Runner) -> None:
        """The test data."""
        check_classes(runner.model, runner.test_loop.dataloader.dataset, what='test')


def check_classes(model: nn.Module, dataset: object, *, what: str) -> None:
    """UserError where the model does not fit the classes that a data set names in its metainfo.

    Args:
        model: of mmseg or mmdet; models of depth and of keypoints have no classes.
        dataset: any of OpenMMLab's.
        what: which data these are, for the message.
    """
    model = getattr(model, 'module', model)  # of several GPUs, or of test-time augmentation
    classes = (getattr(dataset, 'metainfo', None) or {}).get('classes')
    if not classes or isinstance(classes, str):
        return
    for path, head in _heads(model):
        number = head.num_classes
        if number != len(classes):
            raise UserError(
                f'model.{path} has {number} classes, but the {what} data have {len(classes)} ({_some(classes)}): set '
                'num_classes to the number of names, or name as many with metainfo=dict(classes=...)'
            )
        _check_weights(path, head, number)
    if getattr(model.backbone, 'class_phrases', None):
        _check_phrases(model, classes, what=what)
    for transform in _transforms(dataset):
        named = getattr(transform, 'classes', None)
        if type(transform).__module__.startswith('mmdatasetdm') and named and tuple(named) != tuple(classes):
            raise UserError(
                f'{type(transform).__name__} of the {what} data has the classes {_some(named)}, but the data set '
                f'{_some(classes)}: give both the same names in the same order'
            )


def _heads(model: nn.Module) -> Iterator[tuple[str, nn.Module]]:
    """The heads with classes, by their place in the config."""
    if hasattr(getattr(model, 'decode_head', None), 'max_depth'):
        return
    for path in ('panoptic_head',) if hasattr(model, 'panoptic_head') else ('decode_head', 'auxiliary_head'):
        head = getattr(model, path, None)
        for one in head if isinstance(head, nn.ModuleList) else [head]:
            if hasattr(one, 'num_classes'):
                yield path, one


def _check_weights(path: str, head: nn.Module, number: int) -> None:
    """A loss's weights of the classes; Mask2Former's has one more, of "no object"."""
    weights = {f'{path}.loss_cls': (getattr(head, 'class_weight', None), number + 1)}
    losses = getattr(head, 'loss_decode', None)
    for loss in losses if isinstance(losses, nn.ModuleList) else [losses]:
        weights[f'{path}.loss_decode'] = (getattr(loss, 'class_weight', None), number)
    for place, (given, wanted) in weights.items():
        if given is not None and len(given) != wanted:
            raise UserError(f'model.{place} has {len(given)} class weights; {number} classes need {wanted}')


def _check_phrases(model: nn.Module, classes: Sequence[str], *, what: str) -> None:
    backbone, head = model.backbone, getattr(model, 'decode_head', None)
    ids = getattr(head, 'phrase_classes', None)
    if ids is None:
        return
    for phrase, index in zip(backbone.class_phrases, [int(index) for index in ids], strict=True):
        name = classes[index]
        word = backbone.class_prompts.get(name, name)
        if phrase != word and (backbone.prompt_template is not None or phrase in classes):
            raise UserError(
                f'phrase {phrase!r} is of class {index} (phrase_classes), which is {name!r} in the {what} data and '
                f'{word!r} in a prompt: give class_phrases and phrase_classes one order, or set '
                'model.backbone.class_prompts'
            )


def _transforms(dataset: object) -> Iterator[object]:
    """All transforms of a data set and of those that it wraps."""
    for inner in (*getattr(dataset, 'datasets', ()), getattr(dataset, 'dataset', None)):
        if inner is not None:
            yield from _transforms(inner)
    found = list(getattr(getattr(dataset, 'pipeline', None), 'transforms', ()))
    while found:
        transform = found.pop()
        yield transform
        inner = getattr(transform, 'transforms', ())
        found += getattr(inner, 'transforms', inner) if inner else []


def _some(names: Sequence[str]) -> str:
    return ', '.join(names[:5]) + (', ...' if len(names) > 5 else '')
