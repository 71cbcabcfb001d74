#!/bin/sh
# For a double click on macOS, which opens a terminal for it.
exec sh "$(dirname -- "$0")/unbrick.sh" "$@"
