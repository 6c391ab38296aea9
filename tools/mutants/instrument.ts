/**
 * Makes mutants of a source file: small slips, all in one text, each behind a switch. With every switch off, the text
 * does what it did before; a mutant that is switched on takes effect.
 */

import { parseAst } from 'rolldown/parseAst';

/** A slip: the original code, and what replaces it. */
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

/** Comparison and other operators, each with the likeliest slip. */
const OPERATORS: Readonly<Record<string, string>> = {
  ...{ '<': '<=', '<=': '<', '>': '>=', '>=': '>' },
  ...{ '===': '!==', '!==': '===', '==': '!=', '!=': '==' },
  ...{ '+': '-', '-': '+', '*': '/', '/': '*', '%': '*' },
  ...{ '&&': '||', '||': '&&', '+=': '-=', '-=': '+=', '??=': '=', '||=': '=' },
};

/** Calls that return much the same as what they are called on: without the call, the code still runs. */
const FORGOTTEN = new Set([
  ...['filter', 'sort', 'toSorted', 'reverse', 'toReversed', 'slice', 'catch'],
  ...['trim', 'toLowerCase', 'toUpperCase', 'normalize'],
]);

/** A map: a method may be called like one that every object has. */
const CONFUSED = new Map(
  Object.entries({
    ...{ some: 'every', every: 'some', max: 'min', min: 'max', find: 'findLast' },
    ...{ startsWith: 'endsWith', endsWith: 'startsWith', floor: 'ceil', ceil: 'floor' },
  }),
);

/** Wraps an expression, and does not exist at run time. */
const AROUND_AN_EXPRESSION = /^TS(?:As|NonNull|Satisfies)Expression$/;

/** @param name how the running code gets its switches */
export function instrument(text: string, name: string): Instrumented {
  const mutants: Mutant[] = [];
  /** Insertions; the outer comes before the inner if several start at the same place. */
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
        // Wrapping part of `a?.b.c` would end the chain there.
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
    // For a literal, one of the two would change nothing.
    if (isCondition && node.type !== 'Literal') found.push('true', 'false');
    return found;
  }

  function callSlips(node: Node): string[] {
    const callee = node.callee as Node;
    const property = callee.property as Node | undefined;
    if (callee.type !== 'MemberExpression' || callee.computed === true) return [];
    const [object, method] = [callee.object as Node, String(property?.name)];
    if (FORGOTTEN.has(method)) return [sourceOf(object)];
    const confused = CONFUSED.get(method);
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
    // What ends here comes before what starts here.
    code += text.slice(from, at) + (after.get(at) ?? []).join('') + (before.get(at) ?? []).join('');
    from = at;
  }
  code += text.slice(from);
  return mutants.length === 0 ? { code: text, mutants } : { code, mutants };
}

function isNode(value: unknown): value is Node {
  return typeof value === 'object' && value !== null && 'type' in value && 'start' in value;
}

/** Whether a part of a chain continues it: the argument of a call does not. */
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

/** Whether a + joins texts: nobody would write a minus there by mistake. */
function isOfText({ left, right }: Node): boolean {
  const parts = [left as Node, right as Node];
  return parts.some((part) => isText(part) || (part.type === 'BinaryExpression' && isOfText(part)));
}

function short(text: string): string {
  const line = text.replace(/\s+/g, ' ');
  return line.length > 90 ? `${line.slice(0, 60)} … ${line.slice(-25)}` : line;
}
