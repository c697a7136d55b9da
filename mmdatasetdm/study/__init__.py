"""The comparison that the project is about: a stock model trained on real, synthetic or both."""

from .jobs import Job, JobRunner
from .plan import Study
from .tables import markdown, summarize

__all__ = ['Job', 'JobRunner', 'Study', 'markdown', 'summarize']
