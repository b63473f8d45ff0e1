"""The reader of PyTorch modules: their code is followed on affine forms."""
