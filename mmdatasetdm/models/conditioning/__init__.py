"""What text each image is read with."""
