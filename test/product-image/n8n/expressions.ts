/** Expressions of n8n: a text that begins with `=`, with JavaScript between `{{` and the next `}}`. */
import { runInNewContext } from 'node:vm';

/** Not what fails in a run: n8n may take such an expression for empty, so that no workflow should have one. */
export class ExpressionProblem extends Error {}

/** `names`: what the JavaScript sees beside the language. Anything else is an error. */
export function evaluate(value: string, names: Readonly<Record<string, unknown>>): unknown {
  if (!value.startsWith('=')) return value;
  const parts = value.slice(1).split(/\{\{([\s\S]*?)\}\}/);
  const values = parts.map((part, index) => (index % 2 === 0 ? part : computed(part, names)));
  // One expression alone keeps its type.
  return parts.length === 3 && parts[0] === '' && parts[2] === '' ? values[1] : values.join('');
}

function computed(code: string, names: Readonly<Record<string, unknown>>): unknown {
  try {
    return runInNewContext(`(${code})`, { ...names });
  } catch (error) {
    throw new ExpressionProblem(`{{${code}}}: ${(error as Error).message}`);
  }
}

/** The nodes that a value mentions. */
export function mentioned(value: string): string[] {
  return [...value.matchAll(/\$\('([^']*)'\)/g)].map(([, name = '']) => name);
}
