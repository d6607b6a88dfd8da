#!/usr/bin/env bash
# Makes the passwords of compose.yaml, once: files in docker/secrets, which only their owner can list. A file that is there
# stays as it is, since Postgres keeps the password that it was first started with.
#   docker/secrets.sh            docker/secrets.sh --help
set -euo pipefail
# The folder is closed; the files in it are readable, since a container reads them as a user of its own.
umask 022

case "${1:-}" in
  "") ;;
  --help | -h)
    sed -n '2,4s/^# \{0,1\}//p' "$0"
    exit 0
    ;;
  *)
    echo "$1 is no flag here; known: --help." >&2
    exit 2
    ;;
esac

folder=${SECRETS_FOLDER:-"$(dirname "$0")/secrets"}
mkdir -p "$folder"
chmod 700 "$folder"

# 48 hexadecimal digits: they stand in URLs, where other characters would have to be escaped.
password() {
  local file="$folder/$1"
  [ -s "$file" ] || od -An -N24 -tx1 /dev/urandom | tr -d ' \n' > "$file"
  cat "$file"
}

# Printf is a builtin of the shell: no password stands on a command line that `ps` shows.
write() {
  printf '%s\n' "$2" > "$folder/$1"
}

postgres=$(password postgres-password)
redis=$(password redis-password)
operator=$(password redis-operator-password)
password grafana-password > /dev/null

nodes=$(for node in 1 2 3; do printf 'redis://hotshelf:%s@redis-%s:6379,' "$redis" "$node"; done)

# Users with the rights that they need (docs/redis.md). In a cluster the service also asks for its nodes, and a replica
# connects to its master as the operator.
users=$("$(dirname "$0")/redis/make-users.sh" "$folder/redis-password" "$folder/redis-operator-password")
write redis-users.acl "$users"
write redis-cluster-users.acl "$(printf '%s\n' "$users" | sed '/^user hotshelf /s/$/ +cluster|slots +cluster|info/')"
write redis-replica.conf "masteruser operator
masterauth $operator"
write database-url "postgres://hotshelf:$postgres@postgres:5432/hotshelf"
write redis-url "redis://hotshelf:$redis@redis:6379"
write redis-cluster-url "${nodes%,}"

echo "The passwords are in $folder"
