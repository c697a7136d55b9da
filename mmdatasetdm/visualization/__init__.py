"""What a person looks at: overlays and the report page."""

from mmdatasetdm.visualization.overlay import contact_sheet, overlay
from mmdatasetdm.visualization.report import write_report

__all__ = ['contact_sheet', 'overlay', 'write_report']
