/*
 * JSON as it came. What a browser has parsed has lost digits of numbers beyond 2^53, and is written in another way.
 * Everything here takes text that is JSON.
 */

const token = /"(?:[^"\\]|\\.)*"|[-+.\w]+|[{}[\],:]/g;

/** With a line for each member and element. */
export function indented(json: string): string {
  let depth = 0;
  let before = '';
  const parts: string[] = [];
  const line = (): void => void parts.push(`\n${'  '.repeat(depth)}`);
  for (const [one] of json.matchAll(token)) {
    const isEnd = one === '}' || one === ']';
    if (isEnd) depth -= 1;
    const isEmpty = isEnd && (before === '{' || before === '[');
    if (!isEmpty && (isEnd || before === '{' || before === '[' || before === ',')) line();
    parts.push(one === ':' ? ': ' : one);
    if (one === '{' || one === '[') depth += 1;
    before = one;
  }
  return parts.join('');
}

/** The text of a member of the outermost object; null where it has none of the name. */
export function memberOf(json: string, name: string): string | null {
  let depth = 0;
  let start = -1;
  let isNamed = false;
  let last = '';
  for (const match of json.matchAll(token)) {
    const [one] = match;
    if (one === '}' || one === ']') depth -= 1;
    const isOver = (depth === 1 && one === ',') || (depth === 0 && one === '}');
    if (start !== -1 && isOver) return json.slice(start, match.index).trim();
    if (start === -1 && isNamed) start = match.index;
    isNamed = start === -1 && depth === 1 && one === ':' && last === JSON.stringify(name);
    if (one === '{' || one === '[') depth += 1;
    last = one;
  }
  return null;
}

/** The first number that a browser would change by reading and writing it; null where there is none. */
export function inexactNumber(json: string): string | null {
  for (const [one] of json.matchAll(token)) {
    if (/^-?\d+$/.test(one) && !Number.isSafeInteger(Number(one))) return one;
  }
  return null;
}
