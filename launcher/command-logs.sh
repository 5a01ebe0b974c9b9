# ./tallo logs

usage_logs() {
  cat <<'END'
Usage: ./tallo logs [SERVICE] [-f] [-n LINES]

Shows the last lines of the logs of all services, or of one: producer, routing, worker, scheduler,
broker, build.

  -f         go on showing what is written
  -n LINES   how many lines, 50 unless told otherwise
END
}

command_logs() {
  local lines=50 follow='' name='' file files=()
  while [ $# -gt 0 ]; do
    case $1 in
      -f | --follow)
        follow=-F
        shift
        ;;
      -n)
        [[ ${2:-} =~ ^[0-9]+$ ]] || die '-n takes a number of lines'
        lines=$2
        shift 2
        ;;
      -*) die "logs does not know '$1'; see ./tallo logs --help" ;;
      *)
        [ -z "$name" ] || die 'logs takes one service'
        name=$1
        shift
        ;;
    esac
  done
  if [ -n "$name" ]; then
    is_service "$name" || [ "$name" = broker ] || [ "$name" = build ] ||
      die "there is no service '$name'; the services: $SERVICES (and: broker, build)"
    files=("$TALLO_STATE/logs/$name.log")
    [ -f "${files[0]}" ] || die "$name has no log yet; start it with ./tallo up"
  else
    for name in $SERVICES; do
      file=$TALLO_STATE/logs/$name.log
      [ ! -f "$file" ] || files+=("$file")
    done
    [ ${#files[@]} -gt 0 ] || die 'there are no logs yet; start everything with ./tallo up'
  fi
  exec tail -n "$lines" $follow "${files[@]}"
}
