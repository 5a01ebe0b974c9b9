# ./tallo keys

usage_keys() {
  cat <<'END'
Usage: ./tallo keys new NAME --role ROLE [--role ROLE]... [--expires DATE] [--rate RATE]

Makes a key for the HTTP API: prints its secret, which is kept nowhere, and the properties with
which a service takes it.

  --role ROLE     what it is for: read, submit, operate (also reads) or admin (everything)
  --expires DATE  the day from which it is taken no longer, in UTC, such as 2027-01-31
  --rate RATE     most requests, such as 100/s or 1000/m

To rotate a key, make one under another name, set its properties beside the old one's, have it
used, and take the old one's away.
END
}

command_keys() {
  local name='' roles='' expires='' rate='' secret hash
  case ${1:-} in
    new) shift ;;
    '') die 'keys takes a command: ./tallo keys new NAME --role ROLE' ;;
    *) die "keys does not know '$1'; see ./tallo keys --help" ;;
  esac
  while [ $# -gt 0 ]; do
    case $1 in
      --role)
        case ${2:-} in
          read | submit | operate | admin) ;;
          *) die '--role takes read, submit, operate or admin' ;;
        esac
        roles=$roles${roles:+,}$2
        shift 2
        ;;
      --expires)
        [[ ${2:-} =~ ^[0-9]{4}-[0-9]{2}-[0-9]{2}$ ]] || die '--expires takes a date, such as 2027-01-31'
        expires=$2
        shift 2
        ;;
      --rate)
        [[ ${2:-} =~ ^[1-9][0-9]{0,6}(/[smh])?$ ]] || die '--rate takes a rate, such as 100/s, 1000/m or 5/h'
        rate=$2
        shift 2
        ;;
      -*) die "keys does not know '$1'; see ./tallo keys --help" ;;
      *)
        [ -z "$name" ] || die 'keys new takes one name'
        [[ $1 =~ ^[A-Za-z0-9_-]{1,64}$ ]] || die 'a name is 1 to 64 of A-Z a-z 0-9 _ -'
        name=$1
        shift
        ;;
    esac
  done
  [ -n "$name" ] || die 'keys new takes a name: ./tallo keys new NAME --role ROLE'
  [ -n "$roles" ] || die 'a key needs a role: --role read, submit, operate or admin'
  secret=tallo_$(head -c 32 /dev/urandom | base64 | tr '+/' '-_' | tr -d '=\n')
  hash=$(printf %s "$secret" | sha256)
  [ ${#secret} -eq 49 ] && [ ${#hash} -eq 64 ] || die 'this machine has no base64 or no SHA-256'
  say "The secret of the key '$name', which is shown only now; send it as 'Authorization: Bearer …':"
  say ''
  say "$secret"
  say ''
  say 'The properties of the services that are to take it:'
  say ''
  say "tallo.security.keys.$name.hash=$hash"
  say "tallo.security.keys.$name.roles=$roles"
  [ -z "$expires" ] || say "tallo.security.keys.$name.expires=$expires"
  [ -z "$rate" ] || say "tallo.security.keys.$name.rate=$rate"
}

# The SHA-256 of standard input, in hexadecimal.
sha256() {
  if command -v sha256sum >/dev/null; then
    sha256sum
  elif command -v shasum >/dev/null; then
    shasum -a 256
  else
    openssl dgst -sha256 -r
  fi | cut -d ' ' -f 1
}
