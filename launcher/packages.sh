# Installs packages of the distribution, where there is apt-get and we are allowed to.

# Prints the command to become root with ("sudo" or nothing); fails where we may not.
root_prefix() {
  if [ "$(id -u)" -eq 0 ]; then
    printf ''
  elif command -v sudo >/dev/null && sudo -n true 2>/dev/null; then
    printf 'sudo'
  else
    return 1
  fi
}

can_install_packages() { command -v apt-get >/dev/null && root_prefix >/dev/null; }

# install_packages NAME...: installs what is missing; the output goes to logs/packages.log.
install_packages() {
  local prefix log=$TALLO_STATE/logs/packages.log
  prefix=$(root_prefix)
  step "Installing $* (apt-get; log: $log)"
  if ! {
    $prefix apt-get update &&
      $prefix env DEBIAN_FRONTEND=noninteractive \
        apt-get install -y --no-install-recommends "$@"
  } </dev/null >"$log" 2>&1; then
    tail -n 15 "$log" >&2
    die "could not install $*." "Install it yourself and run this again: apt-get install $*"
  fi
}

# Debian starts the server of a package it installs; we start our own, so that one may rest.
# Called only right after we installed the package.
rest_distribution_service() {
  local prefix
  prefix=$(root_prefix)
  if [ -d /run/systemd/system ]; then
    $prefix systemctl disable --now "$1" >/dev/null 2>&1 || true
  elif [ -x "/etc/init.d/$1" ]; then
    $prefix "/etc/init.d/$1" stop >/dev/null 2>&1 || true
  fi
}
