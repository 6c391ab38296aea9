#!/bin/sh
# Sends the news of writeupp-mail by email, through a mail server that is not one of the practices' own.
# In the environment: NEWS_SERVER (smtps://mail.example:465), NEWS_FROM, NEWS_TO; the login is in ~/.netrc (mode 0600).
set -eu
text=$(node "$(dirname "$0")/news-text.mjs")
{
  printf 'From: %s\r\nTo: %s\r\nSubject: Email of a practice needs somebody\r\n' "$NEWS_FROM" "$NEWS_TO"
  printf 'Date: %s\r\n' "$(LC_ALL=C date -u '+%a, %d %b %Y %H:%M:%S +0000')"
  printf 'MIME-Version: 1.0\r\nContent-Type: text/plain; charset=utf-8\r\n\r\n'
  printf '%s\n' "$text" | awk '{ printf "%s\r\n", $0 }'
} | curl --silent --show-error --max-time 25 --netrc-optional --url "$NEWS_SERVER" \
  --mail-from "$NEWS_FROM" --mail-rcpt "$NEWS_TO" --upload-file -
