# ./tallo rabbitmqctl

usage_rabbitmqctl() {
  cat <<'END'
Usage: ./tallo rabbitmqctl ARGUMENT...

Runs RabbitMQ's rabbitmqctl against the private broker, for example:
  ./tallo rabbitmqctl list_queues name messages consumers
END
}

command_rabbitmqctl() {
  if [ $# -eq 0 ]; then
    usage_rabbitmqctl
    return
  fi
  broker_is_ours || die 'the private broker is not running; start it with ./tallo up'
  if [ "$(recall broker.kind)" = container ]; then
    exec docker exec "$(container_name)" rabbitmqctl "$@"
  fi
  export_broker_environment
  exec "$(rabbitmq_command rabbitmqctl)" "$@"
}
