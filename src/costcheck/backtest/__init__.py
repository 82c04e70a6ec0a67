"""Predictions held against what was measured or published: runs, steps, memory, costs, energy."""

from costcheck.backtest.formats import Backtest, backtest_file, backtest_shipped, to_dict

__all__ = ["Backtest", "backtest_file", "backtest_shipped", "to_dict"]
