"""The folder of a data set: plan, shards, identity, and the files that describe the whole."""
