/** The options of sendmail and of the programs in its place, as those of `send`. */

import { expect, test } from '@jest/globals';
import { fromSendmailOptions } from '../../src/send/sendmail-options.js';

const refused = (option: string) => ['--unsupported', option];

test.each<[string, string, readonly string[]]>([
  ['ssmtp: IPv4 or IPv6', '-4 -t', ['-t']],
  ['ssmtp', '-6 -ti', ['-t', '-i']],
  ['ssmtp: its login', '-auuser -apsecret -t', refused('-a')],
  ['ssmtp', '-t -am LOGIN', ['-t', ...refused('-a')]],
  ['BusyBox: a server', '-S mail.example:25 -t', refused('-S')],
  ['BusyBox', '-Smail.example -t', refused('-S')],
  ['BusyBox: a helper', '-H exec -t', refused('-H')],
  ['BusyBox: a time limit', '-w 5 -t', ['-t']],
  ['msmtp: an account', '-a default -t', refused('-a')],
  ['msmtp', '-t --account=default', ['-t', ...refused('--account')]],
  ['msmtp', '--account default', refused('--account')],
  ['msmtp: a server', '--host=mail.example', refused('--host')],
  ['msmtp: a login', '--passwordeval=secret', refused('--passwordeval')],
  ['msmtp: TLS', '--tls-starttls=off', refused('--tls-starttls')],
  ['msmtp: what changes nothing', '--logfile=/x --timeout 5 --debug --dsn-notify=never -t', ['-t']],
  ['msmtp: the sender', '--from=a@x.example -t', ['-f', 'a@x.example', '-t']],
  ['msmtp: the sender', '--from a@x.example -t', ['-f', 'a@x.example', '-t']],
  ['a number', '-9 -t', refused('-9')],
  ['options of this program', '--site x --json -t', ['--site', 'x', '--json', '-t']],
  ['what nobody knows', '--unknown -z', ['--unknown', '-z']],
  ['recipients', '-i -- -4@x.example', ['-i', '--', '-4@x.example']],
])('%s: %s', (_name, given, expected) => {
  const taken = fromSendmailOptions(given.split(' '));
  expect(taken.slice(0, expected.length)).toEqual(expected);
  expect(taken.join(' ')).not.toContain('secret');
});
