# What the launcher says: steps on standard output, problems on standard error.

say() { printf '%s\n' "$*"; }

step() { printf '%s==>%s %s\n' "$BOLD" "$PLAIN" "$*"; }

warn() { printf '%swarning:%s %s\n' "$BOLD" "$PLAIN" "$*" >&2; }

# die MESSAGE...: says what went wrong, a line per argument, and ends the launcher with status 1.
die() {
  printf '%serror:%s %s\n' "$BOLD" "$PLAIN" "$1" >&2
  shift
  [ $# -eq 0 ] || printf '       %s\n' "$@" >&2
  exit 1
}

# progress TEXT: a line that the next one replaces; on anything but a terminal each text once.
progress() {
  if [ -t 1 ]; then
    printf '\r\033[K    %s' "$*"
  elif [ "$*" != "$LAST_PROGRESS" ]; then
    printf '    %s\n' "$*"
  fi
  LAST_PROGRESS=$*
}

progress_end() {
  [ ! -t 1 ] || printf '\r\033[K'
  LAST_PROGRESS=
}

LAST_PROGRESS=
BOLD=
PLAIN=
if [ -t 1 ] && [ -z "${NO_COLOR:-}" ]; then
  BOLD=$'\033[1m'
  PLAIN=$'\033[0m'
fi
