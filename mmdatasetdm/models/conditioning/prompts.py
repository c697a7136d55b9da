"""The prompt that each labelled image's features are extracted with: that of its own classes."""

from collections.abc import Sequence

from mmdatasetdm.errors import UserError
from mmdatasetdm.models.backbones.diffusion import DiffusionFeatureBackbone


def image_prompts(backbone: DiffusionFeatureBackbone, metas: Sequence[dict], *, training: bool = False) -> list[str]:
    """The prompts of a batch.

    With a ``prompt_template`` the backbone makes an image's prompt of its ``present_classes`` (transforms
    PresentClasses, ListedClasses and DropClassNames, in ``meta_keys``). Training needs them; an image to be labelled
    that comes without, or with None, has the prompt of images of which nothing is known.

    Args:
        backbone: which makes the prompts.
        metas: of each image.
        training: whether the classes must be there.

    Raises:
        UserError: they must and are not.
    """
    if training and backbone.prompt_template is not None and not all('present_classes' in meta for meta in metas):
        raise UserError(
            'prompt_template needs the classes of each image: put dict(type="mmdatasetdm.PresentClasses", '
            'classes=[...]) or ListedClasses before the transform that packs, and "present_classes" into its meta_keys'
        )
    return [backbone.prompt_of(meta.get('present_classes')) for meta in metas]
