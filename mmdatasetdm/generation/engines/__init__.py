"""Engines: who makes which shards."""

from mmdatasetdm.generation.engines.base import Engine, Job, make_shards
from mmdatasetdm.generation.engines.local import LocalEngine
from mmdatasetdm.generation.engines.ray import RayEngine

__all__ = ['Engine', 'Job', 'LocalEngine', 'RayEngine', 'make_shards']
