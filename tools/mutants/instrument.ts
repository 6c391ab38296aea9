/**
 * Makes mutants of a source file: small slips, all of them in one text, each behind a switch. Off, the text does what it
 * did; the one that is on is in effect.
 */

import { parseAst } from 'rolldown/parseAst';

/** A slip: what stands there, and what it makes of it. */
export interface Mutant {
  readonly number: number;
  readonly line: number;
  readonly was: string;
  readonly becomes: string;
}

/** A text with its mutants. */
export interface Instrumented {
  readonly code: string;
  readonly mutants: readonly Mutant[];
}

interface Node {
  readonly type: string;
  readonly start: number;
  readonly end: number;
  readonly [key: string]: unknown;
}

/** Boundaries and operators, each with the likeliest slip. */
const OPERATORS: Readonly<Record<string, string>> = {
  ...{ '<': '<=', '<=': '<', '>': '>=', '>=': '>' },
  ...{ '===': '!==', '!==': '===', '==': '!=', '!=': '==' },
  ...{ '+': '-', '-': '+', '*': '/', '/': '*', '%': '*' },
  ...{ '&&': '||', '||': '&&', '+=': '-=', '-=': '+=', '??=': '=', '||=': '=' },
};

/** Calls that give back something like what they are called on: forgotten, the code still runs. */
const FORGOTTEN = new Set([
  ...['filter', 'sort', 'toSorted', 'reverse', 'toReversed', 'slice', 'catch'],
  ...['trim', 'toLowerCase', 'toUpperCase', 'normalize'],
]);

const CONFUSED: Readonly<Record<string, string>> = {
  ...{ some: 'every', every: 'some', max: 'min', min: 'max', find: 'findLast' },
  ...{ startsWith: 'endsWith', endsWith: 'startsWith', floor: 'ceil', ceil: 'floor' },
};

/** Around an expression, and gone when it runs. */
const AROUND_AN_EXPRESSION = /^TS(?:As|NonNull|Satisfies)Expression$/;

/** @param name how the running code asks for its switches */
export function instrument(text: string, name: string): Instrumented {
  const mutants: Mutant[] = [];
  /** What is put in, outer before inner where several begin at one place. */
  const before = new Map<number, string[]>();
  const after = new Map<number, string[]>();
  const sourceOf = ({ start, end }: Node) => text.slice(start, end);

  function note(node: Node, becomes: string): number {
    const number = mutants.length;
    const line = text.slice(0, node.start).split('\n').length;
    mutants.push({ number, line, was: short(sourceOf(node)), becomes: short(becomes) });
    return number;
  }

  function put({ start, end }: Node, left: string, right: string): void {
    before.set(start, [...(before.get(start) ?? []), left]);
    after.set(end, [right, ...(after.get(end) ?? [])]);
  }

  function replaced(node: Node, others: readonly string[]): void {
    const choices = others.map((other) => `__m(${note(node, other)})?(${other}):`);
    if (choices.length > 0) put(node, `(${choices.join('')}(`, '))');
  }

  function walk(node: Node, parent: Node | null, isInChain: boolean): void {
    if (node.type === 'ExpressionStatement' && isCall(node.expression as Node)) {
      put(node, `{if(!__m(${note(node, 'nothing')}))`, '}');
    }
    replaced(node, slips(node, parent, isInChain));
    for (const [key, value] of Object.entries(node)) {
      if (key === 'key' && node.computed !== true) continue;
      if (key === 'typeAnnotation' || key === 'typeArguments' || key === 'typeParameters') continue;
      for (const child of Array.isArray(value) ? value : [value]) {
        if (!isNode(child) || /^(?:Import|ExportAll)/.test(child.type)) continue;
        if (child.type.startsWith('TS') && !AROUND_AN_EXPRESSION.test(child.type)) continue;
        // What is put round a part of `a?.b.c` would end the chain there.
        const chain = child.type === 'ChainExpression' || (isInChain && isLink(child, key));
        walk(child, node, chain);
      }
    }
  }

  function slips(node: Node, parent: Node | null, isInChain: boolean): string[] {
    const found: string[] = [];
    const part = (key: string) => sourceOf(node[key] as Node);
    const operator = String(node.operator ?? '');
    const other = OPERATORS[operator];
    switch (node.type) {
      case 'BinaryExpression':
      case 'LogicalExpression':
        if (operator === '??') found.push(part('left'));
        else if (other !== undefined && !(operator === '+' && isOfText(node))) {
          found.push(`(${part('left')}) ${other} (${part('right')})`);
        }
        break;
      case 'AssignmentExpression':
        if (other !== undefined && !isText(node.right as Node)) {
          found.push(`${part('left')} ${other} ${part('right')}`);
        }
        break;
      case 'UnaryExpression':
        if (operator === '!') found.push(part('argument'));
        break;
      case 'Literal':
        if (typeof node.value === 'boolean') found.push(String(!node.value));
        if (typeof node.value === 'number') found.push(String(node.value + 1));
        break;
      case 'AwaitExpression':
        if (parent?.type === 'ExpressionStatement') found.push(`void (${part('argument')})`);
        break;
      case 'CallExpression':
        if (!isInChain) found.push(...callSlips(node));
        break;
    }
    const isCondition =
      (parent?.type === 'IfStatement' || parent?.type === 'ConditionalExpression') &&
      parent.test === node;
    // Of a literal, one of them is what it is.
    if (isCondition && node.type !== 'Literal') found.push('true', 'false');
    return found;
  }

  function callSlips(node: Node): string[] {
    const callee = node.callee as Node;
    const property = callee.property as Node | undefined;
    if (callee.type !== 'MemberExpression' || callee.computed === true) return [];
    const [object, method] = [callee.object as Node, String(property?.name)];
    if (FORGOTTEN.has(method)) return [sourceOf(object)];
    const confused = CONFUSED[method];
    if (confused === undefined) return [];
    const rest = text.slice(property?.end ?? 0, node.end);
    return [`${text.slice(node.start, property?.start)}${confused}${rest}`];
  }

  for (const statement of parseAst(text, { lang: 'ts' }).body as unknown as Node[]) {
    const isOfTypes = /^(?:Import|ExportAll|TS)/.test(statement.type);
    if (!isOfTypes) walk(statement, null, false);
  }
  const places = [...new Set([...before.keys(), ...after.keys()])].sort((a, b) => a - b);
  let code = `const __m=globalThis.__mutants(${JSON.stringify(name)});`;
  let from = 0;
  for (const at of places) {
    // What ends here stands before what begins here.
    code += text.slice(from, at) + (after.get(at) ?? []).join('') + (before.get(at) ?? []).join('');
    from = at;
  }
  code += text.slice(from);
  return mutants.length === 0 ? { code: text, mutants } : { code, mutants };
}

function isNode(value: unknown): value is Node {
  return typeof value === 'object' && value !== null && 'type' in value && 'start' in value;
}

/** Whether a part of a chain goes on with it: an argument of a call does not. */
function isLink({ type }: Node, key: string): boolean {
  return (key === 'callee' || key === 'object' || key === 'expression') && type !== 'Literal';
}

function isCall({ type, argument, callee }: Node): boolean {
  if (type === 'AwaitExpression') return isCall(argument as Node);
  return type === 'CallExpression' && (callee as Node).type !== 'Super';
}

function isText({ type, value }: Node): boolean {
  return type === 'TemplateLiteral' || typeof value === 'string';
}

/** Whether a + joins texts: what a minus makes of them is nothing that anybody would write. */
function isOfText({ left, right }: Node): boolean {
  const parts = [left as Node, right as Node];
  return parts.some((part) => isText(part) || (part.type === 'BinaryExpression' && isOfText(part)));
}

function short(text: string): string {
  const line = text.replace(/\s+/g, ' ');
  return line.length > 90 ? `${line.slice(0, 60)} … ${line.slice(-25)}` : line;
}
