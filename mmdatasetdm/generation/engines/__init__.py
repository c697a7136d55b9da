"""Engines: who makes which shards."""

from mmdatasetdm.generation.engines.base import Engine, Job, make_shards
from mmdatasetdm.generation.engines.local import LocalEngine

__all__ = ['Engine', 'Job', 'LocalEngine', 'make_shards']
