# ./tallo test

usage_test() {
  cat <<'END'
Usage: ./tallo test [MAVEN ARGUMENT...]

Installs what the tests need where it is missing and may be installed (RabbitMQ, PostgreSQL,
Celery, Prometheus and jq, Debian's packages), tests the launcher and the alert rules, tries the whole system, every
example of the documents and every query of the dashboards, then runs ./mvnw verify. With arguments for Maven, only ./mvnw verify with them.
The tests start brokers of their own; nothing of ./tallo up is touched.
END
}

command_test() {
  prepare_state
  use_jdk
  ensure_test_packages
  ensure_kubectl
  if [ $# -eq 0 ]; then
    step 'Testing the launcher'
    bash "$TALLO_ROOT/launcher/launcher-test.sh"
    step 'Testing the alert rules'
    bash "$TALLO_ROOT/launcher/alerts-test.sh"
    step 'Trying the whole system'
    bash "$TALLO_ROOT/launcher/system-test.sh"
  fi
  # Two modules at a time: tests wait more than they work.
  step "Running ./mvnw verify $* (JDK: $JAVA_HOME)"
  cd "$TALLO_ROOT" || exit
  exec ./mvnw -B -ntp -T 2 verify "$@"
}

# Installs RabbitMQ, PostgreSQL, Celery, Prometheus and jq where they are missing, and exports TALLO_PYTHON, an interpreter that
# can import Celery.
ensure_test_packages() {
  local missing=() python
  [ -n "$(rabbitmq_command rabbitmq-server)" ] || missing+=(rabbitmq-server)
  [ -n "$(postgres_folder)" ] || missing+=(postgresql)
  python=$(python_with_celery)
  [ -n "$python" ] || missing+=(python3-celery)
  command -v promtool >/dev/null || missing+=(prometheus)
  command -v jq >/dev/null || missing+=(jq)
  # A replica whose clock is wrong: tried where this is, and else left out.
  if can_install_packages && ! compgen -G '/usr/lib/*/faketime/libfaketime.so.1' >/dev/null; then
    missing+=(libfaketime)
  fi
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
    case " ${missing[*]} " in
      *' prometheus '*) rest_distribution_service prometheus ;;
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
