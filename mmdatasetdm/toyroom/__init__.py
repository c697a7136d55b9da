"""The built-in world: its captions, prompts and files. It registers itself."""

from mmdatasetdm.registry import add_built_in
from mmdatasetdm.toyroom.paths import TOYROOM_DECODERS, TOYROOM_GENERATOR

add_built_in('toyroom', folder=TOYROOM_GENERATOR, decoders=TOYROOM_DECODERS, prompts='mmdatasetdm.toyroom.prompts')
