"""Pure formulas of training: numpy and the standard library, no files, no clock, no printing."""
