"""What a person looks at: overlays and the report page."""

from mmdatasetdm.visualization.labels import decode_instance
from mmdatasetdm.visualization.overlay import overlay
from mmdatasetdm.visualization.pictures import draw_labels, draw_sample, fullest, side_by_side
from mmdatasetdm.visualization.report import SAMPLES, write_report

__all__ = [
    'SAMPLES',
    'decode_instance',
    'draw_labels',
    'draw_sample',
    'fullest',
    'overlay',
    'side_by_side',
    'write_report',
]
