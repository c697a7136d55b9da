"""Annotators: finished latents to labels, one file a task."""
