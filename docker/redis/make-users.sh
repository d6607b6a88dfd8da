#!/bin/sh
# Writes the ACL file of Redis (--aclfile) from users.acl beside this script, with hashed passwords:
#   docker/redis/make-users.sh hotshelf-password operator-password > users.acl    # files with a password each, on their first line
#   PREFIX=shop: docker/redis/make-users.sh …                                     # REDIS_PREFIX of the service, default hotshelf:
set -eu

if [ "$#" -ne 2 ] || [ "${1#-}" != "$1" ]; then
  sed -n '2,4s/^# \{0,1\}//p' "$0"
  [ "${1:-}" = --help ] && exit 0
  exit 2
fi

prefix=${PREFIX:-hotshelf:}
# What REDIS_PREFIX may be. Another character could end the pattern and begin a right.
if ! printf '%s' "$prefix" | grep -Eq '^[A-Za-z0-9][A-Za-z0-9._:-]{0,63}$'; then
  echo "PREFIX must be a value of REDIS_PREFIX; it is $prefix" >&2
  exit 2
fi

# No password stands on a command line, which `ps` would show. sha256sum is of coreutils and busybox; macOS has shasum.
hash_of() {
  [ -s "$1" ] || { echo "$1 holds no password" >&2; exit 2; }
  head -n 1 "$1" | tr -d '\n' | { sha256sum 2>/dev/null || shasum -a 256; } | cut -d ' ' -f 1
}
hotshelf=$(hash_of "$1")
operator=$(hash_of "$2")

sed -e "s/@PREFIX@/$prefix/" -e "s/@HOTSHELF_SHA256@/$hotshelf/" -e "s/@OPERATOR_SHA256@/$operator/" \
  "$(dirname "$0")/users.acl"
