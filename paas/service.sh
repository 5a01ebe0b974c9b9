# Runs one service on a platform: as the native executable of an image, or else as the jar of a build.

# run_service NAME NATIVE_HEAP: becomes the service; JAVA_OPTS comes after the JVM's options, and counts.
run_service() {
  local native=bin/$1
  # Nobody asks for health and metrics here.
  export QUARKUS_MANAGEMENT_HOST=127.0.0.1
  if [ -x "$native" ]; then
    exec "$native" "-Xmx$2"
  fi
  # shellcheck disable=SC2086 # several options in one variable
  exec "${JAVA_HOME:+$JAVA_HOME/bin/}java" @launcher/jvm.options ${JAVA_OPTS:-} \
    -jar "$1-service/target/quarkus-app/quarkus-run.jar"
}

# inner_port NUMBER: a port on loopback that follows from PORT, 1,024 to 65,535. Processes of one machine
# whose PORTs are less than 2,100 apart have different ones.
inner_port() { printf '%s\n' $((1024 + (PORT - 1024 + $1 * 2100) % 64512)); }
