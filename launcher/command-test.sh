# ./tallo test

usage_test() {
  cat <<'END'
Usage: ./tallo test [MAVEN ARGUMENT...]

Installs what the tests need where it is missing and may be installed (RabbitMQ, PostgreSQL and
Celery, Debian's packages), tests the launcher, tries the whole system and every example of the documents, then runs
./mvnw verify. With arguments for Maven, only ./mvnw verify with them.
The tests start brokers of their own; nothing of ./tallo up is touched.
END
}

command_test() {
  prepare_state
  use_jdk
  ensure_test_packages
  if [ $# -eq 0 ]; then
    step 'Testing the launcher'
    bash "$TALLO_ROOT/launcher/launcher-test.sh"
    step 'Trying the whole system'
    bash "$TALLO_ROOT/launcher/system-test.sh"
  fi
  step "Running ./mvnw verify $* (JDK: $JAVA_HOME)"
  cd "$TALLO_ROOT" || exit
  exec ./mvnw -B -ntp verify "$@"
}

# Installs RabbitMQ, PostgreSQL and Celery where they are missing, and exports TALLO_PYTHON, an interpreter that
# can import Celery.
ensure_test_packages() {
  local missing=() python
  [ -n "$(rabbitmq_command rabbitmq-server)" ] || missing+=(rabbitmq-server)
  [ -n "$(postgres_folder)" ] || missing+=(postgresql)
  python=$(python_with_celery)
  [ -n "$python" ] || missing+=(python3-celery)
  if [ ${#missing[@]} -gt 0 ]; then
    can_install_packages ||
      die "this needs what is not installed: ${missing[*]} (Debian's names)" \
        "sudo apt-get install ${missing[*]}"
    install_packages "${missing[@]}"
    case " ${missing[*]} " in
      *' rabbitmq-server '*) rest_distribution_service rabbitmq-server ;;
    esac
    case " ${missing[*]} " in
      *' postgresql '*) rest_distribution_service postgresql ;;
    esac
    python=$(python_with_celery)
  fi
  export TALLO_PYTHON=$python
}

# An interpreter that can import Celery: Debian's lies beside others that cannot.
python_with_celery() {
  local python
  for python in "${TALLO_PYTHON:-}" python3 /usr/bin/python3; do
    if [ -n "$python" ] && command -v "$python" >/dev/null &&
      "$python" -c 'import celery' 2>/dev/null; then
      command -v "$python"
      return
    fi
  done
}

# The folder of PostgreSQL's server programs; Debian keeps them off the PATH.
postgres_folder() {
  local folder
  for folder in $(ls -d /usr/lib/postgresql/*/bin 2>/dev/null | sort -Vr) "$(dirname -- "$(command -v postgres || printf '/none/')")"; do
    if [ -x "$folder/postgres" ] && [ -x "$folder/initdb" ]; then
      printf '%s\n' "$folder"
      return
    fi
  done
}
