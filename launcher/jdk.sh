# Finds a JDK 25 or newer, even where an older one is the default.

readonly JDK_WANTED=25

# Folders that hold one installed JDK each, in the order they are looked through.
jdk_folders() {
  local folder
  for folder in /usr/lib/jvm/* /usr/java/* /opt/java/* /opt/jdk* \
    "${SDKMAN_DIR:-$HOME/.sdkman}"/candidates/java/* \
    "$HOME"/.jdks/* "$HOME"/.local/share/mise/installs/java/* "$HOME"/.asdf/installs/java/* \
    /Library/Java/JavaVirtualMachines/*/Contents/Home \
    /opt/homebrew/opt/openjdk*/libexec/openjdk.jdk/Contents/Home; do
    [ ! -x "$folder/bin/javac" ] || printf '%s\n' "$folder"
  done
}

# jdk_version HOME: prints the feature version (25) of the JDK in that folder, 0 if there is none.
jdk_version() {
  local version=
  if [ ! -x "$1/bin/java" ] || [ ! -x "$1/bin/javac" ]; then
    printf '0\n'
    return
  fi
  if [ -f "$1/release" ]; then
    version=$(sed -n 's/^JAVA_VERSION="\([0-9]*\).*/\1/p' "$1/release")
  fi
  if [ -z "$version" ]; then
    version=$("$1/bin/java" -version 2>&1 | sed -n 's/.* version "\([0-9]*\).*/\1/p' | head -n 1)
  fi
  printf '%s\n' "${version:-0}"
}

# The JDK that the first java on PATH belongs to; asked of java itself, as it may be a shim.
jdk_on_path() {
  local java
  java=$(command -v java || true)
  [ -n "$java" ] || return 0
  "$java" -XshowSettings:properties -version 2>&1 | sed -n 's/^ *java\.home = //p' | head -n 1
}

# Prints the home of the JDK to use, or nothing: JAVA_HOME, then PATH, then the installed ones,
# of which exactly the wanted version is preferred to a newer one.
find_jdk() {
  local home version newer=
  for home in "${JAVA_HOME:-}" "$(jdk_on_path)"; do
    if [ -n "$home" ] && [ "$(jdk_version "$home")" -ge "$JDK_WANTED" ]; then
      printf '%s\n' "$home"
      return
    fi
  done
  while IFS= read -r home; do
    version=$(jdk_version "$home")
    if [ "$version" -eq "$JDK_WANTED" ]; then
      printf '%s\n' "$home"
      return
    elif [ "$version" -gt "$JDK_WANTED" ] && [ -z "$newer" ]; then
      newer=$home
    fi
  done < <(jdk_folders)
  [ -z "$newer" ] || printf '%s\n' "$newer"
}

# Sets and exports JAVA_HOME, or says what to install.
use_jdk() {
  local home
  home=$(find_jdk)
  if [ -z "$home" ]; then
    die "no JDK $JDK_WANTED or newer found in JAVA_HOME, on PATH, or among the installed ones." \
      "Debian, Ubuntu: apt-get install openjdk-$JDK_WANTED-jdk, or temurin-$JDK_WANTED-jdk from https://adoptium.net" \
      "Fedora:         dnf install java-$JDK_WANTED-openjdk-devel" \
      "macOS:          brew install openjdk@$JDK_WANTED" \
      "anywhere:       sdk install java (https://sdkman.io)" \
      "Or set JAVA_HOME to the folder of one."
  fi
  export JAVA_HOME=$home
}
