"""Configs for a person's own labelled images: the layout is found, the labels are checked, the configs are written."""
