/**
 * The outcome of a test run, from jest's own results (`--json --outputFile`). Called by .ci/run:
 *
 *   node tools/ci-results.js FOLDER RUN files   the files that failed, one per line
 *   node tools/ci-results.js FOLDER RUN sum     how many tests passed and failed; which did not, on standard error
 *
 * FOLDER contains the results as RUN, and those of files that were run again as again-RUN-NUMBER: such a file counts by
 * its second run, and what failed in the first is named as flaky. A skipped test counts as failed here.
 */

import { readdirSync, readFileSync } from 'node:fs';

const [folder = '', run = '', what] = process.argv.slice(2);
const read = (name) => JSON.parse(readFileSync(`${folder}/${name}`, 'utf8')).testResults;
const first = read(run);

if (what === 'files') {
  for (const { name, status } of first) if (status === 'failed') console.log(name);
} else {
  const again = readdirSync(folder)
    .filter((name) => name.startsWith(`again-${run}-`))
    .flatMap(read);
  let [passed, failed] = [0, 0];
  for (const file of first) {
    const counted = again.find(({ name }) => name === file.name) ?? file;
    const { status, assertionResults: tests } = counted;
    const good = tests.filter((test) => test.status === 'passed').length;
    passed += good;
    // A file can fail outside its tests, or before any has started.
    failed += Math.max(tests.length - good, status === 'failed' ? 1 : 0);
    if (status === 'failed') console.error(`failed: ${file.name}`);
    nameFaults('', file.name, tests);
    if (counted !== file && status === 'passed') {
      console.error(`FLAKY, passed the second time: ${file.name}`);
      nameFaults('FLAKY, ', file.name, file.assertionResults);
    }
  }
  console.log(passed, failed);
}

function nameFaults(how, name, tests) {
  for (const { status, fullName } of tests) {
    if (status !== 'passed') console.error(`${how}${status}: ${name}: ${fullName}`);
  }
}
