import { devCallbackSecrets } from './loopback.ts';

/** Of secrets that stand in examples everywhere, the letters: digits and signs between them make them no better. */
const wellKnown = new Set(
  [
    ...devCallbackSecrets,
    'secret', 'my-secret', 'top-secret', 'super-secret', 'your-secret', 'a-secret', 'jwt-secret', 'secret-key',
    'super-secret-key', 'your-secret-key', 'my-secret-key', 'super-secret-jwt-key', 'your-super-secret-jwt-key',
    'your-256-bit-secret', 'a-string-secret-at-least-256-bits-long', 'your-jwt-secret', 'my-jwt-secret',
    'your-secret-here', 'insert-secret-here', 'replace-me', 'replace-this', 'change-me', 'change-this',
    'please-change-me', 'change-me-in-production', 'change-this-in-production', 'change-me-please', 'password',
    'my-password', 'passphrase', 'default', 'example', 'test-secret', 'test', 'dev-secret', 'development-secret',
    'callback-secret', 'gpu-callback-secret', 'webhook-secret', 'objects-secret', 'setup-token', 'admin',
    'administrator', 'letmein', 'waybill', 'waybill-secret', 'abcdefghijklmnopqrstuvwxyz', 'abcdef', 'qwertyuiop',
    'keyboard-cat',
  ].map(lettersOf),
);

function lettersOf(secret: string): string {
  return secret.toLowerCase().replace(/[^a-z]/g, '');
}

/** Why a secret is none, or null. Only of what is beyond doubt: what seems weak is for `waybill doctor` to say. */
export function knownWeakness(secret: string): string | null {
  if (repeatsItself(secret)) return 'says the same thing again and again';
  if (isRow(secret)) return 'is a sequence of consecutive characters';
  const letters = lettersOf(secret);
  if (wellKnown.has(letters) || (letters !== '' && repeatsItself(letters) && wellKnown.has(unitOf(letters)))) {
    return 'is well known';
  }
  return null;
}

function repeatsItself(text: string): boolean {
  return text.length > 1 && unitOf(text).length * 2 <= text.length;
}

/** The shortest beginning of which the text is repetitions, the last one perhaps cut off. */
function unitOf(text: string): string {
  for (let length = 1; length < text.length; length++) {
    if (text.startsWith(text.slice(length))) return text.slice(0, length);
  }
  return text;
}

/** Digits count on from 9 to 0 and to a: 1234567890123456, 0123456789abcdef. */
function isRow(text: string): boolean {
  const next = (a: string, b: string): boolean =>
    b.charCodeAt(0) === a.charCodeAt(0) + 1 || (a === '9' && /^[0a]$/i.test(b));
  return text.length > 3 && [...text].every((letter, at, all) => at === 0 || next(all[at - 1] ?? '', letter));
}
