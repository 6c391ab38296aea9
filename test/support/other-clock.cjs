/** Loaded into the program, it simulates a computer whose clock is wrong by TEST_CLOCK_AHEAD_MS. */

const ahead = Number(process.env.TEST_CLOCK_AHEAD_MS ?? 0);
const now = () => Date_.now() + ahead;
const Date_ = Date;

globalThis.Date = new Proxy(Date_, {
  construct: (target, args, newTarget) =>
    Reflect.construct(target, args.length === 0 ? [now()] : args, newTarget),
  get: (target, key) => (key === 'now' ? now : Reflect.get(target, key)),
});
