#!/bin/sh
# attempt.sh FOLDER COMMAND… runs the command and leaves its exit code in FOLDER/exit, where Millrace finds it: also one that was started again
# meanwhile. The file appears whole.
folder=$1
shift
"$@" &
child=$!
trap 'kill -TERM "$child" 2>/dev/null' TERM
wait "$child"
code=$?
# A signal ends the wait before the child.
while kill -0 "$child" 2>/dev/null; do
  wait "$child"
  code=$?
done
printf '%s' "$code" >"$folder/exit.new" && mv "$folder/exit.new" "$folder/exit"
exit "$code"
