"""What generation costs, beside the plain pipeline of diffusers and the procedure of the paper's research code."""
