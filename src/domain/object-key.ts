import { InvariantViolation } from './errors.ts';

const encoder = new TextEncoder();

/** Longest key that S3 takes, in bytes of UTF-8 (S3 API reference, "Object key naming"). */
const maxObjectKeyBytes = 1_024;

/**
 * Why a key is refused, or null when it is good. Refused: empty, over 1,024 bytes, absolute,
 * with an empty, `.` or `..` segment, a backslash, or a control character: whatever could
 * leave its folder or be read differently by two stores.
 */
export function objectKeyProblem(key: string): string | null {
  if (key === '') return 'it is empty';
  if (!key.isWellFormed()) return 'it is not well-formed Unicode';
  if (encoder.encode(key).length > maxObjectKeyBytes) return `it is longer than ${maxObjectKeyBytes} bytes`;
  if (/[\u0000-\u001f\u007f\\]/.test(key)) return 'it has a control character or a backslash';
  for (const segment of key.split('/')) {
    if (segment === '') return 'it has an empty segment';
    if (segment === '.' || segment === '..') return 'it has a segment that could leave its folder';
  }
  return null;
}

export function assertObjectKey(key: string): void {
  const problem = objectKeyProblem(key);
  if (problem !== null) throw new InvariantViolation(`object key ${JSON.stringify(key)}: ${problem}`);
}
