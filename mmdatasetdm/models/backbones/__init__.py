"""The frozen generator as a backbone."""
