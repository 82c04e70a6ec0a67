#!/usr/bin/env bash
# Any build server: compare scenarios with the branch they will be merged into.
# usage: compare.sh PATH [BASE] [CONDITIONS]
set -euo pipefail

scenarios="$1"
base="${2:-origin/main}"
conditions="${3:-infeasible,claim,budget,cost>+10%}"

costcheck check "$scenarios"
costcheck diff "git:$(git merge-base "$base" HEAD):$scenarios" "$scenarios" --fail-on "$conditions"
