"""The pixel decoder as a neck."""
