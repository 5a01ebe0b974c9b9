# The broker: the one AMQP_URL names, else a private rabbitmq-server of this checkout, else a
# private container. Private ones listen on loopback only, with a user and password of their own.

readonly BROKER_START_DEADLINE=90
readonly BROKER_STOP_DEADLINE=30
readonly BROKER_IMAGE=${TALLO_BROKER_IMAGE:-docker.io/library/rabbitmq:4}

# The broker's address from the environment, under any of its usual names; empty if none is given.
given_broker() { printf '%s\n' "${AMQP_URL:-${CLOUDAMQP_URL:-${RABBITMQ_URL:-}}}"; }

# An address without its password, to be shown.
shown_address() { printf '%s\n' "$1" | sed 's#\(://[^:/@,]*\):[^@,]*@#\1:***@#g'; }

# ensure_broker: makes sure there is one and remembers its address as broker.url and its kind
# (given, private, container) as broker.kind.
ensure_broker() {
  local given
  given=$(given_broker)
  if [ -n "$given" ]; then
    [ "$(recall broker.kind given)" = given ] || end_broker
    use_broker given "$given"
    step "Broker: $(shown_address "$given") (from the environment)"
    return
  fi
  if [ "$(recall broker.kind)" = private ] && is_running broker; then
    step "Broker: already running at $(shown_address "$(recall broker.url)")"
    return
  fi
  if [ -z "$(rabbitmq_command rabbitmq-server)" ] && can_install_packages; then
    install_packages rabbitmq-server
    rest_distribution_service rabbitmq-server
  fi
  if [ -n "$(rabbitmq_command rabbitmq-server)" ]; then
    start_private_broker
  elif command -v docker >/dev/null && docker info >/dev/null 2>&1; then
    start_broker_container
  else
    die "no RabbitMQ: AMQP_URL is not set, rabbitmq-server is not installed (and may not be installed from here), and no Docker engine runs." \
      "Either install it:   sudo apt-get install rabbitmq-server   (brew install rabbitmq)" \
      "or name a broker:    AMQP_URL=amqp://user:password@host:5672 ./tallo up"
  fi
}

# use_broker KIND URL: remembers it; services that run with another one are ended.
use_broker() {
  local service
  if [ "$(recall broker.url "$2")" != "$2" ]; then
    for service in $SERVICES; do
      end_process "$service" "$STOP_DEADLINE"
    done
  fi
  remember broker.kind "$1"
  remember broker.url "$2"
}

# Prints the path of one of RabbitMQ's programs, or nothing. On Debian the ones in /usr/sbin are
# wrappers that switch to the system's user and service; the real ones lie beside the library.
rabbitmq_command() {
  local folder
  for folder in /usr/lib/rabbitmq/bin "${HOMEBREW_PREFIX:-/opt/homebrew}/sbin" /usr/local/sbin \
    /opt/rabbitmq/sbin; do
    if [ -x "$folder/$1" ]; then
      printf '%s\n' "$folder/$1"
      return
    fi
  done
  command -v "$1" || true
}

broker_password() {
  if [ -z "$(recall broker.password)" ]; then
    remember broker.password "$(od -An -N16 -tx1 /dev/urandom | tr -d ' \n')"
  fi
  recall broker.password
}

# choose_broker_port NAME FIRST LAST: keeps the remembered port if it is still free, else takes the
# first free one. The ranges lie outside the one that the kernel hands out for outgoing connections
# (32768 to 60999): a node whose port is taken that way does not start.
choose_broker_port() {
  local port
  port=$(recall "broker.$1")
  if [ -z "$port" ] || port_in_use "$port"; then
    remember "broker.$1" "$(free_port "$2" "$3")"
  fi
}

# The environment of the private node, which shares nothing with any other node.
export_broker_environment() {
  local home=$TALLO_STATE/broker
  unset ERL_LIBS NOTIFY_SOCKET
  export HOME=$home
  export RABBITMQ_CONF_ENV_FILE=$home/none
  export RABBITMQ_CONFIG_FILE=$home/rabbitmq.conf
  export RABBITMQ_CONFIG_FILES=$home/none
  export RABBITMQ_ADVANCED_CONFIG_FILE=$home/none
  export RABBITMQ_ENABLED_PLUGINS_FILE=$home/enabled_plugins
  export RABBITMQ_MNESIA_BASE=$home/data
  export RABBITMQ_LOG_BASE=$TALLO_STATE/logs
  export RABBITMQ_LOGS=-
  export RABBITMQ_PID_FILE=$home/pid
  RABBITMQ_NODENAME=tallo-$(instance)@localhost
  RABBITMQ_DIST_PORT=$(recall broker.dist-port)
  ERL_EPMD_PORT=$(recall broker.epmd-port)
  export RABBITMQ_NODENAME RABBITMQ_DIST_PORT ERL_EPMD_PORT ERL_EPMD_ADDRESS=127.0.0.1
}

start_private_broker() {
  local home=$TALLO_STATE/broker server port
  server=$(rabbitmq_command rabbitmq-server)
  mkdir -p "$home/data"
  choose_broker_port port 5673 5772
  choose_broker_port dist-port 25673 25772
  is_running epmd || choose_broker_port epmd-port 4370 4469
  port=$(recall broker.port)
  printf '[].\n' >"$home/enabled_plugins"
  cat >"$home/rabbitmq.conf" <<END
listeners.tcp.1 = 127.0.0.1:$port
default_user = tallo
default_pass = $(broker_password)
END
  use_broker private "amqp://tallo:$(broker_password)@127.0.0.1:$port"
  step "Starting a private RabbitMQ on port $port"
  (
    export_broker_environment
    # The nodes' name server: Erlang would start one by itself, and leave it running for ever.
    if ! is_running epmd && command -v epmd >/dev/null; then
      # It takes no words of ours, so it carries its mark as its name.
      # shellcheck disable=SC2016 # expanded by the inner shell
      start_detached epmd bash -c 'exec -a "$0" epmd -port "$ERL_EPMD_PORT"' "$(process_mark epmd)"
    fi
    # RUNNING_UNDER_SYSTEMD: the script becomes the server instead of its parent, so that the
    # process id that we remember is the server's.
    export RUNNING_UNDER_SYSTEMD=true
    export RABBITMQ_SERVER_ADDITIONAL_ERL_ARGS='-kernel inet_dist_use_interface {127,0,0,1}'
    start_detached broker "$server" -tallo "$(process_mark broker)"
  )
  await_private_broker "$port"
}

await_private_broker() {
  local deadline=$((SECONDS + BROKER_START_DEADLINE)) log=$TALLO_STATE/logs/broker.log
  until port_in_use "$1"; do
    if ! is_running broker; then
      progress_end
      tail -n 20 "$log" >&2
      die "the private broker ended while starting; its log: $log"
    fi
    if [ "$SECONDS" -ge "$deadline" ]; then
      progress_end
      die "the private broker does not answer after $BROKER_START_DEADLINE s; its log: $log"
    fi
    progress "waiting for the broker"
    sleep 0.3
  done
  progress_end
}

container_name() { printf 'tallo-%s-broker' "$(instance)"; }

start_broker_container() {
  local name port log=$TALLO_STATE/logs/broker.log
  name=$(container_name)
  if [ -z "$(docker ps -q --filter "name=^$name\$")" ]; then
    docker rm -f "$name" >/dev/null 2>&1 || true
    choose_broker_port port 5673 5772
    port=$(recall broker.port)
    step "Starting RabbitMQ in a container ($BROKER_IMAGE) on port $port"
    docker run -d --name "$name" --hostname tallo -p "127.0.0.1:$port:5672" \
      -e RABBITMQ_DEFAULT_USER=tallo -e "RABBITMQ_DEFAULT_PASS=$(broker_password)" \
      -v "$name:/var/lib/rabbitmq" "$BROKER_IMAGE" >"$log" ||
      die "the container did not start; what Docker said is above and in $log"
  else
    port=$(recall broker.port)
    step "Broker: already running in the container $name"
  fi
  use_broker container "amqp://tallo:$(broker_password)@127.0.0.1:$port"
  docker exec "$name" rabbitmqctl --quiet await_startup --timeout "$BROKER_START_DEADLINE" ||
    die "the broker in the container does not answer after $BROKER_START_DEADLINE s; see: docker logs $name"
}

end_broker() {
  case $(recall broker.kind) in
    private)
      if is_running broker; then
        step "Ending the private broker"
      fi
      end_process broker "$BROKER_STOP_DEADLINE"
      end_process epmd 5
      ;;
    container)
      step "Ending the broker's container"
      docker rm -f "$(container_name)" >/dev/null 2>&1 || true
      ;;
  esac
}

# Whether the broker in use is one that we started and that still runs.
broker_is_ours() {
  case $(recall broker.kind) in
    private) is_running broker ;;
    container) [ -n "$(docker ps -q --filter "name=^$(container_name)\$" 2>/dev/null)" ] ;;
    *) return 1 ;;
  esac
}
