"""Named quantities, their evaluation on scalars, draws and grids, and what drives a result."""
