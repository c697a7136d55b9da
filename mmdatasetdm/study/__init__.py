"""The comparison that the project is about: a stock model trained on real, synthetic or both."""

from .folder import Study
from .jobs import Job, JobRunner
from .plan import Plan
from .tables import gains, markdown, summarize
from .tasks import TASKS, Metric, Task

__all__ = ['TASKS', 'Job', 'JobRunner', 'Metric', 'Plan', 'Study', 'Task', 'gains', 'markdown', 'summarize']
