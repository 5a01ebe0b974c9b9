# The services: their order, folders, ports and settings; starting, awaiting and asking them.

# In the order they are started: the API last, when there is someone to do what it takes in.
readonly SERVICES='routing worker scheduler producer'
readonly START_DEADLINE=${TALLO_START_DEADLINE:-90}
# shellcheck disable=SC2034 # used by whoever ends a service
readonly STOP_DEADLINE=${TALLO_STOP_DEADLINE:-40}

service_folder() { printf '%s-service\n' "$1"; }

# The place of a service's ports after the base: 8080, 8081, ...
service_offset() {
  case $1 in
    producer) printf '0\n' ;;
    routing) printf '1\n' ;;
    scheduler) printf '2\n' ;;
    worker) printf '3\n' ;;
  esac
}

is_service() {
  case " $SERVICES " in
    *" $1 "*) ;;
    *) return 1 ;;
  esac
}

service_url() { printf 'http://127.0.0.1:%s\n' "$(recall "$1.http-port")"; }
management_url() { printf 'http://127.0.0.1:%s/q\n' "$(recall "$1.management-port")"; }

start_service() {
  local -a settings
  settings=(
    "AMQP_URL=$(recall broker.url)"
    "QUARKUS_HTTP_PORT=$(recall "$1.http-port")"
    "QUARKUS_MANAGEMENT_PORT=$(recall "$1.management-port")"
    "TALLO_DATA=$TALLO_STATE/data"
  )
  # Our own broker serves Celery clients too, by the queue they use unless told otherwise.
  if [ "$(recall broker.kind)" != given ]; then
    settings+=("TALLO_ROUTING_INBOXES=${TALLO_ROUTING_INBOXES-celery}")
  fi
  # It passes a part of the API on to these.
  if [ "$1" = producer ]; then
    settings+=("TALLO_ROUTING_URL=$(service_url routing)" "TALLO_SCHEDULER_URL=$(service_url scheduler)")
  fi
  # It asks the history whether a schedule's last task has ended.
  if [ "$1" = scheduler ]; then
    settings+=("TALLO_PRODUCER_URL=$(service_url producer)")
  fi
  start_detached "$1" env "${settings[@]}" "$JAVA_HOME/bin/java" "@$TALLO_ROOT/launcher/jvm.options" \
    "-Dtallo.process=$(process_mark "$1")" -jar "$(runner_of "$1")"
}

is_ready() { curl -fsS -o /dev/null -m 2 "$(management_url "$1")/health/ready" 2>/dev/null; }

# Waits until all services are ready; shows the end of the log of one that ended or never was.
await_services() {
  local deadline=$((SECONDS + START_DEADLINE)) service waiting
  while :; do
    waiting=()
    for service in $SERVICES; do
      if ! is_running "$service"; then
        progress_end
        tail -n 30 "$TALLO_STATE/logs/$service.log" >&2
        die "the $service service ended while starting; its log: $TALLO_STATE/logs/$service.log"
      fi
      is_ready "$service" || waiting+=("$service")
    done
    if [ ${#waiting[@]} -eq 0 ]; then
      progress_end
      return
    fi
    if [ "$SECONDS" -ge "$deadline" ]; then
      progress_end
      for service in "${waiting[@]}"; do
        warn "$service is not ready:"
        curl -sS -m 2 "$(management_url "$service")/health/ready" >&2 || true
        tail -n 15 "$TALLO_STATE/logs/$service.log" >&2
      done
      die "not ready after $START_DEADLINE s: ${waiting[*]}. Logs: ./tallo logs SERVICE"
    fi
    progress "waiting for: ${waiting[*]}"
    sleep 0.3
  done
}
