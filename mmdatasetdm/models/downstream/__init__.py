"""What stock models lack for synthetic labels, and DepthFormer."""
