#!/bin/sh
# Shows the news of writeupp-mail as a notice on the desktop (Linux; the package libnotify-bin has notify-send).
set -eu
text=$(node "$(dirname "$0")/news-text.mjs")
notify-send --urgency=critical 'Email of a practice needs somebody' "$text"
