"""What a person looks at: overlays and the report page."""

from mmdatasetdm.visualization.overlay import overlay
from mmdatasetdm.visualization.pictures import draw_labels, fullest, side_by_side
from mmdatasetdm.visualization.report import SAMPLES, write_report

__all__ = ['SAMPLES', 'draw_labels', 'fullest', 'overlay', 'side_by_side', 'write_report']
