"""DatasetDM for OpenMMLab: labelled data sets from a frozen diffusion model and a small perception decoder."""

__version__ = '0.1.0'
