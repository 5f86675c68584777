import { shortened } from './shortened.ts';
import { withShortPaths } from './short-paths.ts';

/** Anything can be thrown, and looking at it can throw again: nothing in this file does. */

/** What is told of something thrown: what a store can keep, within limits. */
export interface Thrown {
  /** 1 to 2,000 characters. */
  readonly message: string;
  /** `ENOENT`, `23505`; up to 100 characters. */
  readonly code?: string;
  /** Where it was thrown, with its causes and, of an AggregateError, its errors; up to 4,000 characters. */
  readonly stack?: string;
}

const messageLength = 2_000;
const codeLength = 100;
const stackLength = 4_000;
/** Causes below causes, and errors of one AggregateError. */
const maxDepth = 5;
const maxErrors = 10;
/** Of one error's own stack, so that its causes have room. */
const maxFrames = 12;

export function thrownOf(thrown: unknown): Thrown {
  const code = property(thrown, 'code');
  const stack = isErrorLike(thrown) ? chain(thrown, 0, new Set()) : '';
  return {
    message: messageOf(thrown),
    ...((typeof code === 'string' && code !== '') || typeof code === 'number'
      ? { code: shortened(String(code), codeLength) }
      : {}),
    ...(stack !== '' && { stack: shortened(stack, stackLength) }),
  };
}

/** In one line for a log. */
export function messageOf(thrown: unknown, max = messageLength): string {
  const text = typeof property(thrown, 'message') === 'string' || isErrorLike(thrown)
    ? messageOfError(thrown)
    : wordsOf(thrown);
  return shortened(text.trim() === '' ? 'unknown' : text, max);
}

/** Text as it is, anything else in short. */
export function wordsOf(thing: unknown): string {
  return typeof thing === 'string' ? thing : preview(thing);
}

/** Null also when the getter throws, or it is a proxy that is revoked. */
export function property(thing: unknown, name: string): unknown {
  if ((typeof thing !== 'object' && typeof thing !== 'function') || thing === null) return null;
  try {
    return (thing as Readonly<Record<string, unknown>>)[name] ?? null;
  } catch {
    return null;
  }
}

/** Errors of other realms and libraries included, which are known by what they have. */
function isErrorLike(thrown: unknown): boolean {
  if (isNativeError(thrown)) return true;
  return typeof property(thrown, 'message') === 'string' && typeof property(thrown, 'stack') === 'string';
}

/** Without `node:util`, since browsers load this too. Looking at a proxy can throw. */
function isNativeError(thing: unknown): boolean {
  try {
    return thing instanceof Error || Object.prototype.toString.call(thing) === '[object Error]';
  } catch {
    return false;
  }
}

function messageOfError(error: unknown): string {
  const message = property(error, 'message');
  if (typeof message === 'string' && message !== '') return message;
  if (message !== null && message !== '') return preview(message);
  const name = property(error, 'name');
  return typeof name === 'string' && name !== '' ? name : 'Error';
}

/** The stack of an error, then of what it names as its causes, each once. */
function chain(error: unknown, depth: number, seen: Set<unknown>): string {
  if (seen.has(error)) return '[it is its own cause]';
  seen.add(error);
  const parts = [ownStack(error)];
  if (depth < maxDepth) {
    const cause = property(error, 'cause');
    if (cause !== null) parts.push(indented(`caused by: ${described(cause, depth + 1, seen)}`));
    const errors = property(error, 'errors');
    if (isArray(errors)) {
      // Of a proxy it can be anything.
      const given = property(errors, 'length');
      const length = typeof given === 'number' ? given : 0;
      for (let n = 0; n < Math.min(length, maxErrors); n++) {
        parts.push(indented(`error ${n + 1} of ${length}: ${described(property(errors, String(n)), depth + 1, seen)}`));
      }
    }
  }
  return parts.join('\n');
}

function described(thing: unknown, depth: number, seen: Set<unknown>): string {
  return isErrorLike(thing) ? chain(thing, depth, seen) : messageOf(thing, 500);
}

function ownStack(error: unknown): string {
  const stack = property(error, 'stack');
  const message = messageOfError(error);
  if (typeof stack !== 'string' || stack === '') return message;
  const frames = stack.slice(0, 100_000).split('\n').filter((line) => /^ {4}at /.test(line)).slice(0, maxFrames);
  const name = property(error, 'name');
  const known = typeof name === 'string' && name !== '' ? shortened(name, 100) : 'Error';
  const told = frames.map((line) => shortened(withShortPaths(line), 300));
  return [`${known}: ${shortened(message, 500)}`, ...told].join('\n');
}

function indented(text: string): string {
  return text.replaceAll(/^/gm, '  ');
}

/** What something is that has no message: short, and without calling any code of its own but getters. */
function preview(thing: unknown, depth = 0): string {
  try {
    if (typeof thing === 'string') return JSON.stringify(shortened(thing, 200));
    if (typeof thing === 'function') return '[a function]';
    if (typeof thing !== 'object' || thing === null) return String(thing);
    if (isNativeError(thing)) return messageOfError(thing);
    if (depth > 2) return '[…]';
    // Naming the bytes of a large one takes seconds.
    if (ArrayBuffer.isView(thing)) return `[${thing.byteLength} bytes]`;
    if (isArray(thing)) {
      const some = thing.slice(0, 10).map((entry) => preview(entry, depth + 1));
      return `[${some.join(', ')}${thing.length > 10 ? ', …' : ''}]`;
    }
    const some: string[] = [];
    for (const key in thing) {
      if (some.length === 10) {
        some.push('…');
        break;
      }
      some.push(`${shortened(key, 100)}: ${preview(property(thing, key), depth + 1)}`);
    }
    return `{${some.join(', ')}}`;
  } catch {
    return 'something that cannot be looked at';
  }
}

/** `Array.isArray` throws for a proxy that is revoked. */
function isArray(thing: unknown): thing is readonly unknown[] {
  try {
    return Array.isArray(thing);
  } catch {
    return false;
  }
}
