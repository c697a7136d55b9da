"""What the models on a generator's features share, whatever the library: each image is read with its own text."""

from collections.abc import Sequence

from torch import Tensor

from mmdatasetdm.errors import UserError


class ReadsOwnText:
    """For a model with a DiffusionFeatureBackbone, before the stock class in the list of bases.

    Where the backbone has an ``own_text``, each image is read with the text of its ``present_classes`` (transforms
    PresentClasses, ListedClasses and DropClassNames, in ``meta_keys``). Training needs them; an image to be labelled
    that comes without, or with None, is read with the text for all.
    """

    _texts: list[str] | None = None

    def loss(self, inputs: Tensor, data_samples: Sequence) -> dict:
        """Losses of a batch, as the stock class's."""
        metas = [sample.metainfo for sample in data_samples]
        if self.backbone.own_text is not None and not all('present_classes' in meta for meta in metas):
            raise UserError(
                'own_text needs the classes of each image: put dict(type="mmdatasetdm.PresentClasses", classes=[...]) '
                'or ListedClasses before the transform that packs, and "present_classes" into its meta_keys'
            )
        self.read(metas)
        return super().loss(inputs, data_samples)

    def extract_feat(self, inputs: Tensor, batch_img_metas: list[dict] | None = None) -> tuple[Tensor, ...]:
        """Features of images (B, 3, H, W), read with the texts of the batch; DepthEstimator gives the metas too."""
        texts, self._texts = self._texts, None
        return self.backbone(inputs, texts)

    def read(self, metas: Sequence[dict]) -> None:
        """Take the texts of the next batch from its metas."""
        self._texts = [self.backbone.text_of(meta.get('present_classes')) for meta in metas]

    @property
    def derived(self) -> dict:
        """What a head must know of the features; it follows from the generator."""
        return {'in_channels': self.backbone.out_channels, 'stride': self.backbone.strides[0]}

    def derived_for(self, head: dict) -> dict:
        """The same, and where the phrases' attention is, for a head's config that names ``phrase_classes``."""
        ids = head.get('phrase_classes')
        if ids is None:
            return self.derived
        names = self.backbone.phrases
        if len(ids) != len(names):
            raise UserError(
                f'phrase_classes of the head has {len(ids)} class ids, but phrases of the backbone has {len(names)} '
                'names: give an id for each name'
            )
        return {**self.derived, 'phrase_levels': self.backbone.phrase_levels}
