/** The end of a command is told once, and nothing comes after it. */

import { describe, expect, test } from '@jest/globals';
import { interrupted } from '../../src/errors.js';
import { jsonReporter } from '../../src/terminal/json-reporter.js';
import { withOneEnd } from '../../src/terminal/one-end.js';

/** A report for scripts or people, and the events that it wrote, in their order; notes as text. */
function report(isForScripts: boolean) {
  const written: unknown[] = [];
  const stdout = { write: (line: string) => written.push(JSON.parse(line).event) };
  const stderr = { write: (line: string) => written.push(line.trimEnd()) };
  return { written, ...withOneEnd(jsonReporter({ stdout, stderr } as never), isForScripts) };
}

describe('after its end', () => {
  test('a report says nothing more, and ends no second time', () => {
    const { written, reporter, end } = report(true);
    end(interrupted(), ['at main']);
    reporter.result({ next: 'status' }, []);
    reporter.note('late');
    reporter.waiting('late')();
    reporter.error(interrupted());
    end(null);
    end(interrupted());
    expect(written).toEqual(['error', 'at main']);
  });

  test('the terminal’s line can still be given back', () => {
    const { reporter, end } = report(true);
    end(null);
    expect(() => reporter.clear()).not.toThrow();
  });
});

describe('a result for scripts', () => {
  test('is told at the end of a command that succeeds', () => {
    const { written, reporter, end } = report(true);
    reporter.result({ next: 'status' }, []);
    expect(written).toEqual([]);
    end(null);
    expect(written).toEqual(['result']);
  });

  test('that an error follows is no last event', () => {
    const { written, reporter, end } = report(true);
    reporter.result({ next: 'status' }, []);
    end(interrupted());
    expect(written).toEqual(['error']);
  });

  test('of a list is told when the command goes on, so that a failure loses none', () => {
    const { written, reporter, end } = report(true);
    reporter.result({ next: 'status' }, []);
    reporter.waiting('Checking the second')();
    reporter.result({ next: 'status' }, []);
    reporter.error(interrupted());
    end(interrupted());
    expect(written).toEqual(['result', 'result', 'error', 'error']);
  });
});

test('a result for people is told at once', () => {
  const { written, reporter } = report(false);
  reporter.result({ next: 'status' }, []);
  expect(written).toEqual(['result']);
});
