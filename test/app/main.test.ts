/** What `--verbose` tells of a fault: the places of the fault itself, and never its words. */

import { expect, test } from '@jest/globals';
import { placesOf } from '../../src/app/main.js';
import { unexpectedError } from '../../src/errors.js';

function faultOfALibrary(): Error {
  return new TypeError('refresh_token=1//secret');
}

test('the places are those of the fault, not of what put it into words', () => {
  const places = placesOf(unexpectedError(faultOfALibrary()).with({ hint: 'changed' }));
  expect(places[0]).toContain('faultOfALibrary');
  expect(places.join('\n')).not.toContain('secret');
});

test('what is no error has no places', () => {
  expect(placesOf('refresh_token=1//secret')).toEqual([]);
});
