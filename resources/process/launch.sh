#!/bin/sh
# launch.sh FOLDER COMMAND… runs the command in the control groups that FOLDER/groups lists. FOLDER/begun says that it may have run,
# FOLDER/exit its exit code: Millrace finds them, also one that was started again meanwhile. The second appears whole.
folder=$1
groups=$(cat "$folder/groups")
shift
: >"$folder/begun"
(
  while read -r group; do
    echo 0 >"$group/cgroup.procs" || exit 126
  done <"$folder/groups"
  exec "$@"
) &
child=$!
trap 'kill -TERM "$child" 2>/dev/null' TERM
wait "$child"
code=$?
# A signal ends the wait before the child.
while kill -0 "$child" 2>/dev/null; do
  wait "$child"
  code=$?
done
# Where Millrace has gone meanwhile, the groups go here, and what they know is kept.
if [ -n "$groups" ] && ! kill -0 "$PPID" 2>/dev/null; then
  for group in $groups; do
    cat "$group/memory.oom_control" "$group/memory.events" 2>/dev/null
    # The kernel lets go of a group a moment after its last process.
    rmdir "$group" 2>/dev/null || { sleep 1 && rmdir "$group" 2>/dev/null; }
  done >"$folder/events"
fi
printf '%s' "$code" >"$folder/exit.new" && mv "$folder/exit.new" "$folder/exit"
exit "$code"
