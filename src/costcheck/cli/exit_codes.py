"""Exit codes: done, a check you asked for failed, unusable input, our bug, interrupted."""

DONE, FAILED, UNUSABLE, BUG, INTERRUPTED = 0, 1, 2, 3, 130
