"""Pure formulas: numpy and the standard library, no files, no clock, no printing."""
