#!/usr/bin/env bash
# Compare SCENARIOS with the revision BASE; write the report, the step summary and the outputs.
set -euo pipefail

folder="${RUNNER_TEMP:-$(mktemp -d)}/costcheck"
mkdir -p "$folder"
report="$folder/comment.md"
result="$folder/diff.json"
code=0
catalog=()
if [ -n "${CATALOG:-}" ]; then
  catalog=(--catalog "$CATALOG")
fi

# A shallow checkout does not have the base commit.
if ! git cat-file -e "$BASE^{commit}" 2>/dev/null; then
  git fetch --no-tags --depth=1 origin "$BASE"
fi

if git cat-file -e "$BASE:./$SCENARIOS" 2>/dev/null; then
  old="git:$BASE:$SCENARIOS"
elif [ -d "$SCENARIOS" ]; then
  old="$(mktemp -d)"  # the folder is new: everything in it is added
else
  old=""
fi

if [ -n "$old" ]; then
  costcheck diff "$old" "$SCENARIOS" ${catalog[@]+"${catalog[@]}"} --format json \
    --output "$result" || code=$?
  if [ -f "$result" ]; then  # also where one scenario of many could not be read
    costcheck diff "$old" "$SCENARIOS" ${catalog[@]+"${catalog[@]}"} --format md --tag "$TAG" \
      --output "$report" ${FAIL_ON:+--fail-on "$FAIL_ON"} || code=$?
  fi
else
  echo "<!-- costcheck:$TAG -->" > "$report"
  costcheck estimate "$SCENARIOS" ${catalog[@]+"${catalog[@]}"} --format md \
    ${FAIL_ON:+--fail-on "$FAIL_ON"} >> "$report" || code=$?
fi

if [ -f "$report" ]; then
  cat "$report" >> "$GITHUB_STEP_SUMMARY"
fi
{
  echo "code=$code"
  echo "report=$report"
  if [ -f "$result" ]; then
    python - "$result" <<'PYTHON'
import json
import sys

with open(sys.argv[1], encoding="utf-8") as file:
    summary = json.load(file)["summary"]
for name in ("delta_usd", "delta_pct", "verdict"):
    value = summary[name]
    print(f"{name}={'' if value is None else value}")
PYTHON
  fi
} >> "$GITHUB_OUTPUT"
