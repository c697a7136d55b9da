"""The comparison that the project is about: a stock model trained on real, synthetic or both."""

from .jobs import Job, JobRunner
from .plan import Study
from .tables import gains, markdown, summarize
from .tasks import TASKS, Metric, Task

__all__ = ['TASKS', 'Job', 'JobRunner', 'Metric', 'Study', 'Task', 'gains', 'markdown', 'summarize']
