#!/bin/sh
# process.sh FOLDER COMMAND… runs the command. FOLDER/begun says that it may have run, FOLDER/exit its exit code: Millrace finds them, also one that
# was started again meanwhile. The second appears whole.
folder=$1
shift
: >"$folder/begun"
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
