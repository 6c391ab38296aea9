/**
 * The outcome of a test run, from jest's own results (`--json --outputFile`). Called by .ci/run:
 *
 *   node tools/ci-results.js FOLDER RUN files   the files that failed, one per line
 *   node tools/ci-results.js FOLDER RUN sum     how many tests passed and failed; which did not, on standard error
 *
 * FOLDER contains the results as RUN, and those of files that were run again as again-RUN-NUMBER: for such a file, the
 * second run counts. A skipped test counts as failed here.
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
    for (const test of tests) {
      if (test.status !== 'passed') console.error(`${test.status}: ${file.name}: ${test.fullName}`);
    }
  }
  console.log(passed, failed);
}
