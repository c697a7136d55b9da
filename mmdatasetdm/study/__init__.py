"""The comparison that the project is about: a stock model trained on real, synthetic or real+synthetic images."""

from mmdatasetdm.study.folder import Study
from mmdatasetdm.study.jobs import Job, JobRunner
from mmdatasetdm.study.plan import Plan
from mmdatasetdm.study.tables import gains, markdown, summarize
from mmdatasetdm.study.tasks import TASKS, Metric, Task

__all__ = ['TASKS', 'Job', 'JobRunner', 'Metric', 'Plan', 'Study', 'Task', 'gains', 'markdown', 'summarize']
