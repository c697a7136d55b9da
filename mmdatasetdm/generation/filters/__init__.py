"""Sample filters: rules over the scores that are stored with every sample."""
