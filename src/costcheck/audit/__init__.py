"""Claims about training runs: exact arithmetic, a log-linear network, explanations, known runs."""
