"""Pose estimators of mmpose on a generator's features; mmpose is imported only with them (configs name them)."""

from mmdatasetdm.models.pose_estimators.diffusion import DiffusionPoseEstimator

__all__ = ['DiffusionPoseEstimator']
