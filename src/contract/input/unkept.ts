/** Stands in parsed JSON for what would not have been kept as it was written. */
export class Unkept {
  /** What is wrong, to be said after its path. */
  readonly problem: string;
  /** What to do about it where any JSON may stand; empty: nothing but not to send it. */
  readonly advice: string;

  constructor(problem: string, advice = '') {
    this.problem = problem;
    this.advice = advice;
  }
}

interface Frame {
  readonly isObject: boolean;
  /** The same container once parsed; null inside of what another entry of its name has replaced. */
  readonly parsed: object | null;
  /** Of an object, once something else than the parsed one is needed to know them. */
  readonly names: Set<string> | null;
  /** Where in the text the last name stands, with its quotes; an array's has no name but an index. */
  nameAt: number;
  nameEnd: number;
  index: number;
  isName: boolean;
}

/**
 * Puts an `Unkept` into a parsed value for each number that is changed by being parsed and, if asked for, each name
 * that is there twice. Gives the value back, or what stands for it.
 *
 * @param text the JSON that `value` was parsed from
 */
export function findUnkept(text: string, value: unknown, look: { readonly names: boolean }): unknown {
  let root = value;
  const frames: Frame[] = [];
  for (let at = 0; at < text.length; at++) {
    const frame = frames.at(-1);
    switch (text.charCodeAt(at)) {
      case 0x22: {
        const end = endOfText(text, at);
        if (frame?.isName === true) nameIn(frame, text, at, end);
        at = end - 1;
        break;
      }
      case 0x2c:
        if (frame !== undefined) frame.index += 1;
        if (frame !== undefined) frame.isName = frame.isObject;
        break;
      case 0x7b:
      case 0x5b:
        frames.push(opened(text, at, look.names, frame === undefined ? value : parsedIn(frame, text)));
        break;
      case 0x7d:
      case 0x5d:
        frames.pop();
        break;
      default: {
        const end = endOfNumber(text, at);
        if (end === at) break;
        const unkept = end - at < shortest ? null : unkeptNumber(text.slice(at, end));
        if (unkept !== null && frame === undefined) root = unkept;
        if (unkept !== null && frame !== undefined) put(frame, text, unkept);
        at = end - 1;
      }
    }
  }
  return root;
}

function opened(text: string, at: number, names: boolean, parsed: unknown): Frame {
  const isObject = text.charCodeAt(at) === 0x7b;
  const fits = typeof parsed === 'object' && parsed !== null && Array.isArray(parsed) !== isObject;
  return {
    isObject,
    parsed: fits && !(parsed instanceof Unkept) ? parsed : null,
    names: isObject && names ? new Set() : null,
    nameAt: 0,
    nameEnd: 0,
    index: 0,
    isName: isObject,
  };
}

function nameIn(frame: Frame, text: string, at: number, end: number): void {
  frame.isName = false;
  frame.nameAt = at;
  frame.nameEnd = end;
  if (frame.names === null) return;
  const name = nameOf(frame, text);
  if (frame.names.has(name)) put(frame, text, new Unkept('appears twice in its object'));
  frame.names.add(name);
}

function nameOf({ nameAt, nameEnd }: Frame, text: string): string {
  return JSON.parse(text.slice(nameAt, nameEnd)) as string;
}

function parsedIn(frame: Frame, text: string): unknown {
  const { isObject, parsed, index } = frame;
  if (parsed === null) return null;
  return isObject ? (parsed as Record<string, unknown>)[nameOf(frame, text)] : (parsed as unknown[])[index];
}

function put(frame: Frame, text: string, unkept: Unkept): void {
  const { isObject, parsed, index } = frame;
  if (parsed === null) return;
  const name = isObject ? nameOf(frame, text) : index;
  const before = Object.getOwnPropertyDescriptor(parsed, name);
  // What is there twice stays marked so, whatever else is wrong with one of them.
  if (before?.value instanceof Unkept) return;
  // Setting `__proto__` would set the prototype.
  Object.defineProperty(parsed, name, { value: unkept, writable: true, enumerable: true, configurable: true });
}

/** After the closing quote of a text that begins at `at`. */
function endOfText(text: string, at: number): number {
  for (let end = text.indexOf('"', at + 1); ; end = text.indexOf('"', end + 1)) {
    let escapes = end;
    while (text.charCodeAt(escapes - 1) === 0x5c) escapes -= 1;
    if ((end - escapes) % 2 === 0) return end + 1;
  }
}

/** After a number that begins at `at`; `at` when none does. */
function endOfNumber(text: string, at: number): number {
  let end = at;
  for (;;) {
    const code = text.charCodeAt(end);
    const isDigit = code >= 0x30 && code <= 0x39;
    // A number's other characters are `+ - .` and `e` or `E`, and only the minus may be its first.
    const mayFollow = code === 0x2b || code === 0x2e || code === 0x65 || code === 0x45;
    if (!isDigit && code !== 0x2d && !(mayFollow && end > at)) return end;
    end += 1;
  }
}

/** `1e400`. */
const shortest = 5;
const longestShown = 40;

/** Null when the number is kept as it is written. */
export function unkeptNumber(written: string): Unkept | null {
  const number = Number(written);
  const kept = String(number);
  if (kept === written || (Number.isFinite(number) && isSame(written, kept))) return null;
  const shown = written.length > longestShown ? `${written.slice(0, longestShown)}…` : written;
  const becomes = Number.isFinite(number) ? `, which would become ${kept}` : ', which is too large for a number';
  return new Unkept(`is ${shown}${becomes}`, 'send it as a string');
}

/** Whether two decimal numbers are equal: `1.50` and `15e-1`. */
function isSame(one: string, other: string): boolean {
  const [a, b] = [decimalOf(one), decimalOf(other)];
  return a.digits === b.digits && (a.digits === '' || (a.negative === b.negative && a.exponent === b.exponent));
}

/** `digits` times ten to the `exponent`; zero has no digits. */
function decimalOf(written: string): { negative: boolean; digits: string; exponent: number } {
  const [, sign, whole = '', fraction = '', power = '0'] = /^(-?)(\d+)(?:\.(\d+))?(?:[eE](.+))?$/.exec(written) ?? [];
  const all = (whole + fraction).replace(/^0+/, '');
  let length = all.length;
  while (all.charCodeAt(length - 1) === 0x30) length -= 1;
  const digits = all.slice(0, length);
  return { negative: sign === '-', digits, exponent: Number(power) - fraction.length + (all.length - length) };
}
