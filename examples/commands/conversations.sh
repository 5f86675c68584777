#!/usr/bin/env bash
# Runs commands of every sort on one provider, by the command line alone, and stops at the first thing that is not as
# it should be. It needs a server, and:
#
#   WAYBILL_SERVER  its address; http://127.0.0.1:8787 unless given
#   WAYBILL_TOKEN   the token of an operator
#   P               the name of the provider; process unless given
#
# and takes, where they are given:
#
#   IMAGE           the container image for the jobs, with bash; else the provider's own
#   PAUSE           how long commands that take their time pause between two lines: 2 seconds
#   WITHIN          how long a job may take until it has ended: 120 seconds
#   OTHER_TOKEN     the token of another operator, to see that one's jobs are one's own
#   ADMIN_TOKEN     that of an administrator, who sees them all
#   USER_TOKEN      that of a user who is no operator, and may run no commands
#   WAYBILL         how to run the command line: waybill, where it is installed, or else the checkout's own
set -euo pipefail
export LC_ALL=C

root=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
P=${P:-process} PAUSE=${PAUSE:-2} WITHIN=${WITHIN:-120}
if [ -z "${WAYBILL:-}" ]; then
  WAYBILL=waybill
  command -v waybill >/dev/null || WAYBILL="npm --prefix $root run --silent waybill --"
fi
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT

W() { $WAYBILL "$@"; }
run() { W job run --provider "$P" ${IMAGE:+--image "$IMAGE"} "$@" 2>>"$folder/notes"; }
as() { WAYBILL_TOKEN=$1 W "${@:2}"; }
milliseconds() { local now=${EPOCHREALTIME/./}; echo "${now%???}"; }

ok() { printf 'ok      %s\n' "$1"; }
fail() {
  printf 'FAILED  %s\n        expected: %s\n        found:    %s\n' "$1" "$2" "${3//$'\n'/$'\n                  '}" >&2
  exit 1
}
# NAME EXPECTED FOUND
same() { if [ "$2" = "$3" ]; then ok "$1"; else fail "$1" "${2//$'\n'/$'\n                  '}" "$3"; fi; }
# NAME FOUND LINE...: every line is there, as it is
has() {
  local name=$1 found=$2 line
  shift 2
  for line in "$@"; do grep -qxF -- "$line" <<<"$found" || fail "$name" "$line" "$found"; done
  ok "$name"
}
# NAME STATUS COMMAND...: ends with this exit status; what it says is in `said`
exits() {
  local name=$1 expected=$2 status=0
  shift 2
  said=$("$@" 2>&1) || status=$?
  same "$name" "exit $expected" "exit $status${status/#"$expected"/}"
}
# NAME SECONDS COMMAND...: succeeds within so many seconds
within() {
  local name=$1 end=$((SECONDS + $2))
  shift 2
  until "$@"; do [ "$SECONDS" -lt "$end" ] || fail "$name" "$*" 'it did not come about'; sleep 0.2; done
  ok "$name"
}
ended() {
  local status=0
  timeout "$WITHIN" $WAYBILL job watch --id "$1" >/dev/null 2>&1 || status=$?
  [ "$status" -ne 124 ] || fail "job $1 ends" "within $WITHIN s" "$(state "$1")"
}
state() { W job get --id "$1" | grep -o 'Status: [A-Z_]* (Status Code: [0-9])'; }
# NAME ID STATE NUMBER
becomes() {
  local expected="Status: $3 (Status Code: $4)" found
  found=$(state "$2")
  [ "$found" = "$expected" ] || { ended "$2"; found=$(state "$2"); }
  same "$1" "$expected" "$found"
}
# NAME ID: the process whose number the job's log begins with is gone; one of a container is not seen from here
process_gone() {
  local pid
  [ "$P" = process ] || return 0
  read -r _ pid < <(W job logs --id "$2")
  if kill -0 "$pid" 2>/dev/null; then fail "$1" 'gone' "$(ps -p "$pid" -o pid,args)"; fi
  ok "$1"
}
# Of a time of `job logs --timestamps`, the milliseconds of the day.
of_day() {
  [[ $1 =~ T([0-9]+):([0-9]+):([0-9]+)\.([0-9]{3}) ]]
  local part=("${BASH_REMATCH[@]}")
  echo $((((10#${part[1]} * 60 + 10#${part[2]}) * 60 + 10#${part[3]}) * 1000 + 10#${part[4]}))
}
# NAME ID LINE...: these lines and no others, and half a pause at least between the times at which they were read
paced() {
  local name=$1 log found times at before='' pause
  log=$(W job logs --id "$2" --timestamps)
  shift 2
  found=$(cut -d' ' -f2- <<<"$log")
  same "$name" "$(printf '%s\n' "$@")" "$found"
  pause=$(awk "BEGIN { print int($PAUSE * 500) }")
  while read -r times _; do
    at=$(of_day "$times")
    [ -z "$before" ] || [ $(((at - before + 86400000) % 86400000)) -ge "$pause" ] ||
      fail "$name: a pause between the lines" "$pause ms at least" "$log"
    before=$at
  done <<<"$log"
}

echo "# jobs are submitted to $P"
printf 'The script runs as %s\n' "$P" >"$folder/input.txt"
cat >"$folder/script.sh" <<'SCRIPT'
read -r line < input.txt
echo "script: $line"
mkdir -p out
echo result > out/result.txt
SCRIPT

echo_id=$(run --name "test-echo-$(date +%s)" --command "echo 'Hello from a worker!'" --timeout 60)
sleeping=$(run --command 'echo pid $$; sleep 300' --name sleeping)
[[ $echo_id =~ ^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$ ]] ||
  fail 'job run prints the id alone' 'a UUID' "$echo_id"
ok 'job run prints the id alone'
long=$(run --command "for i in 1 2 3 4 5; do echo \"Iteration \$i \$(date +%s)\"; sleep $PAUSE; done" --timeout 240)
# What its log says, each line with the time at which it was seen.
W job logs --id "$long" -f | while read -r line; do echo "$(milliseconds) $line"; done >"$folder/seen" &
follower=$!
multi=$(run --command "bash -c 'echo Step1 && sleep $PAUSE && echo Step2 && sleep $PAUSE && echo Step3'" --timeout 120)
steps=$(run --command bash --args "-c 'echo Step1 && sleep $PAUSE && echo Step2 && sleep $PAUSE && echo Step3'")
variables=$(run \
  --command "bash -c 'echo MY_VAR=\$MY_VAR && echo NUM_VAR=\$NUM_VAR && echo LIST=\$LIST && echo EQ=\$EQ'" \
  --env 'MY_VAR=hello_world,NUM_VAR=42' --env 'LIST=1,2,EQ=a=b')
words=$(run -n words -c bash --args "-c 'echo Processing file test.txt && echo Done'" -t 60)
mixed=$(run --command 'echo a; echo b >&2; echo c')
many=$(run --command 'bash -c '\''for i in {1..50000}; do echo "line $i of the log"; done'\''' --timeout 300)
files=$(run --script "$folder/script.sh" --input "$folder/input.txt" --output out/result.txt \
  --label "purpose=files-$echo_id")

echo '# what became of them'
becomes 'an echo succeeds' "$echo_id" SUCCEEDED 4
same 'its log' 'Hello from a worker!' "$(W job logs --id "$echo_id")"
has 'job get says how it ended' "$(W job get "$echo_id")" 'exit code  0'
has 'job get --json says the same' "$(W job get "$echo_id" --json)" '  "state": "SUCCEEDED",' '  "exitCode": 0,'
same 'its events, in order' 'JobCreated JobAssigned JobAccepted JobStatusChanged JobStatusChanged' \
  "$(W job events --id "$echo_id" | awk 'NR > 1 { printf "%s%s", sep, $3; sep = " " }')"
becomes 'several commands in a row succeed' "$multi" SUCCEEDED 4
paced 'their lines come one after the other' "$multi" Step1 Step2 Step3
becomes 'a program with arguments succeeds' "$steps" SUCCEEDED 4
paced 'its lines come one after the other' "$steps" Step1 Step2 Step3
becomes 'a command with variables succeeds' "$variables" SUCCEEDED 4
same 'it has its variables' $'MY_VAR=hello_world\nNUM_VAR=42\nLIST=1,2\nEQ=a=b' "$(W job logs --id "$variables")"
becomes 'words are split as a shell splits them' "$words" SUCCEEDED 4
same 'both commands have run' $'Processing file test.txt\nDone' "$(W job logs --id "$words")"
becomes 'a command that writes to both streams succeeds' "$mixed" SUCCEEDED 4
same 'its streams are kept, in order' 'out:a err:b out:c' "$(W job logs --id "$mixed" --json |
  sed -n 's/.*"stream":"\([a-z]*\)".*"text":"\([a-z]\)".*/\1:\2/p' | xargs)"
same 'standard error goes to standard error' b "$(W job logs --id "$mixed" 2>&1 >/dev/null)"
becomes 'a script with a file succeeds' "$files" SUCCEEDED 4
same 'the script read its file' "script: The script runs as $P" "$(W job logs --id "$files")"
has 'what it made is kept' "$(W job get --id "$files" | sed 's/  */ /g')" 'out/result.txt 7'
same 'it can be downloaded' "$folder/saved/out/result.txt" "$(W job download --id "$files" --out "$folder/saved")"
same 'it is what the script wrote' result "$(cat "$folder/saved/out/result.txt")"
same 'a job is found by its label' "$files" "$(W job list --label "purpose=files-$echo_id" --json --limit 1 |
  sed -n 's/^ *"id": "\(.*\)",/\1/p' | head -1)"

becomes '50,000 lines succeed' "$many" SUCCEEDED 4
W job logs --id "$many" >"$folder/many"
same 'all of them are in the log' 50000 "$(wc -l <"$folder/many" | tr -d ' ')"
for ((i = 1; i <= 50000; i++)); do echo "line $i of the log"; done | cmp - "$folder/many" >/dev/null ||
  fail 'they are in order' 'line 1 … line 50000' "$(head -3 "$folder/many")"
same '--tail gives the last ones' $'line 49999 of the log\nline 50000 of the log' "$(W job logs --id "$many" --tail 2)"

becomes 'a command that takes its time succeeds' "$long" SUCCEEDED 4
wait "$follower"
same 'its log was followed to the end' '5' "$(wc -l <"$folder/seen" | tr -d ' ')"
there=
while read -r seen _ number written; do
  # What was written before anybody looked is seen then.
  : "${there:=$seen}"
  since=$((written * 1000 > there ? written * 1000 : there))
  # What was written within a second is seen within the next one.
  [ $((seen - since)) -lt 2000 ] || fail "line $number was seen at once" 'within 1 s' "$(cat "$folder/seen")"
done <"$folder/seen"
ok 'each line was seen within a second'

echo '# how commands fail, and are stopped'
exits '--wait exits as the command did' 7 run --command 'exit 7' --wait --name seven
seven=$(head -1 <<<"$said")
same 'a command that fails is FAILED' 'Status: FAILED (Status Code: 5)' "$(state "$seven")"
has 'and says why' "$(W job get "$seven" | sed 's/  */ /g')" 'exit code 7' \
  'failure NON_ZERO_EXIT_CODE: The command exited with code 7.'
exits 'a time limit ends the command' 124 run --command 'echo pid $$; sleep 300' --timeout 2 --wait --name limited
limited=$(head -1 <<<"$said")
same 'it is TIMED_OUT' 'Status: TIMED_OUT (Status Code: 7)' "$(state "$limited")"
process_gone 'and its process is gone' "$limited"
W job retry --id "$seven" 2>/dev/null
becomes 'a job that failed can be tried again' "$seven" FAILED 5
exits 'job watch exits with 0 for a job that succeeded' 0 W job watch --id "$words"
exits 'job watch exits with 1 for a job that failed' 1 W job watch --id "$seven"
has 'it prints a line for each state' "$(sed 's/^[^ ]* //' <<<"$said")" PENDING ASSIGNED RUNNING FAILED

running() { [[ $(state "$sleeping") = *RUNNING* ]]; }
within 'a job that sleeps is running' "$WITHIN" running
has 'worker list shows its worker' "$(W worker list --job "$sleeping" | awk 'NR > 1 { print $2, $3, $4 }')" \
  "BUSY $P $sleeping"
W job cancel --id "$sleeping" >/dev/null 2>&1
canceled() { [[ $(state "$sleeping") = 'Status: CANCELLED (Status Code: 6)' ]]; }
within 'it is canceled' 15 canceled
exits 'job watch exits with 1 for a job that was canceled' 1 W job watch --id "$sleeping"
gone() { [ "$(W worker list --job "$sleeping" | wc -l)" -eq 1 ]; }
within 'and its worker is gone' 60 gone
process_gone 'and its process' "$sleeping"

echo '# five at once'
for n in 1 2 3 4 5; do
  run --command "for i in 1 2 3 4 5 6 7 8; do sleep $PAUSE; done; echo batch $n" --label "batch=$echo_id" >/dev/null
done
five() { W job list --label "batch=$echo_id" --state SUCCEEDED --json; }
all_ended() { [ "$(five | grep -c '"id"')" -ge 5 ]; }
within 'five jobs succeed' "$WITHIN" all_ended
# Of all starts and ends in their order, the most that had begun and not ended.
at_once=$(five | sed -nE 's/.*"startedAt": "([^"]+)".*/\1 1/p; s/.*"endedAt": "([^"]+)".*/\1 -1/p' | sort |
  awk '{ now += $2; if (now > most) most = now } END { print most + 0 }')
[ "$at_once" -ge 2 ] || fail 'they run side by side' 'more than one at once' "$at_once"
ok "they ran side by side: $at_once at once"
grep -q SUCCEEDED <<<"$(W queue status)" || fail 'queue status counts' SUCCEEDED "$(W queue status)"
ok 'queue status counts them'

echo '# secrets'
secret="s3cret-$RANDOM$RANDOM"
printf '%s' "$secret" | W secret set example/token >/dev/null 2>&1
hidden=$(run --command 'bash -c '\''echo "${#TOKEN} characters"'\''' --secret TOKEN=example/token)
becomes 'a command with a secret succeeds' "$hidden" SUCCEEDED 4
same 'it has its value' "${#secret} characters" "$(W job logs --id "$hidden")"
shown=$(W job get --id "$hidden" --json; W job events --id "$hidden" --json; W secret list --json)
if grep -qF "$secret" <<<"$shown"; then fail 'nobody is shown it' 'not the value' "$shown"; fi
ok 'nobody is shown it'
W secret delete example/token >/dev/null 2>&1

echo '# what is refused'
exits 'a job that is not there' 66 W job get --id 00000000-0000-4000-8000-000000000000
exits 'a command that is not given' 2 run
exits 'a provider that is not there' 64 W job run --provider nowhere-at-all --command true
[ -z "${OTHER_TOKEN:-}" ] || exits 'the job of another operator' 66 as "$OTHER_TOKEN" job get --id "$echo_id"
[ -z "${ADMIN_TOKEN:-}" ] || exits 'but not to an administrator' 0 as "$ADMIN_TOKEN" job get --id "$echo_id"
[ -z "${USER_TOKEN:-}" ] || exits 'commands of someone who is no operator' 77 as "$USER_TOKEN" job run --command true

none_left() {
  ! W worker list --provider "$P" | grep -qF "$(printf '%s\n' "$echo_id" "$long" "$many" "$hidden" "${five[@]}")"
}
within 'no worker is left' 60 none_left
echo "# all is as it should be on $P"
