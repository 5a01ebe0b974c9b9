# ./tallo up

usage_up() {
  cat <<'END'
Usage: ./tallo up [--port-base N | --port-base auto] [--no-demo]

Builds what is stale, starts a broker (unless AMQP_URL names one) and all services, waits until
they are ready, runs one demo task and prints the addresses. What already runs is left alone.

  --port-base N      HTTP ports N to N+3 instead of 8080 to 8083, management ports N+920 to N+923
                     instead of 9000 to 9003; remembered for the next time
  --port-base auto   the first of 8080, 8180, 8280, ... whose ports are all free
  --no-demo          do not run the demo task

Environment:
  AMQP_URL                        the broker to use, amqp://user:password@host:port/vhost
                                  (CLOUDAMQP_URL and RABBITMQ_URL likewise)
  JAVA_HOME                       the JDK to use, 25 or newer
  TALLO_<SERVICE>_PORT            moves one HTTP port, e.g. TALLO_PRODUCER_PORT=8090
  TALLO_<SERVICE>_MANAGEMENT_PORT moves one management port
  TALLO_*, QUARKUS_*              settings of the services (docs/configuration.md)
END
}

command_up() {
  local port_base='' demo=yes service
  while [ $# -gt 0 ]; do
    case $1 in
      --port-base)
        [ $# -ge 2 ] || die "--port-base takes a number or 'auto'"
        port_base=$2
        shift 2
        ;;
      --port-base=*)
        port_base=${1#*=}
        shift
        ;;
      --no-demo)
        demo=no
        shift
        ;;
      *) die "up does not know '$1'; see ./tallo up --help" ;;
    esac
  done
  lock_state
  use_jdk
  choose_ports "$port_base"
  require_free_ports
  ensure_broker
  build_stale
  # Once more, as a build takes a while.
  choose_ports "$port_base"
  require_free_ports
  for service in $SERVICES; do
    if ! is_running "$service"; then
      step "Starting $service on $(service_url "$service")"
      start_service "$service"
    fi
  done
  await_services
  [ "$demo" = no ] || run_demo
  show_addresses
}

# Hands in one task and waits for its result, as the README does by hand.
run_demo() {
  local tasks deadline=$((SECONDS + 90)) answer id
  tasks=$(service_url producer)/api/v1/tasks
  step 'Running a task: demo.add [2, 3]'
  # The services are ready before they have met the broker, so the first tries may be told 503.
  until answer=$(curl -sS -f -m 10 -H 'Content-Type: application/json' \
    -d '{"task": "demo.add", "args": [2, 3]}' "$tasks" 2>&1); do
    if [ "$SECONDS" -ge "$deadline" ]; then
      curl -sS -m 10 -H 'Content-Type: application/json' \
        -d '{"task": "demo.add", "args": [2, 3]}' "$tasks" >&2 || true
      die "the API did not take the demo task: $answer" 'See ./tallo logs producer'
    fi
    sleep 0.5
  done
  id=$(json_field id "$answer")
  answer=$(curl -sS -f -m 40 "$tasks/$id?wait=PT30S") || die "the demo task's result could not be read"
  if [ "$(json_field state "$answer")" != SUCCESS ]; then
    printf '%s\n' "$answer" >&2
    die "the demo task $id has not succeeded" 'See ./tallo logs worker, and ./tallo logs routing'
  fi
  say "    task   $id"
  say "    state  $(json_field state "$answer")"
  say "    result $(json_field result "$answer")"
}

# json_field NAME JSON: the first plain value of that name; enough for the API's flat answers.
json_field() {
  printf '%s' "$2" | tr -d '\n' | sed -n "s/^[^{]*{\(.*[,{ ]\)\{0,1\}\"$1\" *: *\"\{0,1\}\([^\",}]*\).*/\2/p"
}

show_addresses() {
  local api broker service
  api=$(service_url producer)
  # The password of our own broker is for this machine's clients; another one's is not ours to show.
  broker=$(recall broker.url)
  [ "$(recall broker.kind)" != given ] || broker=$(shown_address "$broker")
  cat <<END

Tallo is up.
  API         $api/api/v1/tasks
  Swagger UI  $api/q/swagger-ui
  Health      $(management_url producer)/health
  Metrics     $(for service in $SERVICES; do printf '%s/metrics ' "$(management_url "$service")"; done)
              (dashboards and alerts: docs/observability.md)
  Broker      $broker
  Logs        $TALLO_STATE/logs   (./tallo logs SERVICE -f)

Try:  curl -s $api/api/v1/tasks -H 'Content-Type: application/json' -d '{"task": "text.word-count", "args": ["to be or not to be"]}'
End:  ./tallo down
END
}
