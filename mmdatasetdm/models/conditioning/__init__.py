"""The prompts that features are extracted with."""
