# ./tallo bench

usage_bench() {
  cat <<'END'
Usage: ./tallo bench [--quick] [--only MEASUREMENT] [--rounds N]

Starts a private broker and the services as up does, on free ports and in a state folder of its own
(.tallo/bench, emptied first), and once more with their store in a private PostgreSQL; measures them
beside Celery (Debian's python3-celery) and RabbitMQ's PerfTest (from Maven Central), ends everything
and prints the table. A whole run takes some twenty minutes and writes its table into
docs/performance.md.

  --quick      one short round, to see that it works; writes nothing
  --only NAME  throughput, submits, latency, history, delays, schedules or memory alone; writes nothing
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
  unset AMQP_URL CLOUDAMQP_URL RABBITMQ_URL DATABASE_URL
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
  start_bench_postgres
  start_services_on_postgres
  options+=(
    --postgresql-api "$(TALLO_STATE=$TALLO_STATE/postgresql service_url producer)"
    --scheduler "$(scheduler_on_postgres)"
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
    TALLO_STATE=$TALLO_STATE/postgresql end_process "$service" "$STOP_DEADLINE"
  done
  end_process postgres "$STOP_DEADLINE"
  [ -z "$(recall postgres.folder)" ] || rm -rf "$(recall postgres.folder)"
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

# A PostgreSQL of the benchmark's own, in a temporary folder that the user it runs as can reach: it
# refuses to run as root.
start_bench_postgres() {
  local programs folder port user=() deadline=$((SECONDS + START_DEADLINE))
  programs=$(postgres_folder)
  folder=$(mktemp -d)
  port=$(free_port 5433 5532)
  remember postgres.folder "$folder"
  remember postgres.url "postgres://tallo:$(broker_password)@127.0.0.1:$port/tallo"
  step "Starting a private PostgreSQL on port $port"
  broker_password >"$folder/password"
  if [ "$(id -u)" -eq 0 ]; then
    chown -R postgres "$folder"
    user=(setpriv --reuid=postgres --regid=postgres --clear-groups)
  fi
  (
    cd "$folder"
    "${user[@]}" "$programs/initdb" --pgdata="$folder/data" --username=tallo \
      --pwfile="$folder/password" --auth=scram-sha-256 --encoding=UTF8 --no-locale
  ) >"$TALLO_STATE/logs/initdb.log" 2>&1 || die "initdb failed; its log: $TALLO_STATE/logs/initdb.log"
  # Takes no words of ours, so it carries its mark as a setting that is for us alone.
  (
    cd "$folder"
    start_detached postgres "${user[@]}" "$programs/postgres" -D "$folder/data" -h 127.0.0.1 \
      -p "$port" -k "$folder" -c "tallo.process=$(process_mark postgres)"
  )
  until PGPASSWORD=$(broker_password) "$programs/createdb" -h 127.0.0.1 -p "$port" -U tallo tallo 2>/dev/null; do
    [ "$SECONDS" -lt "$deadline" ] || die "PostgreSQL does not answer; its log: $TALLO_STATE/logs/postgres.log"
    sleep 0.2
  done
}

# The services once more, on a virtual host and a database of their own.
start_services_on_postgres() {
  local url service deadline
  url=$(recall postgres.url)
  (
    export_broker_environment
    "$(rabbitmq_command rabbitmqctl)" --quiet add_vhost postgresql
    "$(rabbitmq_command rabbitmqctl)" --quiet set_permissions -p postgresql tallo '.*' '.*' '.*'
  ) >"$TALLO_STATE/logs/vhost.log" 2>&1 || die "the broker refused a virtual host: $TALLO_STATE/logs/vhost.log"
  step 'Starting the services on PostgreSQL'
  (
    broker=$(recall broker.url)/postgresql
    TALLO_STATE=$TALLO_STATE/postgresql
    prepare_state
    remember broker.kind given
    remember broker.url "$broker"
    choose_ports auto
    export DATABASE_URL=$url
    for service in $SERVICES; do
      start_service "$service"
      deadline=$((SECONDS + START_DEADLINE))
      until is_ready "$service"; do
        is_running "$service" || die "the $service service ended; its log: $TALLO_STATE/logs/$service.log"
        [ "$SECONDS" -lt "$deadline" ] || die "the $service service is not ready after $START_DEADLINE s"
        sleep 0.1
      done
    done
  )
}

# Its API, its metrics and its process.
scheduler_on_postgres() {
  local TALLO_STATE=$TALLO_STATE/postgresql
  printf '%s,http://127.0.0.1:%s,%s\n' "$(service_url scheduler)" \
    "$(recall scheduler.management-port)" "$(process_of scheduler)"
}
