#!/bin/sh
# launch.sh FOLDER OWNER COMMAND… runs the command in the control groups that FOLDER/groups lists. FOLDER/begun says that it may have run,
# FOLDER/exit its exit code: Millrace, whose process is OWNER, finds them when it was started again meanwhile. Only the shell itself works here: a
# program more would cost as much as a short job.
folder=$1
owner=$2
shift 2
groups=
while read -r group; do groups="$groups $group"; done <"$folder/groups"
: >"$folder/begun"
(
  for group in $groups; do
    echo 0 >"$group/cgroup.procs" || exit 126
  done
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
if [ -n "$groups" ] && ! kill -0 "$owner" 2>/dev/null; then
  for group in $groups; do
    cat "$group/memory.oom_control" "$group/memory.events" 2>/dev/null
    # The kernel lets go of a group a moment after its last process.
    rmdir "$group" 2>/dev/null || { sleep 1 && rmdir "$group" 2>/dev/null; }
  done >"$folder/events"
fi
printf '%s' "$code" >"$folder/exit"
exit "$code"
