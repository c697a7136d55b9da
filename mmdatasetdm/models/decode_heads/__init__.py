"""The P-Decoder as heads of mmseg and mmdet."""
