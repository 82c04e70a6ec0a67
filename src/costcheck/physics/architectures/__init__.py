"""Architectures as blocks, and the exact parameters and FLOPs that follow from them."""
