/**
 * The outcome of a test run, from jest's own results (`--json --outputFile`). Called by .ci/run:
 *
 *   node tools/ci-results.js FOLDER RUN files   the files that failed, one per line
 *   node tools/ci-results.js FOLDER RUN sum     how many tests passed and failed; which did not, on standard error
 *
 * FOLDER contains the results as RUN, and those of files that were run again as again-RUN-NUMBER. A second run does not
 * undo a failure: it shows whether the test is flaky. A skipped test counts as failed here.
 */

import { readdirSync, readFileSync } from 'node:fs';

const [folder = '', run = '', what] = process.argv.slice(2);
const read = (name) => JSON.parse(readFileSync(`${folder}/${name}`, 'utf8')).testResults;
const first = read(run);

if (what === 'files') {
  for (const { name, status } of first) if (status === 'failed') console.log(name);
} else {
  const passedLater = readdirSync(folder)
    .filter((name) => name.startsWith(`again-${run}-`))
    .flatMap(read)
    .filter(({ status }) => status === 'passed')
    .map(({ name }) => name);
  let [passed, failed] = [0, 0];
  for (const { name, status, assertionResults: tests } of first) {
    const good = tests.filter((test) => test.status === 'passed').length;
    passed += good;
    // A file can fail outside its tests, or before any has started.
    failed += Math.max(tests.length - good, status === 'failed' ? 1 : 0);
    if (status === 'failed') console.error(`failed: ${name}`);
    if (passedLater.includes(name)) console.error(`FLAKY, passed the second time: ${name}`);
    for (const test of tests) {
      if (test.status !== 'passed') console.error(`${test.status}: ${name}: ${test.fullName}`);
    }
  }
  console.log(passed, failed);
}
