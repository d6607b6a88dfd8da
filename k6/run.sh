#!/usr/bin/env bash
# Runs a load scenario, on a service of its own unless BASE_URL names one. See docs/load-testing.md.
set -euo pipefail

root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
results=$root/k6/results
k6=${K6:-k6}
# A start fetches and compiles what is missing, and seeds the catalogue.
start_seconds=300
usage_error=2
service_pid=''
logged=''

usage() {
  cat <<'END'
k6/run.sh SCENARIO [--against NAME] [-- arguments of k6]

Runs k6/scenarios/SCENARIO.ts. Without BASE_URL it starts the service with Postgres and Redis, and stops them afterwards.
Writes the result to a new folder in k6/results and exits with the status of k6.

  --against NAME   compares with an earlier result: a folder of k6/results, or a JSON file
  --help           this text

RATE, DURATION, PRODUCTS, API_KEY and PROFILE are environment variables: see docs/load-testing.md. K6 is the k6 to run.
END
  printf '\nScenarios: %s\n' "$(scenarios)"
}

scenarios() {
  local file names=()
  for file in "$root"/k6/scenarios/*.ts; do names+=("$(basename "$file" .ts)"); done
  printf '%s' "${names[*]}"
}

refuse() {
  printf '%s\n' "$1" >&2
  exit "$usage_error"
}

# How to get k6 on this system, which has none.
say_how_to_install() {
  printf 'k6 is not on the PATH. Install k6 2 or later:\n\n' >&2
  case $(uname -s) in
    Darwin) printf '  brew install k6\n' >&2 ;;
    Linux)
      if command -v apt-get >/dev/null; then
        cat >&2 <<'END'
  sudo gpg --no-default-keyring --keyring /usr/share/keyrings/k6-archive-keyring.gpg \
    --keyserver hkp://keyserver.ubuntu.com:80 --recv-keys C5AD17C747E3415A3642D57D77C6C491D6AC1D69
  echo 'deb [signed-by=/usr/share/keyrings/k6-archive-keyring.gpg] https://dl.k6.io/deb stable main' |
    sudo tee /etc/apt/sources.list.d/k6.list
  sudo apt-get update && sudo apt-get install k6
END
      elif command -v dnf >/dev/null; then
        printf '  sudo dnf install https://dl.k6.io/rpm/repo.rpm && sudo dnf install k6\n' >&2
      else
        printf '  download the archive for %s, and put k6 on the PATH\n' "$(uname -m)" >&2
      fi
      ;;
    *) printf '  winget install k6 --source winget   (or: choco install k6)\n' >&2 ;;
  esac
  printf '\nOr name one by K6=/path/to/k6. All ways: https://grafana.com/docs/k6/latest/set-up/install-k6/\n' >&2
}

# The JSON file of an earlier result.
earlier_result() {
  local name=$1 scenario=$2 file
  for file in "$results/$name/$scenario.json" "$name" "$results/$name"; do
    if [[ -f $file ]]; then
      (cd "$(dirname "$file")" && printf '%s/%s' "$(pwd)" "$(basename "$file")")
      return
    fi
  done
  return 1
}

# Starts the service as `npm start` does, and sets BASE_URL and API_KEY.
start_service() {
  local log=$1/service.log waited=0
  [[ -d $root/node_modules ]] || (cd "$root" && npm ci)
  printf 'Starting the service; its log is %s\n' "$log"
  # A process group of its own: Ctrl-C is for k6, which then writes its summary.
  set -m
  (cd "$root" && exec env -u DATABASE_URL -u REDIS_URL -u API_KEYS \
    HOTSHELF_HOME="$home" PORT=0 NODE_ENV=production npm start) >"$log" 2>&1 </dev/null &
  service_pid=$!
  set +m
  until grep -q '^Hotshelf is ready' "$log"; do
    if ! kill -0 "$service_pid" 2>/dev/null || ((waited >= start_seconds * 5)); then
      printf 'The service did not start:\n' >&2
      tail -20 "$log" >&2
      exit 1
    fi
    sleep 0.2
    waited=$((waited + 1))
  done
  BASE_URL=$(sed -n 's|^ *health *\(http://.*\)/health$|\1|p' "$log")
  API_KEY=$(sed -n 's|^ *\(hs_[A-Za-z0-9_-]*\)$|\1|p' "$log")
  export BASE_URL API_KEY
  # npm start seeds 10,000.
  if [[ ${PRODUCTS:-} =~ ^[0-9]+$ ]] && ((PRODUCTS > 10000)); then
    (cd "$root" && HOTSHELF_HOME="$home" npm run --silent seed -- --products "$PRODUCTS")
  fi
}

# Called by the trap. npm ends before what it runs: the whole group is waited for.
# shellcheck disable=SC2317
stop_service() {
  if [[ -n $service_pid ]]; then
    kill "$service_pid" 2>/dev/null || true
    wait "$service_pid" 2>/dev/null || true
    while kill -0 -- "-$service_pid" 2>/dev/null; do sleep 0.1; done
    service_pid=''
  fi
  [[ -z $logged ]] || rm -f "$logged"
}

# Lets the Redis that was started answer nothing for a while: it comes back by itself.
pause_redis() {
  local seconds=$1 log=$2 port reply=''
  port=$(sed -n 's/^Redis *port \([0-9]*\),.*/\1/p' "$log")
  if [[ -z $port ]]; then
    printf 'No Redis was started on this machine: it cannot be broken.\n' >&2
    return
  fi
  exec 3<>"/dev/tcp/127.0.0.1/$port"
  printf 'CLIENT PAUSE %d ALL\r\n' "$((seconds * 1000))" >&3
  read -r -t 2 reply <&3 || true
  exec 3>&-
  printf 'Redis is paused for %s s: %s\n' "$seconds" "${reply%$'\r'}" >&2
}

# Passes on what k6 logs, and does what a scenario asks for.
follow() {
  local line
  while IFS= read -r line; do
    printf '%s\n' "$line" >&2
    if [[ -n $service_pid && $line =~ BREAK\ REDIS\ for\ ([0-9]+)\ s ]]; then
      pause_redis "${BASH_REMATCH[1]}" "$RESULTS/service.log"
    fi
  done
}

scenario=''
against=''
while (($# > 0)); do
  case $1 in
    -h | --help)
      usage
      exit 0
      ;;
    --against)
      [[ -n ${2:-} ]] || refuse '--against needs the name of an earlier result.'
      against=$2
      shift 2
      ;;
    --)
      shift
      break
      ;;
    -*) refuse "$1 is no flag here; known: --against, --help. Arguments of k6 follow after --." ;;
    *)
      [[ -z $scenario ]] || refuse "One scenario at a time: $scenario, or $1?"
      scenario=$1
      shift
      ;;
  esac
done

[[ -n $scenario ]] || refuse "Which scenario? One of: $(scenarios)"
[[ -f $root/k6/scenarios/$scenario.ts ]] || refuse "There is no scenario $scenario; there are: $(scenarios)"
if [[ -n $against ]]; then
  AGAINST=$(earlier_result "$against" "$scenario") || refuse "There is no earlier result $against of $scenario in k6/results."
  export AGAINST
fi
if ! command -v "$k6" >/dev/null; then
  say_how_to_install
  exit 127
fi

home=${HOTSHELF_HOME:-$root/.hotshelf/k6}
name=$scenario-$(date -u +%Y%m%dT%H%M%SZ)
export RESULTS=$results/$name
export K6_NO_USAGE_REPORT=${K6_NO_USAGE_REPORT:-true}
mkdir -p "$RESULTS"
trap stop_service EXIT
trap 'exit 130' INT
trap 'exit 143' TERM
[[ -n ${BASE_URL:-} ]] || start_service "$RESULTS"

logged=$RESULTS/.log
mkfifo "$logged"
follow <"$logged" &
follower=$!
status=0
"$k6" run "$@" "$root/k6/scenarios/$scenario.ts" 2>"$logged" || status=$?
wait "$follower"
printf 'Result: k6/results/%s\n' "$name"
exit "$status"
