/** Questions for a terminal that can't move its cursor (`TERM=dumb`): a line is written, a line is read. */

import { wrapLines } from '../text/wrap.js';
import {
  choiceText,
  NEITHER_YES_NOR_NO,
  type Question,
  type QuestionStreams,
  readYesNo,
  type ShowQuestion,
  yesNoEnd,
} from './question.js';

const ERASE = /[\b\x7f]/;
const ERASE_LINE = '\x15';

export function plainAsk({ stdin, stderr }: QuestionStreams): ShowQuestion {
  return async (question, cancelled) => {
    for (const choice of question.kind === 'list' ? question.choices.entries() : []) {
      const line = `  ${choice[0] + 1}. ${choiceText(choice[1])}`;
      stderr.write(`${wrapLines([line], stderr).join('\n')}\n`);
    }
    for (;;) {
      stderr.write(`${question.message}${endOf(question)} `);
      const isShown = question.kind !== 'line' || question.shows === 'text';
      const understood = understand(question, await readLine(stdin, isShown, cancelled));
      // If the answer is not shown, neither is Enter.
      if (!isShown) stderr.write('\n');
      if ('answer' in understood) return understood.answer;
      stderr.write(`> ${understood.problem}\n`);
    }
  };
}

function endOf(question: Question): string {
  if (question.kind === 'yes-no') return ` ${yesNoEnd(question.byDefault)}`;
  if (question.kind === 'list') return ` (1 to ${question.choices.length})`;
  return question.byDefault === undefined ? '' : ` (${question.byDefault})`;
}

type Understood = { readonly answer: unknown } | { readonly problem: string };

function understand(question: Question, typed: string): Understood {
  if (question.kind === 'yes-no') {
    const answer = readYesNo(typed, question.byDefault);
    return answer === null ? { problem: NEITHER_YES_NOR_NO } : { answer };
  }
  if (question.kind === 'list') {
    const choice = question.choices[Number(typed) - 1];
    return choice === undefined
      ? { problem: 'Please type the number of one of these.' }
      : { answer: choice.value };
  }
  const answer = typed === '' ? (question.byDefault ?? '') : typed;
  const problem = question.check(answer);
  return problem === null ? { answer } : { problem };
}

/** The next line typed. If shown, the terminal edits and shows it; else it is read key by key. */
function readLine(
  stdin: NodeJS.ReadStream,
  isShown: boolean,
  cancelled: AbortSignal,
): Promise<string> {
  return new Promise((resolve, reject) => {
    let line = '';
    const end = () => {
      stdin.off('data', onData);
      cancelled.removeEventListener('abort', onAbort);
      stdin.setRawMode(true);
    };
    const onAbort = () => {
      end();
      reject(cancelled.reason);
    };
    const onData = (chunk: Buffer | string) => {
      for (const key of String(chunk)) {
        if (key === '\r' || key === '\n') {
          end();
          return resolve(line);
        }
        if (ERASE.test(key)) line = [...line].slice(0, -1).join('');
        else line = key === ERASE_LINE ? '' : line + key;
      }
    };
    stdin.setRawMode(!isShown);
    stdin.on('data', onData);
    cancelled.addEventListener('abort', onAbort);
  });
}
