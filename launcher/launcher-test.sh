#!/usr/bin/env bash
# Tests of the launcher that need no broker: bash launcher/launcher-test.sh [TEST]
#
# Each function test_* runs in a shell and a state folder of its own (with a space in its name);
# its name says the behaviour. What it starts, it ends.
# shellcheck disable=SC2317 # tests are called by name, and replace functions of the launcher
set -euo pipefail

TALLO_ROOT=$(cd -- "$(dirname -- "${BASH_SOURCE[0]}")/.." && pwd -P)
SCRATCH=$(mktemp -d)
trap 'rm -rf "$SCRATCH"' EXIT

for part in output state jdk packages kubectl ports process broker build services command-up command-logs command-keys; do
  # shellcheck source=/dev/null
  . "$TALLO_ROOT/launcher/$part.sh"
done

fail() {
  printf '      %s\n' "$@" >&2
  exit 1
}

# expect WANTED ACTUAL
expect() { [ "$1" = "$2" ] || fail "wanted: $1" "got:    $2"; }

# expect_containing PART TEXT
expect_containing() {
  case $2 in
    *"$1"*) ;;
    *) fail "wanted something with: $1" "got: $2" ;;
  esac
}

# fake_jdk NAME VERSION: makes a folder that looks like a JDK of that version, prints it.
fake_jdk() {
  local home="$SCRATCH/jdks of $BASHPID/$1"
  mkdir -p "$home/bin"
  printf 'JAVA_VERSION="%s"\n' "$2" >"$home/release"
  printf '#!/bin/sh\necho "    java.home = %s" >&2\n' "$home" >"$home/bin/java"
  cp "$home/bin/java" "$home/bin/javac"
  chmod +x "$home/bin/java" "$home/bin/javac"
  printf '%s\n' "$home"
}

test_makes_a_key_whose_hash_is_that_of_its_secret() {
  local out secret
  out=$(command_keys new ci --role submit --role read --expires 2027-01-31 --rate 100/s)
  secret=$(grep '^tallo_' <<<"$out")
  [[ $secret =~ ^tallo_[A-Za-z0-9_-]{43}$ ]] || fail "this is no secret: $secret"
  expect_containing "tallo.security.keys.ci.hash=$(printf %s "$secret" | sha256sum | cut -d ' ' -f 1)" "$out"
  expect_containing 'tallo.security.keys.ci.roles=submit,read' "$out"
  expect_containing 'tallo.security.keys.ci.expires=2027-01-31' "$out"
  expect_containing 'tallo.security.keys.ci.rate=100/s' "$out"
  [ "$secret" != "$(command_keys new ci --role submit | grep '^tallo_')" ] || fail 'two keys are one'
}

test_makes_no_key_without_a_role_that_there_is() {
  expect_containing 'needs a role' "$(command_keys new ci 2>&1 || true)"
  expect_containing '--role takes' "$(command_keys new ci --role root 2>&1 || true)"
  expect_containing 'a name is' "$(command_keys new 'c i' --role read 2>&1 || true)"
}

test_takes_java_home_when_it_is_new_enough() {
  local home
  home=$(fake_jdk mine 25.0.1)
  expect "$home" "$(JAVA_HOME=$home find_jdk)"
}

test_passes_over_an_old_java_home_for_a_new_java_on_the_path() {
  local old new
  old=$(fake_jdk old 17.0.9)
  new=$(fake_jdk new 25)
  expect "$new" "$(JAVA_HOME=$old PATH=$new/bin:$PATH find_jdk)"
}

test_finds_an_installed_jdk_where_only_old_ones_are_the_default() {
  local old new
  old=$(fake_jdk old 17.0.9)
  new=$(fake_jdk new 25.0.3)
  jdk_folders() { printf '%s\n' "$old" "$new"; }
  expect "$new" "$(JAVA_HOME=$old PATH=$old/bin:$PATH find_jdk)"
}

test_prefers_the_wanted_jdk_to_a_newer_one_but_takes_the_newer() {
  local jdk26 jdk25
  jdk26=$(fake_jdk newer 26-ea)
  jdk25=$(fake_jdk wanted 25)
  jdk_on_path() { :; }
  jdk_folders() { printf '%s\n' "$jdk26" "$jdk25"; }
  expect "$jdk25" "$(JAVA_HOME='' find_jdk)"
  jdk_folders() { printf '%s\n' "$jdk26"; }
  expect "$jdk26" "$(JAVA_HOME='' find_jdk)"
}

test_a_runtime_without_a_compiler_is_no_jdk() {
  local home
  home=$(fake_jdk runtime 25)
  rm "$home/bin/javac"
  expect 0 "$(jdk_version "$home")"
}

test_says_what_to_install_when_there_is_no_jdk() {
  jdk_on_path() { :; }
  jdk_folders() { :; }
  local said status=0
  said=$( (JAVA_HOME='' use_jdk) 2>&1) || status=$?
  expect 1 "$status"
  expect_containing 'apt-get install openjdk-25-jdk' "$said"
}

# Listens on a free port with the JDK's own small web server; sets LISTENER_PORT and LISTENER.
listen() {
  use_jdk
  local out=$TALLO_STATE/listener
  "$JAVA_HOME/bin/jwebserver" -b 127.0.0.1 -p 0 -d "$TALLO_STATE" >"$out" 2>&1 &
  LISTENER=$!
  trap 'kill $LISTENER 2>/dev/null || true; rm -rf "$SCRATCH"' EXIT
  local deadline=$((SECONDS + 20))
  until LISTENER_PORT=$(sed -n 's#^URL http://127.0.0.1:\([0-9]*\)/.*#\1#p' "$out") &&
    [ -n "$LISTENER_PORT" ]; do
    [ "$SECONDS" -lt "$deadline" ] || fail 'the listener did not start'
    sleep 0.05
  done
}

test_names_a_port_in_use_its_holder_and_how_to_move_it() {
  local said status=0
  listen
  TALLO_WORKER_PORT=$LISTENER_PORT choose_ports ''
  said=$( (require_free_ports) 2>&1) || status=$?
  expect 1 "$status"
  expect_containing "port $LISTENER_PORT (worker, http) is in use" "$said"
  expect_containing 'TALLO_WORKER_PORT=' "$said"
  expect_containing '--port-base auto' "$said"
  if command -v ss >/dev/null && [ "$(id -u)" -eq 0 ]; then
    expect_containing "process $LISTENER" "$said"
  fi
  kill "$LISTENER"
}

test_takes_the_first_base_whose_ports_are_all_free() {
  # As if 8082 and 9103 were taken, and nothing else.
  port_in_use() { [ "$1" -eq 8082 ] || [ "$1" -eq 9103 ]; }
  choose_ports auto
  expect 8280 "$(recall producer.http-port)"
  expect 9203 "$(recall worker.management-port)"
}

test_remembers_where_the_ports_were_moved() {
  TALLO_SCHEDULER_MANAGEMENT_PORT=19444 choose_ports 18080
  choose_ports ''
  expect 18080 "$(recall producer.http-port)"
  expect 18081 "$(recall routing.http-port)"
  expect 19003 "$(recall worker.management-port)"
  expect 19444 "$(recall scheduler.management-port)"
}

test_refuses_what_is_no_port() {
  local said
  said=$( (choose_ports 70000) 2>&1) && fail 'took 70000 for a port base'
  expect_containing "not '70000'" "$said"
  said=$( (TALLO_PRODUCER_PORT=http choose_ports '') 2>&1) && fail 'took http for a port'
  expect_containing "TALLO_PRODUCER_PORT is 'http'" "$said"
}

test_ends_what_it_started() {
  start_detached thing bash -c 'sleep 60; true' "$(process_mark thing)"
  is_running thing || fail 'does not run'
  end_process thing 5
  ! is_running thing || fail 'still runs'
}

test_kills_what_does_not_end_in_time() {
  start_detached thing bash -c 'trap "" TERM; echo ready; while :; do sleep 0.1; done' "$(process_mark thing)"
  until grep -q ready "$TALLO_STATE/logs/thing.log"; do sleep 0.02; done
  expect_containing 'is killed' "$(end_process thing 0 2>&1)"
  local deadline=$((SECONDS + 5))
  while kill -0 "$(process_of thing || echo 0)" 2>/dev/null && [ "$SECONDS" -lt "$deadline" ]; do sleep 0.05; done
  ! is_running thing || fail 'still runs'
}

test_leaves_a_stranger_alone_that_got_the_same_process_id() {
  sleep 60 &
  local stranger=$!
  remember thing.pid "$stranger"
  end_process thing 1
  kill -0 "$stranger" || fail 'the stranger was ended'
  kill "$stranger"
}

test_two_state_folders_have_different_names() {
  local one two
  one=$(instance)
  two=$(TALLO_STATE="$TALLO_STATE 2" instance)
  [ "$one" != "$two" ] || fail "both are called $one"
}

test_builds_what_was_never_built_or_edited_since() {
  TALLO_ROOT=$TALLO_STATE
  mkdir -p "$TALLO_ROOT"/{messaging/src/main,routing-service/src/main,producer-service/src/{main,test},producer-service/target/quarkus-app}
  is_stale producer || fail 'never built, but not stale'
  touch "$(runner_of producer)"
  printf '    <module>%s</module>\n' messaging producer-service routing-service >"$TALLO_ROOT/pom.xml"
  touch -d '+1 second' "$(stamp_of producer)"
  ! is_stale producer || fail 'just built, but stale'
  touch -d '+2 seconds' "$TALLO_ROOT/producer-service/src/test/ATest.java" "$TALLO_ROOT/producer-service/target/x" \
    "$TALLO_ROOT/producer-service"
  ! is_stale producer || fail 'stale for a test'
  touch -d '+2 seconds' "$TALLO_ROOT/routing-service/src/main/A.java"
  ! is_stale producer || fail 'stale for another service'
  touch -d '+2 seconds' "$TALLO_ROOT/messaging/src/main/A.java"
  is_stale producer || fail 'a library was edited, but not stale'
  touch -d '+3 seconds' "$(stamp_of producer)"
  ! is_stale producer || fail 'built again, but stale'
  touch -d '+4 seconds' "$TALLO_ROOT/pom.xml"
  is_stale producer || fail 'the parent was edited, but not stale'
}

test_uses_the_broker_of_the_environment_and_hides_its_password() {
  local said
  said=$(AMQP_URL=amqp://me:se:cret@host:5672/x ensure_broker)
  expect 'amqp://me:se:cret@host:5672/x' "$(recall broker.url)"
  expect given "$(recall broker.kind)"
  expect_containing 'amqp://me:***@host:5672/x' "$said"
  expect 'amqp://rabbit' "$(unset AMQP_URL && CLOUDAMQP_URL='' RABBITMQ_URL=amqp://rabbit given_broker)"
}

test_falls_back_to_a_container_and_then_to_advice() {
  unset AMQP_URL CLOUDAMQP_URL RABBITMQ_URL
  rabbitmq_command() { :; }
  can_install_packages() { return 1; }
  docker() { printf '%s\n' "docker $*" >>"$TALLO_STATE/docker"; }
  ensure_broker >/dev/null
  expect container "$(recall broker.kind)"
  expect_containing "-p 127.0.0.1:$(recall broker.port):5672" "$(cat "$TALLO_STATE/docker")"
  docker() { return 1; }
  local said
  said=$( (ensure_broker) 2>&1) && fail 'found a broker where there is none'
  expect_containing 'AMQP_URL=amqp://' "$said"
}

test_installs_packages_from_a_fresh_index() {
  local bin=$TALLO_STATE/bin
  mkdir -p "$bin"
  unset DEBIAN_FRONTEND
  # shellcheck disable=SC2016 # for the shell that runs it
  printf '#!/bin/sh\necho "$DEBIAN_FRONTEND|$@" >>"%s/asked"\n' "$bin" >"$bin/apt-get"
  chmod +x "$bin/apt-get"
  root_prefix() { printf ''; }
  PATH=$bin:$PATH
  can_install_packages || fail 'may not install'
  install_packages one two >/dev/null
  expect '|update noninteractive|install -y --no-install-recommends one two' "$(paste -sd' ' "$bin/asked")"
  printf '#!/bin/sh\necho "E: Unable to locate package one"; exit 100\n' >"$bin/apt-get"
  local said
  said=$( (install_packages one) 2>&1) && fail 'succeeded without the package'
  expect_containing 'Unable to locate package one' "$said"
}

test_reads_the_plain_fields_of_an_answer() {
  local answer='{"id":"0198-a","task":"demo.add","state" : "SUCCESS", "result":5}'
  expect 0198-a "$(json_field id "$answer")"
  expect SUCCESS "$(json_field state "$answer")"
  expect 5 "$(json_field result "$answer")"
}

test_only_one_launcher_starts_things_at_a_time() {
  mkdir -p "$TALLO_STATE/lock"
  printf '%s\n' "$PPID" >"$TALLO_STATE/lock/pid"
  local said
  said=$( (lock_state) 2>&1) && fail 'took a lock that is held'
  expect_containing "process $PPID" "$said"
  printf '%s\n' 999999999 >"$TALLO_STATE/lock/pid"
  (lock_state) || fail 'did not take over the lock of a dead process'
}

test_every_command_has_help() {
  local command
  for command in up down status logs rabbitmqctl test chaos bench; do
    expect_containing "Usage: ./tallo $command" "$("$TALLO_ROOT/tallo" "$command" --help)"
    expect_containing "  $command " "$("$TALLO_ROOT/tallo" --help)"
  done
}

test_an_unknown_command_or_option_is_named() {
  local said
  said=$("$TALLO_ROOT/tallo" fly 2>&1) && fail 'fly succeeded'
  expect_containing 'unknown command: fly' "$said"
  said=$("$TALLO_ROOT/tallo" up --fast 2>&1) && fail 'up --fast succeeded'
  expect_containing "'--fast'" "$said"
}

test_status_of_what_is_down_is_3() {
  local status=0
  TALLO_STATE=$TALLO_STATE "$TALLO_ROOT/tallo" status >/dev/null || status=$?
  expect 3 "$status"
}

# fake_kubectl NAME VERSION: makes a command that says it is kubectl of that version, prints it.
fake_kubectl() {
  local command="$SCRATCH/kubectls of $BASHPID/$1"
  mkdir -p "$(dirname -- "$command")"
  printf '#!/bin/sh\necho "Client Version: v%s"\n' "$2" >"$command"
  chmod +x "$command"
  printf '%s\n' "$command"
}

test_takes_a_kubectl_that_knows_components() {
  is_new_kubectl "$(fake_kubectl new 1.35.2)" || fail '1.35 is not new enough'
  is_new_kubectl "$(fake_kubectl vendor 1.32.4-dispatcher)" || fail '1.32 is not new enough'
  if is_new_kubectl "$(fake_kubectl debian 1.20.5)"; then fail '1.20 is new enough'; fi
  if is_new_kubectl "$SCRATCH/none"; then fail 'what is not there is new enough'; fi
}

test_processes_of_a_platform_listen_on_ports_of_their_own() {
  local PORT number ports=''
  . "$TALLO_ROOT/paas/service.sh"
  for PORT in 1024 5000 5001 5100 54999 65535; do
    for number in 0 1 2 3 4 5; do
      ports="$ports$(inner_port "$number")"$'\n'
    done
  done
  expect 36 "$(printf '%s' "$ports" | sort -u | wc -l | tr -d ' ')"
  expect 36 "$(printf '%s' "$ports" | awk '$1 >= 1024 && $1 <= 65535' | wc -l | tr -d ' ')"
}

test_makes_passwords_once_and_keeps_them() {
  local copy="$SCRATCH/copy of $BASHPID" first
  mkdir -p "$copy/docker"
  cp "$TALLO_ROOT/docker/make-env" "$copy/docker/"
  "$copy/docker/make-env" >/dev/null
  first=$(cat "$copy/.env")
  expect 3 "$(grep -c '^[A-Z]*_PASSWORD=[0-9a-f]\{48\}$' "$copy/.env")"
  expect -rw------- "$(ls -l "$copy/.env" | cut -c1-10)"
  expect_containing 'already' "$("$copy/docker/make-env")"
  expect "$first" "$(cat "$copy/.env")"
}

test_shellcheck_finds_nothing() {
  command -v shellcheck >/dev/null || {
    say '      (shellcheck is not installed: skipped)'
    return
  }
  cd "$TALLO_ROOT"
  shellcheck tallo .ci/run launcher/*.sh paas/* docker/run docker/healthy docker/train docker/make-env k8s/make-secrets
}

if [ $# -eq 1 ]; then
  TALLO_STATE="$SCRATCH/state of $1"
  prepare_state
  "$1"
  exit
fi
failed=0 passed=0
for name in $(declare -F | sed -n 's/^declare -f \(test_.*\)/\1/p'); do
  if bash "${BASH_SOURCE[0]}" "$name"; then
    passed=$((passed + 1))
  else
    printf 'FAILED %s\n' "$name" >&2
    failed=$((failed + 1))
  fi
done
printf 'Launcher tests: %d passed, %d failed\n' "$passed" "$failed"
[ "$failed" -eq 0 ]
