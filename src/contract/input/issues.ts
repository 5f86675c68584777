import type * as z from 'zod';
import { pathOf, type Problems } from './problems.ts';

/** Says zod's issues in our words, each under the path of its field. */
export function addIssues(issues: readonly z.core.$ZodIssue[], input: unknown, problems: Problems): void {
  for (const issue of issues) {
    const path = issue.path.reduce<string>((parent, name) => pathOf(parent, name as string | number), '');
    problems.add(path, describe(issue, valueAt(input, issue.path)));
  }
}

function describe(issue: z.core.$ZodIssue, value: unknown): string {
  switch (issue.code) {
    case 'invalid_type':
      return value === undefined ? 'is required' : `must be ${kindOf(issue.expected)}`;
    case 'too_small':
      return atLeast(issue.origin, Number(issue.minimum));
    case 'too_big':
      return atMost(issue.origin, Number(issue.maximum));
    case 'invalid_value':
      return value === undefined ? 'is required' : `must be ${oneOf(issue.values)}`;
    case 'invalid_format':
      return issue.format === 'regex' ? issue.message : `must be a valid ${issue.format.toUpperCase()}`;
    case 'invalid_key':
      return `has a name that ${issue.issues[0] === undefined ? 'is not allowed' : describe(issue.issues[0], '')}`;
    case 'invalid_union':
      if (value === undefined) return 'is required';
      if (issue.inclusive === false || issue.options === undefined) return 'matches none of the allowed forms';
      return `must be ${oneOf(issue.options.filter((option) => option !== undefined))}`;
    default:
      return issue.message;
  }
}

function oneOf(values: readonly z.core.util.Primitive[]): string {
  const [first, ...rest] = values.map(String);
  return rest.length === 0 ? `${first}` : `one of ${[first, ...rest].join(', ')}`;
}

const kinds: Readonly<Record<string, string>> = {
  string: 'a text',
  number: 'a number',
  int: 'a whole number',
  boolean: 'true or false',
  array: 'a list',
  tuple: 'a list',
  object: 'an object',
  record: 'an object',
};

function kindOf(expected: string): string {
  return kinds[expected] ?? expected;
}

function atLeast(origin: string, minimum: number): string {
  if (origin === 'string') return minimum === 1 ? 'must not be empty' : `must have at least ${minimum} characters`;
  if (origin === 'array') return minimum === 1 ? 'must not be empty' : `must have at least ${minimum} entries`;
  return `must be at least ${minimum}`;
}

function atMost(origin: string, maximum: number): string {
  if (origin === 'string') return `must have at most ${maximum} characters`;
  if (origin === 'array') return `must have at most ${maximum} entries`;
  return `must be at most ${maximum}`;
}

function valueAt(input: unknown, path: readonly PropertyKey[]): unknown {
  let value = input;
  for (const name of path) {
    if (typeof value !== 'object' || value === null || !Object.hasOwn(value, name)) return undefined;
    value = (value as Record<PropertyKey, unknown>)[name];
  }
  return value;
}
