"""Scripts that fit the shipped constants to measured runs; run with `python -m`."""
