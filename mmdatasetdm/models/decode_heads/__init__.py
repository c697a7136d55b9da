"""The decoders as heads of mmseg and mmdet."""
