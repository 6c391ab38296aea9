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

describe('names that begin alike', () => {
  const named = (name: string, organisation: string, domain: string) =>
    aSite({ name, organisation, login: `jane@${domain}` });
  const tell = redaction({
    names: ['harbour', 'harbour-physio', 'harbour-physio-east'],
    sites: [
      named('harbour', 'Harbour', 'harbour.example'),
      named('harbour-physio', 'Harbour Physio', 'harbour.example.org'),
      named('harbour-physio-east', 'Harbour Physio East', 'east.harbour.example.org'),
    ],
    ...{ userHome: '/home/jane', userName: 'jane', hosts: [], isPublic: () => false },
  });

  test.each([
    ['harbour', 'site 1'],
    ['harbour-physio', 'site 2'],
    ['harbour-physio-east', 'site 3'],
    ['Harbour Physio East, Harbour Physio, Harbour', 'site 3, site 2, site 1'],
    ['@harbour.example', '@domain-1'],
    ['@harbour.example.org', '@domain-2'],
    ['@east.harbour.example.org', '@domain-3'],
  ])('%s is told as a whole', (told, kept) => {
    expect(tell(told)).toBe(kept);
  });
});

/** The letters of other alphabets have spellings that no pattern takes for one another. */
describe('names in any spelling', () => {
  const smtp = {
    host: 'mail.izmir.example',
    port: 587,
    security: 'starttls',
    from: null,
    password: null,
  } as const;
  const names = ['İzmir Fizyo', 'STRAẞE', 'Çeşme', 'the', '2026'];
  const redactAll = redaction({
    names,
    sites: names.map((name, index) =>
      aSite({
        name,
        organisation: index === 0 ? 'İZMİR Sağlık' : name,
        login: 'jane@İzmir.example',
        organisationEmail: null,
        smtp: { ...smtp, user: index === 0 ? 'İnfo' : 'the' },
      }),
    ),
    userHome: '/home/x',
    userName: 'x',
    hosts: [],
    isPublic: () => false,
  });

  test.each(
    names
      .slice(0, 3)
      .concat('İZMİR Sağlık', 'İnfo', 'İzmir.example')
      .flatMap((name) => [name, name.toLowerCase(), name.toUpperCase()])
      .flatMap((name) => [name.normalize('NFC'), name.normalize('NFD')])
      .map((name) => [name]),
  )('%s goes', (name) => {
    const left = redactAll(`The record of ${name}, and at ${name}: (${name})`);
    expect(left.normalize('NFC').toLowerCase()).not.toContain(name.normalize('NFC').toLowerCase());
  });

  test('a word that anybody writes, or a short number, goes only where it stands alone', () => {
    expect(redactAll('Made on 2026-11-29 in the settings folder; the port is 587.')).toBe(
      'Made on 2026-11-29 in the settings folder; the port is 587.',
    );
    expect(redactAll('refused the stored user name (the), and "2026"')).toBe(
      'refused the stored user name (user), and "site 5"',
    );
  });
});
