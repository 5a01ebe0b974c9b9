#!/usr/bin/env bash
# Tries the whole system as a newcomer does: ./tallo up in a state folder of its own, then every
# example that README.md and docs/ print, what monitoring/ asks, then ./tallo down. Needs RabbitMQ,
# Prometheus and jq; with TALLO_PYTHON, an interpreter that can import Celery, the Python example is
# tried too.
set -euo pipefail

TALLO_ROOT=$(cd -- "$(dirname -- "${BASH_SOURCE[0]}")/.." && pwd -P)
cd "$TALLO_ROOT"
SCRATCH=$(mktemp -d)
export TALLO_STATE="$SCRATCH/state of a newcomer"
unset AMQP_URL CLOUDAMQP_URL RABBITMQ_URL
export TALLO_METRICS_QUEUE_INTERVAL=PT1S
. launcher/monitoring-test.sh
trap 'stop_prometheus; ./tallo down >/dev/null 2>&1 || true; rm -rf "$SCRATCH"' EXIT
trap 'exit 130' INT TERM

fail() {
  printf 'FAILED %s\n' "$@" >&2
  exit 1
}

# expect_containing PART TEXT
expect_containing() {
  case $2 in
    *"$1"*) ;;
    *) fail "wanted something with: $1" "got: $2" ;;
  esac
}

# remembered NAME: what the launcher noted, such as producer.pid
remembered() { cat "$TALLO_STATE/run/$1"; }

# examples DOCUMENT [LANGUAGE]: the code blocks of that language (none: lines for a shell), with the
# address that the services have here.
examples() {
  sed -n '/^```'"${2:-}"'$/,/^```$/p' "$1" | sed '/^```/d' | sed "s#http://127.0.0.1:8080#$API#g"
}

up_runs_a_task() {
  local said
  said=$(./tallo up --port-base auto)
  printf '%s\n' "$said" | sed 's/^/    /'
  expect_containing 'result 5' "$said"
  API=http://127.0.0.1:$(remembered producer.http-port)
  expect_containing "$API/api/v1/tasks" "$said"
}

up_again_is_harmless() {
  local before said
  before=$(cat "$TALLO_STATE"/run/*.pid)
  said=$(./tallo up)
  expect_containing 'already running' "$said"
  [ "$before" = "$(cat "$TALLO_STATE"/run/*.pid)" ] || fail 'up started something a second time'
}

status_tells_what_is_ready() {
  ./tallo status || fail "status is $? while everything runs"
}

the_curl_lines_of_the_documents_work() {
  local document id script answers
  id=$(curl -fsS "$API/api/v1/tasks" -H 'Content-Type: application/json' \
    -d '{"task": "demo.echo", "args": ["hello"]}' | sed 's/.*"id":"\([^"]*\)".*/\1/')
  for document in README.md docs/api.md docs/routing.md docs/scheduling.md; do
    # Only what begins like a command; the answers that are printed beside are for reading.
    script=$(examples "$document" | sed "s#tasks/ID#tasks/$id#" |
      awk '/^for / { loop = 1 } loop { print; if (/^done/) loop = 0; next }
        /^(curl|printf|ID=)/ { command = 1 } command { print } !/[\\|]$/ { command = 0 }')
    expect_containing curl "$script"
    answers=$(bash -euo pipefail -c "$script" 2>/dev/null) || fail "a line of $document failed:" "$script"
    printf '%s\n' "$answers" >"$SCRATCH/answers"
    case $document in
      docs/api.md)
        expect_containing '"result":"hello"' "$answers"
        expect_containing 'no paper' "$answers"
        expect_containing '"result":3' "$(curl -fsS "$API/api/v1/tasks?task=demo.add&limit=5")"
        expect_containing 'event:state' "$(printf '%s' "$answers" | tr -d ' ')"
        expect_containing '"duplicate":true' "$answers"
        # The only refusals are the three that the document shows.
        [ "$(grep -c '"errors"' "$SCRATCH/answers")" -eq 3 ] || fail "unexpected problems: $answers"
        ;;
      docs/routing.md)
        expect_containing "Location: $API/api/v1/routes/echoes" "$answers"
        expect_containing '"rule":"echoes","queue":"echoes"' "$answers"
        expect_containing '"split":{"queues":{"default":50,"echoes":50}' "$answers"
        [ "$(grep -c 'urn:tallo:problem' "$SCRATCH/answers")" -eq 0 ] || fail "problems: $answers"
        expect_containing '"rule":"default"' "$(curl -fsS "$API/api/v1/routes/resolve" \
          -H 'Content-Type: application/json' -d '{"task": "demo.echo"}')"
        ;;
      docs/scheduling.md)
        expect_containing '"name":"tick"' "$answers"
        expect_containing '"kind":"manual"' "$answers"
        expect_containing '2027-03-28T03:00:00+02:00' "$answers"
        expect_containing '"firings":3' "$answers"
        # The only refusal is the one that the document shows.
        [ "$(grep -c '"errors"' "$SCRATCH/answers")" -eq 1 ] || fail "unexpected problems: $answers"
        ;;
    esac
  done
}

the_python_lines_of_the_documents_work() {
  local printed
  [ -n "${TALLO_PYTHON:-}" ] || return 0
  examples docs/celery.md python >"$SCRATCH/example.py"
  printed=$(AMQP_URL=$(remembered broker.url) "$TALLO_PYTHON" "$SCRATCH/example.py") ||
    fail 'the Python lines of docs/celery.md failed'
  expect_containing 5 "$(printf '%s\n' "$printed" | head -n 1)"
  expect_containing "'be'" "$printed"
}

up_brings_back_what_died() {
  local said
  kill -KILL "$(remembered worker.pid)"
  if ./tallo status >/dev/null; then fail 'status does not see that the worker died'; fi
  said=$(./tallo up)
  expect_containing 'Starting worker' "$said"
  expect_containing 'result 5' "$said"
}

another_checkout_is_told_which_ports_are_taken() {
  local said
  if said=$(TALLO_STATE="$SCRATCH/another" ./tallo up --port-base "$(remembered producer.http-port)" 2>&1); then
    fail 'two services got one port'
  fi
  expect_containing "port $(remembered producer.http-port) (producer, http) is in use" "$said"
  expect_containing '--port-base auto' "$said"
}

down_ends_everything() {
  local status=0 mark
  mark=tallo-$(printf '%s' "$TALLO_STATE" | cksum | awk '{ printf "%08x", $1 }')
  ./tallo down
  ./tallo status >/dev/null || status=$?
  [ "$status" -eq 3 ] || fail "status is $status after down"
  if grep -lsa "$mark" /proc/[0-9]*/cmdline; then fail 'processes are left'; fi
}

for behaviour in up_runs_a_task up_again_is_harmless status_tells_what_is_ready \
  the_curl_lines_of_the_documents_work the_python_lines_of_the_documents_work \
  monitoring_shows_the_system \
  up_brings_back_what_died another_checkout_is_told_which_ports_are_taken down_ends_everything; do
  printf '%s\n' "--> $behaviour"
  "$behaviour"
done
printf 'System test: all passed\n'
