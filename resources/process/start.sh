# Read by a small shell that starts processes for Millrace, whose own memory makes every fork of it dear. `start NUMBER WORK OUT ERR NAME=VALUE…
# COMMAND… &` runs the command in the folder WORK, in a session of its own, with these variables alone; its output is appended to OUT and ERR. What is
# written tells of it: `begun NUMBER PID`, `ended NUMBER CODE`. Where there is no setsid, job control gives it a process group.
lead=$(command -v setsid) || set -m

start() {
  number=$1 work=$2 out=$3 err=$4
  shift 4
  # What a Millrace that is gone still wanted is not started.
  kill -0 "$PPID" 2>/dev/null || exit
  cd "$work" && {
    $lead env -i "$@" >>"$out" 2>>"$err" </dev/null &
    echo "begun $number $!"
    wait "$!"
  }
  echo "ended $number $?"
}
