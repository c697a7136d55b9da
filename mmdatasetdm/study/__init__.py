"""The comparison that the project is about: a stock model trained on real, synthetic or real+synthetic images."""

from mmdatasetdm.study.config import StudyConfig, load_study_config
from mmdatasetdm.study.folder import Study
from mmdatasetdm.study.jobs import Job, JobRunner
from mmdatasetdm.study.metrics import Metric
from mmdatasetdm.study.pages import write_pages
from mmdatasetdm.study.plan import Plan
from mmdatasetdm.study.tables import gains, markdown, summarize

__all__ = [
    'Job',
    'JobRunner',
    'Metric',
    'Plan',
    'Study',
    'StudyConfig',
    'gains',
    'load_study_config',
    'markdown',
    'summarize',
    'write_pages',
]
