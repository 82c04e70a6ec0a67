#!/usr/bin/env bash
# Any build server: compare scenarios with the branch they will be merged into.
# usage: compare.sh PATH [BASE] [CONDITIONS] [CATALOG]
set -euo pipefail

scenarios="$1"
base="${2:-origin/main}"
conditions="${3:-infeasible,claim,budget,cost>+10%}"
catalog="${4:-}"   # a folder with prices, GPUs and models of your own

costcheck check ${catalog:+--catalog "$catalog"} "$scenarios"
costcheck diff "git:$(git merge-base "$base" HEAD):$scenarios" "$scenarios" \
  ${catalog:+--catalog "$catalog"} --fail-on "$conditions"
