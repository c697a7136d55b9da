"""Prompt sources: sample id to text and the classes that the text names."""
