"""One answer for 200 random files: `python -m tests.benchmarks.bench_one_verdict [SEEDS]`.

The suite tries the first few of the same files.
"""

import sys
from collections import Counter

from tests.plan.test_one_verdict import agree, drawn


def main(seeds):
    """Count the files on which plan, estimate and check agree, and name those on which not."""
    counts = Counter()
    for seed in range(seeds):
        try:
            found = agree(drawn(seed))
        except AssertionError as error:
            counts["disagree"] += 1
            sys.stdout.write(f"{seed}: {drawn(seed)}\n  {error}\n")
            continue
        counts["not planned" if found is None else found.verdict] += 1
    sys.stdout.write(f"{dict(counts)}\n")
    return 1 if counts["disagree"] else 0


if __name__ == "__main__":
    sys.exit(main(int(sys.argv[1]) if len(sys.argv) > 1 else 200))
