# ./tallo status

usage_status() {
  cat <<'END'
Usage: ./tallo status

Shows each service with its state, process, ports and resident memory, and the broker.
Exit status: 0 all services are ready, 1 some are not, 3 none is running.
END
}

command_status() {
  local service pid state ready=0 running=0 total=0
  [ $# -eq 0 ] || die "status does not know '$1'; see ./tallo status --help"
  printf '%-10s %-9s %8s %6s %10s %9s\n' SERVICE STATE PROCESS PORT MANAGEMENT MEMORY
  for service in $SERVICES; do
    total=$((total + 1))
    if pid=$(process_of "$service"); then
      running=$((running + 1))
      state='not ready'
      if is_ready "$service"; then
        state=ready
        ready=$((ready + 1))
      fi
      printf '%-10s %-9s %8s %6s %10s %5s MiB\n' "$service" "$state" "$pid" \
        "$(recall "$service.http-port")" "$(recall "$service.management-port")" "$(resident_mib "$pid")"
    else
      printf '%-10s %-9s\n' "$service" down
    fi
  done
  printf '%-10s %s\n' broker "$(broker_state)"
  if [ "$running" -eq 0 ]; then
    return 3
  fi
  [ "$ready" -eq "$total" ]
}

broker_state() {
  local address pid
  address=$(shown_address "$(recall broker.url)")
  case $(recall broker.kind) in
    private)
      if pid=$(process_of broker); then
        printf 'private, process %s, %s MiB, %s\n' "$pid" "$(resident_mib "$pid")" "$address"
      else
        printf 'down\n'
      fi
      ;;
    container) if broker_is_ours; then printf 'container, %s\n' "$address"; else printf 'down\n'; fi ;;
    given) printf 'given, %s\n' "$address" ;;
    *) printf 'down\n' ;;
  esac
}
