"""Transforms of images and labels that the stock libraries lack."""
