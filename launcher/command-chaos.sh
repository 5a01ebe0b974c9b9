# ./tallo chaos

usage_chaos() {
  cat <<'END'
Usage: ./tallo chaos [--minutes N] [--only SCENARIO]... [--list]

Proves that nothing is lost. Starts a private broker, the producer, the routing service and three
workers on free ports, has thousands of tasks under way all the while, and kills, cuts off, stops and
fills up one thing after another. At the end of each scenario it counts: what was accepted and what
has finished, what is missing, and how often tasks ran more than once. Prints the table; the status
is not 0 when anything is missing.

  --minutes N      share N minutes among the scenarios, 1 to 9999; each is made once at least. Without
                   it, the short form that ./tallo test runs, some five minutes
  --only SCENARIO  this one alone; may be given several times
  --list           tell the scenarios

docs/guarantees.md has what each of them shows. What ./tallo up started has to be ended first. The
disk is filled up by root alone; for others that scenario is skipped.
END
}

command_chaos() {
  local options=() list=no service
  while [ $# -gt 0 ]; do
    case $1 in
      --list)
        list=yes
        options+=(--list)
        shift
        ;;
      --minutes | --only)
        [ $# -ge 2 ] || die "$1 takes a value; see ./tallo chaos --help"
        [ "$1" = --only ] || [[ $2 =~ ^[1-9][0-9]{0,3}$ ]] ||
          die "--minutes takes a number from 1 to 9999, not '$2'"
        options+=("$1" "$2")
        shift 2
        ;;
      *) die "chaos does not know '$1'; see ./tallo chaos --help" ;;
    esac
  done
  for service in $SERVICES; do
    ! is_running "$service" ||
      die "the $service service of ./tallo up runs from what is built anew here" \
        'end it first: ./tallo down'
  done
  # Of its own: nothing of ./tallo up is needed.
  TALLO_STATE=$TALLO_STATE/chaos
  unset AMQP_URL CLOUDAMQP_URL RABBITMQ_URL DATABASE_URL
  lock_state
  use_jdk
  [ "$list" = yes ] || ensure_test_packages
  step 'Building the services and what breaks them'
  run_maven "$TALLO_STATE/logs/build-chaos.log" \
    -pl system-tests/chaos -am -Dmaven.test.skip=true -Dspotless.check.skip=true package
  exec_chaos "${options[@]}"
}

# Runs it as a child, so that the lock is given back and an interrupt reaches what it started.
exec_chaos() {
  "$JAVA_HOME/bin/java" -Xmx1g --enable-native-access=ALL-UNNAMED -Dslf4j.internal.verbosity=ERROR \
    -cp "$TALLO_ROOT/system-tests/chaos/target/classes:$TALLO_ROOT/system-tests/chaos/target/lib/*" \
    dev.tallo.systemtests.Chaos --root "$TALLO_ROOT" --logs "$TALLO_STATE/logs" "$@"
}
