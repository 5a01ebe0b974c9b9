# ./tallo down

usage_down() {
  cat <<'END'
Usage: ./tallo down

Ends the services and the private broker that up started: asks each to end, gives it time to finish
or give back its tasks, then ends it by force. Tasks, results and logs stay below .tallo.
END
}

command_down() {
  local service running=()
  [ $# -eq 0 ] || die "down does not know '$1'; see ./tallo down --help"
  lock_state
  # The API first, so that nothing new comes in.
  for service in $(reversed "$SERVICES"); do
    ! is_running "$service" || running+=("$service")
  done
  if [ ${#running[@]} -eq 0 ] && ! broker_is_ours; then
    say 'Nothing is running.'
    return
  fi
  for service in ${running[@]+"${running[@]}"}; do
    step "Ending $service"
    end_process "$service" "$STOP_DEADLINE"
  done
  end_broker
  say 'Tallo is down.'
}

reversed() {
  local word words=
  for word in $1; do
    words="$word $words"
  done
  printf '%s\n' "$words"
}
