"""The built-in world: its captions, prompts and files."""
