#!/usr/bin/env bash
# Post REPORT on pull request NUMBER, or replace the comment that carries the same marker.
set -euo pipefail

[ -f "$REPORT" ] || exit 0
marker="$(head -n 1 "$REPORT")"
comments="repos/$GITHUB_REPOSITORY/issues/$NUMBER/comments"
known="$(gh api --paginate "$comments" \
  --jq ".[] | select(.body | startswith(\"$marker\")) | .id" | head -n 1)"
if [ -n "$known" ]; then
  gh api --method PATCH "repos/$GITHUB_REPOSITORY/issues/comments/$known" --field body=@"$REPORT"
else
  gh api --method POST "$comments" --field body=@"$REPORT"
fi > /dev/null
