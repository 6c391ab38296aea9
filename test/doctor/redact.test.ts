/** What a report for support leaves out, and what it keeps because it tells nobody anything. */

import { describe, expect, test } from '@jest/globals';
import { redaction } from '../../src/doctor/redact.js';
import { aSite } from '../sites/a-site.js';

const site = aSite({
  name: 'north',
  organisation: 'Harbour Physio',
  login: 'jane@harbour.example',
  organisationEmail: 'hallo@bücher.example',
  smtp: {
    host: 'mail.harbour-hosting.example',
    port: 587,
    security: 'starttls',
    user: 'hp-mailer',
    from: 'harbourphysio@gmail.com',
    password: null,
  },
});

const redact = redaction({
  names: ['north', 'damaged-one'],
  sites: [site],
  userHome: '/home/jane',
  userName: 'jane',
  hosts: ['janes-laptop', 'db.harbour.example', '127.0.0.1'],
  isPublic: (domain) => domain === 'gmail.com',
});

describe('a report for support', () => {
  test.each([
    ['to jane@harbour.example.', 'to …@domain-2.'],
    ['_dmarc.Harbour.example says', '_dmarc.domain-2 says'],
    ['not that of harbour.example.org', 'not that of harbour.example.org'],
    ['as hallo@xn--bcher-kva.example', 'as …@domain-1'],
    ['by mail.harbour-hosting.example, port 587', 'by host-1, port 587'],
    ['harbourphysio@gmail.com', '…@gmail.com'],
    ['the database x on db.harbour.example:5432', 'the database x on db.domain-2:5432'],
    ['The record of Harbour Physio (north)', 'The record of site 1 (site 1)'],
    ['/home/jane/a /srv/jane/b /srv/janet', '~/a /srv/user/b /srv/janet'],
    ['sites/damaged-one.json', 'sites/site 2.json'],
    ['held on JANES-LAPTOP', 'held on host-2'],
    ['as hp-mailer', 'as user'],
    ['listens at 127.0.0.1; smtp.gmail.com', 'listens at 127.0.0.1; smtp.gmail.com'],
  ])('%s', (told, kept) => {
    expect(redact(told)).toBe(kept);
  });
});
