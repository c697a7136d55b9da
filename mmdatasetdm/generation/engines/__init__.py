"""Engines: who makes which shards."""
