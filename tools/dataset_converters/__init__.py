"""From the official downloads to the folders that the configs read; a command for each data set."""
