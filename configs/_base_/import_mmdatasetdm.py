# First among the bases of a config that builds on a stock one. It defines nothing. ``custom_imports`` come too late,
# for they run when all bases have been read. Once mmdatasetdm is imported, mmengine finds ``mmseg::`` configs of every
# distribution of mmseg (not of upstream's alone), and types by their names in all libraries.
# The empty ``_base_`` tells mmengine that this is a plain config: any other file that imports a package is one of its
# lazy kind to it, and the two cannot be mixed.
_base_ = []

import mmdatasetdm  # noqa: E402, F401
