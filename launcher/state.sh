# What the launcher remembers between commands: one small file per fact under .tallo/run.

prepare_state() {
  mkdir -p "$TALLO_STATE/run" "$TALLO_STATE/logs" "$TALLO_STATE/data"
  # The private broker's password and the tasks' arguments are nobody else's business.
  chmod 700 "$TALLO_STATE"
}

# remember NAME VALUE
remember() {
  printf '%s\n' "$2" >"$TALLO_STATE/run/$1.new"
  mv "$TALLO_STATE/run/$1.new" "$TALLO_STATE/run/$1"
}

# recall NAME [DEFAULT]: prints what was remembered, else the default.
recall() {
  if [ -f "$TALLO_STATE/run/$1" ]; then
    cat "$TALLO_STATE/run/$1"
  else
    printf '%s\n' "${2:-}"
  fi
}

forget() { rm -f "$TALLO_STATE/run/$1"; }

# A short name for this state folder that no other folder on this machine has. It marks our
# processes and names the broker's node, so that two checkouts never meet.
instance() { printf '%s' "$TALLO_STATE" | cksum | awk '{ printf "%08x", $1 }'; }

# Only one launcher at a time may start or end things; the lock of one that died is taken over.
lock_state() {
  prepare_state
  local holder
  if ! mkdir "$TALLO_STATE/lock" 2>/dev/null; then
    holder=$(cat "$TALLO_STATE/lock/pid" 2>/dev/null || true)
    if [ "$holder" = "$$" ]; then
      return
    fi
    if [ -n "$holder" ] && kill -0 "$holder" 2>/dev/null; then
      die "another ./tallo (process $holder) is starting or ending things here." \
        "Wait for it to finish; if it does not run any more: rm -r '$TALLO_STATE/lock'"
    fi
    rm -rf "$TALLO_STATE/lock"
    mkdir "$TALLO_STATE/lock"
  fi
  printf '%s\n' "$$" >"$TALLO_STATE/lock/pid"
  trap 'rm -rf "$TALLO_STATE/lock"' EXIT
}
