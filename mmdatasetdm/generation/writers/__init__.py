"""Writers: labels to files in the layouts that OpenMMLab reads."""
