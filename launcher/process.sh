# Starting processes that outlive the launcher, and ending only those.

# start_detached NAME COMMAND...: starts it in a session of its own, its output appended to
# logs/NAME.log (the last run's kept as NAME.log.1), and remembers its process id. The command must
# carry process_mark NAME among its arguments.
start_detached() {
  local name=$1 log=$TALLO_STATE/logs/$1.log pid
  shift
  [ ! -s "$log" ] || mv -f "$log" "$log.1"
  if command -v setsid >/dev/null; then
    setsid "$@" </dev/null >>"$log" 2>&1 &
  else
    nohup "$@" </dev/null >>"$log" 2>&1 &
  fi
  pid=$!
  disown
  remember "$name.pid" "$pid"
  # Until it has become the command, it still looks like this script.
  while kill -0 "$pid" 2>/dev/null && ! is_running "$name"; do
    sleep 0.02
  done
}

# The mark on the command line of everything we start: process ids are used again by the system,
# this is not.
process_mark() { printf 'tallo-%s-%s' "$(instance)" "$1"; }

command_line() {
  if [ -d /proc/self ]; then
    tr '\0' ' ' 2>/dev/null <"/proc/$1/cmdline" || true
  else
    ps -ww -o command= -p "$1" 2>/dev/null || true
  fi
}

# process_of NAME: prints the id of the running process that we started under this name; fails if
# there is none.
process_of() {
  local pid line='' attempt
  pid=$(recall "$1.pid")
  [ -n "$pid" ] || return 1
  # Empty for an instant when a process becomes another program, and for one that has ended.
  for attempt in 1 2 3 4 5; do
    line=$(command_line "$pid")
    if [ -n "$line" ] || ! kill -0 "$pid" 2>/dev/null; then
      break
    fi
    sleep "0.0$attempt"
  done
  case $line in
    *"$(process_mark "$1")"*) printf '%s\n' "$pid" ;;
    *) return 1 ;;
  esac
}

is_running() { process_of "$1" >/dev/null; }

# end_process NAME SECONDS: asks it to end, waits so long, then ends it by force.
end_process() {
  local pid deadline=$((SECONDS + $2))
  if pid=$(process_of "$1"); then
    kill -TERM "$pid" 2>/dev/null || true
    while is_running "$1"; do
      if [ "$SECONDS" -ge "$deadline" ]; then
        warn "$1 (process $pid) did not end within $2 s and is killed"
        kill -KILL "$pid" 2>/dev/null || true
        break
      fi
      sleep 0.2
    done
  fi
  forget "$1.pid"
}

# Resident memory of a process in MiB.
resident_mib() {
  if [ -r "/proc/$1/status" ]; then
    awk '/^VmRSS:/ { printf "%d", $2 / 1024 }' "/proc/$1/status"
  else
    ps -o rss= -p "$1" | awk '{ printf "%d", $1 / 1024 }'
  fi
}
