# ./tallo bench

usage_bench() {
  cat <<'END'
Usage: ./tallo bench [--quick] [--only throughput|submits|latency|memory] [--rounds N]

Starts a private broker and the services as up does, on free ports and in a state folder of its own
(.tallo/bench, emptied first), measures them beside Celery (Debian's python3-celery) and RabbitMQ's
PerfTest (from Maven Central), ends everything and prints the table. A whole run takes some fifteen
minutes and writes its table into docs/performance.md.

  --quick      one short round, to see that it works; writes nothing
  --only NAME  one of the measurements; writes nothing
  --rounds N   how often each throughput is measured, 5 unless told otherwise

Let the machine do nothing else meanwhile.
END
}

command_bench() {
  local options=() report=yes
  while [ $# -gt 0 ]; do
    case $1 in
      --quick)
        options+=(--quick)
        report=no
        shift
        ;;
      --only | --rounds)
        [ $# -ge 2 ] || die "$1 takes a value; see ./tallo bench --help"
        options+=("$1" "$2")
        [ "$1" != --only ] || report=no
        shift 2
        ;;
      *) die "bench does not know '$1'; see ./tallo bench --help" ;;
    esac
  done
  [ "$report" = no ] || options+=(--report "$TALLO_ROOT/docs/performance.md")
  # Of its own: nothing of ./tallo up is measured, touched or needed.
  TALLO_STATE=$TALLO_STATE/bench
  unset AMQP_URL CLOUDAMQP_URL RABBITMQ_URL
  lock_state
  use_jdk
  end_bench
  rm -rf "$TALLO_STATE/broker" "$TALLO_STATE/data"
  prepare_state
  ensure_test_packages
  build_stale
  build_benchmarks
  choose_ports auto
  trap 'end_bench; rm -rf "$TALLO_STATE/lock"' EXIT
  trap 'exit 130' INT TERM
  ensure_broker
  measure_start_ups
  options+=(
    --api "$(service_url producer)"
    --broker "$(recall broker.url)"
    --broker-process "$(process_of broker)"
    --broker-version "$(broker_version)"
    --python "$TALLO_PYTHON"
    --celery "$TALLO_ROOT/benchmarks/celery"
    --perf-test "$PERF_TEST"
    --logs "$TALLO_STATE/logs"
  )
  "$JAVA_HOME/bin/java" -Xmx1g -XX:+UseSerialGC \
    -cp "$TALLO_ROOT/benchmarks/target/classes:$TALLO_ROOT/benchmarks/target/lib/*" \
    dev.tallo.benchmarks.Benchmark "${options[@]}" "${START_UPS[@]}"
}

end_bench() {
  local service
  for service in $(reversed "$SERVICES"); do
    end_process "$service" "$STOP_DEADLINE"
  done
  end_broker
}

# Our own program, and PerfTest with its libraries, which are no part of our build.
build_benchmarks() {
  PERF_TEST=$TALLO_ROOT/benchmarks/target/perf-test
  step 'Building the benchmark, fetching PerfTest'
  run_maven "$TALLO_STATE/logs/build-benchmarks.log" \
    -pl benchmarks -Dmaven.test.skip=true -Dspotless.check.skip=true package
  [ -d "$PERF_TEST" ] || run_maven "$TALLO_STATE/logs/build-perf-test.log" \
    -f benchmarks/perf-test/pom.xml dependency:copy-dependencies \
    -DincludeScope=runtime "-DoutputDirectory=$PERF_TEST"
}

# Starts the services one after another, each with the machine to itself, and measures the time from
# the start of its process until it is ready; START_UPS has NAME:PROCESS:MILLISECONDS for each.
measure_start_ups() {
  local service began deadline
  START_UPS=()
  for service in $SERVICES; do
    began=$(milliseconds)
    deadline=$((SECONDS + START_DEADLINE))
    start_service "$service"
    until is_ready "$service"; do
      is_running "$service" || die "the $service service ended; its log: $TALLO_STATE/logs/$service.log"
      [ "$SECONDS" -lt "$deadline" ] || die "the $service service is not ready after $START_DEADLINE s"
    done
    START_UPS+=(--service "$service:$(process_of "$service"):$(($(milliseconds) - began))")
    say "    $service is ready after $(($(milliseconds) - began)) ms"
  done
}

milliseconds() { printf '%s\n' "$(($(date +%s%N) / 1000000))"; }

broker_version() {
  sed -n 's/.*Starting RabbitMQ \([0-9][0-9.]*\).*/\1/p' "$TALLO_STATE/logs/broker.log" | head -n 1
}
