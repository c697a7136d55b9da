"""What runs a training: checkpoints, hooks, schedules and the start of a runner."""
