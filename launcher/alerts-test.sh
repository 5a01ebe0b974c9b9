#!/usr/bin/env bash
# Tests the alert rules with promtool: their syntax, that each fires when it should and stays quiet
# when it should not, and that each leads to a place in the runbook. Needs Debian's prometheus and jq.
set -euo pipefail

TALLO_ROOT=$(cd -- "$(dirname -- "${BASH_SOURCE[0]}")/.." && pwd -P)
cd "$TALLO_ROOT/monitoring/prometheus"

fail() {
  printf 'FAILED %s\n' "$@" >&2
  exit 1
}

promtool check config prometheus.yml
promtool test rules tallo-alerts-test.yml

# A heading of Markdown is an anchor: in lower case.
anchors=$(sed -n 's/^## //p' "$TALLO_ROOT/docs/runbook.md" | tr '[:upper:]' '[:lower:]')
alerts=$(sed -n 's/^ *- alert: //p' tallo-alerts.yml)
[ -n "$alerts" ] || fail 'no alert was found in tallo-alerts.yml'
for alert in $alerts; do
  anchor=$(printf '%s' "$alert" | tr '[:upper:]' '[:lower:]')
  case $'\n'$anchors$'\n' in
    *$'\n'$anchor$'\n'*) ;;
    *) fail "docs/runbook.md has no heading '## $alert'" ;;
  esac
  grep -q "runbook_url: docs/runbook.md#$anchor\$" tallo-alerts.yml ||
    fail "$alert has no runbook_url: docs/runbook.md#$anchor"
  shown=$(grep -A 2 "alertname: $alert\$" tallo-alerts-test.yml || true)
  case $shown in
    *exp_labels*) ;;
    *) fail "tallo-alerts-test.yml does not show when $alert fires" ;;
  esac
  case $shown in
    *'exp_alerts: []'*) ;;
    *) fail "tallo-alerts-test.yml does not show when $alert is quiet" ;;
  esac
done
printf 'Alerts: all passed\n'
