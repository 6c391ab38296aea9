#!/bin/sh
# Postfix or Exim calls this for each message: /usr/local/lib/writeupp-mail/relay.sh, owned by the user whose settings
# have the site, mode 0700. Anyone who can read the passphrase can open the vault.
export PATH=/usr/local/bin:/usr/bin:/bin
export WRITEUPP_MAIL_CREDENTIALS=vault
export WRITEUPP_MAIL_PASSPHRASE='the passphrase of the vault'
# With several sites: export WRITEUPP_MAIL_SITE=NAME

# Not by exec: if it is killed while Gmail has the message, Postfix would see that, and send the message again.
/usr/local/bin/sendmail "$@"
code=$?
# Not found or not runnable, for example during an update: nothing was sent, so the mail server keeps the message.
case $code in 126 | 127) exit 75 ;; esac
exit "$code"
