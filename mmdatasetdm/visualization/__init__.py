"""What a person looks at: overlays and the report page."""

from mmdatasetdm.visualization.labels import draw_labels, fullest, side_by_side
from mmdatasetdm.visualization.overlay import overlay
from mmdatasetdm.visualization.report import write_report

__all__ = ['draw_labels', 'fullest', 'overlay', 'side_by_side', 'write_report']
