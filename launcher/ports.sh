# Which ports the services listen on: defaults, moved by --port-base or the environment, remembered.

readonly PORT_BASE_DEFAULT=8080
# Distance from a service's HTTP port to its management port: 8080 -> 9000.
readonly MANAGEMENT_OFFSET=920
readonly PORT_BASE_MAX=$((65535 - MANAGEMENT_OFFSET - 9))

is_port() { [[ $1 =~ ^[0-9]{1,5}$ ]] && [ "$1" -ge 1 ] && [ "$1" -le 65535 ]; }

# Whether something listens there; by connecting, because that needs no tool.
port_in_use() { (exec 3<>"/dev/tcp/127.0.0.1/$1") 2>/dev/null; }

# Who listens there, as far as this machine tells: "java, process 4711", else "another process".
port_holder() {
  local holder=
  if command -v ss >/dev/null; then
    holder=$(ss -Hltnp "sport = :$1" 2>/dev/null |
      sed -n 's/.*users:(("\([^"]*\)",pid=\([0-9]*\).*/\1, process \2/p' | head -n 1)
  elif command -v lsof >/dev/null; then
    holder=$(lsof -nP -Fcp -iTCP:"$1" -sTCP:LISTEN 2>/dev/null |
      awk '/^p/ { pid = substr($0, 2) } /^c/ { print substr($0, 2) ", process " pid; exit }')
  fi
  printf '%s\n' "${holder:-another process}"
}

# free_port FIRST LAST: prints the first port of the range that nothing listens on.
free_port() {
  local port
  for ((port = $1; port <= $2; port++)); do
    if ! port_in_use "$port"; then
      printf '%s\n' "$port"
      return
    fi
  done
  die "no free port between $1 and $2"
}

# port_variable SERVICE KIND: the environment variable that moves one port, TALLO_PRODUCER_PORT
# or TALLO_PRODUCER_MANAGEMENT_PORT.
port_variable() {
  local name
  name=$(printf '%s' "$1" | tr '[:lower:]-' '[:upper:]_')
  case $2 in
    http) printf 'TALLO_%s_PORT\n' "$name" ;;
    management) printf 'TALLO_%s_MANAGEMENT_PORT\n' "$name" ;;
  esac
}

# choose_port SERVICE KIND BASE: the environment's choice, else the base's, else (BASE empty) what
# was remembered, else the default.
choose_port() {
  local variable port
  variable=$(port_variable "$1" "$2")
  port=$((${3:-$PORT_BASE_DEFAULT} + $(service_offset "$1")))
  [ "$2" = http ] || port=$((port + MANAGEMENT_OFFSET))
  [ -n "$3" ] || port=$(recall "$1.$2-port" "$port")
  port=${!variable:-$port}
  is_port "$port" || die "$variable is '$port', but a port is a number from 1 to 65535"
  printf '%s\n' "$port"
}

# The first base of 8080, 8180, ... of which all ports are free.
free_port_base() {
  local base service kind
  for ((base = PORT_BASE_DEFAULT; base < 20000; base += 100)); do
    for service in $SERVICES; do
      for kind in http management; do
        ! port_in_use "$(choose_port "$service" "$kind" "$base")" || continue 3
      done
    done
    printf '%s\n' "$base"
    return
  done
  die "no free port base found between $PORT_BASE_DEFAULT and 20000"
}

# choose_ports BASE: decides and remembers the ports of all services. BASE is a number, "auto", or
# empty to keep what was remembered; "auto" keeps it too where none of the ports is taken. A service that runs on another port is ended, to be started
# again on the new one.
choose_ports() {
  local base=$1 service kind port
  case $base in
    '') ;;
    auto) if [ -z "$(taken_ports)" ]; then base=''; else base=$(free_port_base) || exit; fi ;;
    *)
      if ! is_port "$base" || [ "$base" -gt "$PORT_BASE_MAX" ]; then
        die "--port-base takes 'auto' or a number from 1 to $PORT_BASE_MAX, not '$base'"
      fi
      ;;
  esac
  for service in $SERVICES; do
    for kind in http management; do
      port=$(choose_port "$service" "$kind" "$base") || exit
      if [ "$port" != "$(recall "$service.$kind-port")" ]; then
        end_process "$service" "$STOP_DEADLINE"
        remember "$service.$kind-port" "$port"
      fi
    done
  done
}

# The ports that a service which does not run would not get, a line each: SERVICE KIND PORT.
taken_ports() {
  local service kind port
  for service in $SERVICES; do
    ! is_running "$service" || continue
    for kind in http management; do
      port=$(choose_port "$service" "$kind" '')
      ! port_in_use "$port" || printf '%s\n' "$service $kind $port"
    done
  done
}

# Fails, naming each port that is taken, its holder and how to move it.
require_free_ports() {
  local service kind port problems=()
  while read -r service kind port; do
    problems+=("port $port ($service, $kind) is in use by $(port_holder "$port"): move it with $(port_variable "$service" "$kind")=PORT")
  done < <(taken_ports)
  [ ${#problems[@]} -eq 0 ] ||
    die "${problems[@]}" \
      "or move all: ./tallo up --port-base auto (takes free ones), or ./tallo up --port-base NUMBER"
}
