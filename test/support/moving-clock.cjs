/**
 * Loaded into the program, it simulates a computer that sleeps and whose clock is set, as the file TEST_CLOCK_FILE says
 * at that moment: {"sleptMs": 0, "setMs": 0}. Sleep moves both clocks; setting moves only the one that people see.
 */

const { readFileSync } = require('node:fs');
const os = require('node:os');

const [Date_, uptime] = [Date, os.uptime];
const moved = () => JSON.parse(readFileSync(process.env.TEST_CLOCK_FILE, 'utf8'));
const now = () => {
  const { sleptMs, setMs } = moved();
  return Date_.now() + sleptMs + setMs;
};

os.uptime = () => uptime() + moved().sleptMs / 1000;
globalThis.Date = new Proxy(Date_, {
  construct: (target, args, newTarget) =>
    Reflect.construct(target, args.length === 0 ? [now()] : args, newTarget),
  get: (target, key) => (key === 'now' ? now : Reflect.get(target, key)),
});
