"""The only door to the data files: GPUs, models, prices, runs, grids, constants."""
