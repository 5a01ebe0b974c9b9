# Builds the services whose sources are newer than what was last built of them.

# The modules that a service may be made of: all but the other services and what only tests have.
modules_of() {
  sed -n 's#^ *<module>\(.*\)</module>$#\1#p' "$TALLO_ROOT/pom.xml" |
    grep -vxE '.*-service|test-.*|system-tests|benchmarks|docs'
  service_folder "$1"
}

runner_of() {
  printf '%s/%s/target/quarkus-app/quarkus-run.jar\n' "$TALLO_ROOT" "$(service_folder "$1")"
}

# The time of the last build: taken when it began, so that what was edited meanwhile counts as newer.
stamp_of() { printf '%s/%s/target/built-by-launcher\n' "$TALLO_ROOT" "$(service_folder "$1")"; }

# Folders count as well, as deleting a file changes its folder only; but none outside of src, as a
# build changes those.
is_stale() {
  local stamp module newer
  stamp=$(stamp_of "$1")
  [ -f "$stamp" ] && [ -f "$(runner_of "$1")" ] || return 0
  [ ! "$TALLO_ROOT/pom.xml" -nt "$stamp" ] || return 0
  while IFS= read -r module; do
    [ -d "$TALLO_ROOT/$module" ] || continue
    newer=$(cd "$TALLO_ROOT/$module" && find . \( -name target -o -name test \) -prune -o \
      \( -path '*/src*' -o -name pom.xml \) -newer "$stamp" -print)
    [ -z "$newer" ] || return 0
  done < <(modules_of "$1")
  return 1
}

# build_stale: builds what is stale, in one run of Maven; running services of it are ended first,
# because a JVM does not survive the exchange of its jars.
build_stale() {
  local service modules='' stale=() log=$TALLO_STATE/logs/build.log began
  for service in $SERVICES; do
    if is_stale "$service"; then
      stale+=("$service")
      modules=$modules,$(service_folder "$service")
    fi
  done
  [ ${#stale[@]} -gt 0 ] || return 0
  step "Building ${stale[*]} (the first time Maven also fetches the libraries; log: $log)"
  for service in "${stale[@]}"; do
    end_process "$service" "$STOP_DEADLINE"
  done
  began=$TALLO_STATE/run/build-began
  : >"$began"
  run_maven "$log" -pl "${modules#,}" -am -Dmaven.test.skip=true -Dspotless.check.skip=true package
  for service in "${stale[@]}"; do
    touch -r "$began" "$(stamp_of "$service")"
  done
}

# run_maven LOG ARGUMENT...: runs the build in the background, shows which module it is at.
run_maven() {
  local log=$1 pid module status=0
  shift
  : >"$log" # it is read before the build may have made it
  (cd "$TALLO_ROOT" && exec ./mvnw -B -ntp "$@") </dev/null >"$log" 2>&1 &
  pid=$!
  # shellcheck disable=SC2064 # this very process
  trap "kill $pid 2>/dev/null || true; exit 130" INT TERM
  while kill -0 "$pid" 2>/dev/null; do
    module=$(sed -n 's/^\[INFO\] Building \(.*\[[0-9]*\/[0-9]*\]\)$/\1/p' "$log" | tail -n 1 | tr -s ' ')
    progress "${module:-preparing}"
    sleep 1
  done
  progress_end
  trap - INT TERM
  wait "$pid" || status=$?
  if [ "$status" -ne 0 ]; then
    grep '^\[ERROR\]' "$log" | head -n 30 >&2 || tail -n 30 "$log" >&2
    die "the build failed; its log: $log"
  fi
}
