#!/bin/bash
# cmocka reports a skipped case as "not ok ... # SKIP", which TAP readers count
# as a failure. This runs a test and says "ok ... # SKIP" instead; everything
# else, and the exit code, stay as they are.
"$@" | sed -u 's/^not ok \([0-9]* # SKIP\)/ok \1/'
exit "${PIPESTATUS[0]}"
