import { findUnkept, unkeptNumber } from './unkept.ts';

/**
 * As `JSON.parse`, but what it would change without a word stands there as an `Unkept`: numbers that a double cannot
 * hold as they are written, and names that are there twice in one object. Whoever reads the value refuses those by
 * their path.
 *
 * @throws {SyntaxError}
 */
export function parseJson(text: string): unknown {
  const value: unknown = JSON.parse(text);
  const namesAreKept = countNames(value, 0) === countWrittenNames(text);
  if (namesAreKept && (!mayHoldLongNumbers.test(text) || longNumbersAreKept(text))) return value;
  return findUnkept(text, value, { names: !namesAreKept });
}

/*
 * Cheap looks at the text, which say of nearly all JSON that nothing in it is changed. What they find may also stand in
 * a string: so they only say where it is worth to go through the text with care.
 */

/** Up to 15 digits and an exponent of two are kept whatever they are. */
const mayHoldLongNumbers = /\d[\d.]{15}|\d[eE][+-]?\d{3}/;
const longNumbers = /[-\d][\d.eE+-]{15,}|-?\d[\d.]*[eE][+-]?\d{3,}/g;

function longNumbersAreKept(text: string): boolean {
  for (const [written] of text.matchAll(longNumbers)) if (unkeptNumber(written) !== null) return false;
  return true;
}

/** Deeper than anything that is taken. */
const deepest = 100;

/** Names in all objects of a value; not those that are too deep for recursion. */
function countNames(value: unknown, depth: number): number {
  if (typeof value !== 'object' || value === null || depth > deepest) return 0;
  let count = 0;
  if (Array.isArray(value)) {
    for (const entry of value) {
      if (typeof entry === 'object') count += countNames(entry, depth + 1);
    }
    return count;
  }
  // Parsed JSON inherits no names.
  for (const name in value) {
    count += 1;
    const inner = (value as Record<string, unknown>)[name];
    if (typeof inner === 'object') count += countNames(inner, depth + 1);
  }
  return count;
}

/** Colons after a quote: as many as names are written; more when there are such in texts too. */
function countWrittenNames(text: string): number {
  let count = 0;
  for (let colon = text.indexOf(':'); colon !== -1; colon = text.indexOf(':', colon + 1)) {
    let before = colon - 1;
    while (text.charCodeAt(before) <= space) before -= 1;
    if (text.charCodeAt(before) === quote) count += 1;
  }
  return count;
}

const space = 0x20;
const quote = 0x22;
