/** Whether a question is open: a program that can't go on ends differently where a person was being asked. */

import type { Prompts } from './prompts.js';

/** Prompts, and how many of their questions wait for an answer. */
export interface WatchedPrompts {
  readonly prompts: Prompts;
  areOpen(): boolean;
}

/** Counts the questions of these prompts, and of all prompts that are made from them. */
export function watchQuestions(prompts: Prompts): WatchedPrompts {
  let open = 0;
  const watched = (target: Prompts): Prompts =>
    new Proxy(target, {
      get(_target, name: keyof Prompts) {
        const ask = target[name] as (...args: unknown[]) => unknown;
        return (...args: unknown[]) => {
          const answer = ask(...args);
          if (!(answer instanceof Promise)) return watched(answer as Prompts);
          open += 1;
          return answer.finally(() => {
            open -= 1;
          });
        };
      },
    });
  return { prompts: watched(prompts), areOpen: () => open > 0 };
}
