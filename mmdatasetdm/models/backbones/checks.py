"""What a person may get wrong about the backbone: its options, and the images that it is given."""

from collections.abc import Mapping

from torch import Tensor

from mmdatasetdm.errors import UserError


def check_options(
    *, flags: Mapping[str, object], cache_level: object, dtype: object, prompt_template: str | None
) -> None:
    """The options of :class:`DiffusionFeatureBackbone` are among those that it knows.

    Raises:
        UserError: one is not; which, and what may be chosen.
    """
    for name, value in flags.items():
        if not isinstance(value, bool):
            raise UserError(f'{name} is {value!r}: choose True or False')
    if cache_level not in ('features', 'latents'):
        raise UserError(f"cache_level is {cache_level!r}: choose 'features' or 'latents'")
    if dtype not in (None, 'float16', 'bfloat16', 'float32'):
        raise UserError(f"dtype is {dtype!r}: choose 'float16', 'bfloat16' or 'float32'")
    if prompt_template is not None and '{classes}' not in prompt_template:
        raise UserError(f"prompt_template is {prompt_template!r}: it needs {{classes}}, for the classes' names")


def check_images(images: Tensor, *, stride: int, source: str) -> None:
    """Images (B, 3, H, W) are such as the generator takes: RGB in [-1, 1], sides multiples of the coarsest stride.

    Raises:
        UserError: they are not; what to change.
    """
    height, width = images.shape[-2:]
    if height % stride or width % stride:
        raise UserError(
            f'images are {width}x{height}, but {source} needs multiples of {stride}: resize, crop or pad to '
            'them (data_preprocessor size_divisor)'
        )
    if images.abs().max() > 1.01:
        raise UserError(
            'images must be RGB in [-1, 1]: give the data_preprocessor mean and std 127.5 and bgr_to_rgb=True'
        )
