import type { Failure } from './failure.ts';

const name = /^[^=\0]{1,255}$/;

/** What no process can have in its environment; null: nothing. */
export function environmentProblem(
  given: Readonly<Record<string, string>>,
  secrets: Readonly<Record<string, string>>,
): Failure | null {
  const isBad = ([variable, value]: readonly [string, string]): boolean => !name.test(variable) || value.includes('\0');
  const secret = Object.entries(secrets).find(isBad);
  if (secret !== undefined) {
    // Never the value.
    const message = `A secret cannot be the value of the variable ${told(secret[0])}: ${rule}.`;
    return { reason: 'SECRET_INJECTION_ERROR', message };
  }
  const plain = Object.entries(given).find(isBad);
  if (plain === undefined) return null;
  const message = `The environment cannot have the variable ${told(plain[0])}: ${rule}.`;
  return { reason: 'VALIDATION_ERROR', message };
}

const rule = 'a name has 1 to 255 characters and no "=", and neither it nor the value has a NUL character';

function told(variable: string): string {
  return JSON.stringify(variable.slice(0, 100));
}

/**
 * The environment of a command: the variables of the image or provider, its own folders, the job's variables and its
 * secrets. Of the same name, the last one counts.
 */
export function environmentOf(
  inherited: Readonly<Record<string, string>>,
  given: Readonly<Record<string, string>>,
  secrets: Readonly<Record<string, string>>,
  folders: { readonly home: string; readonly temporary: string },
): Record<string, string> {
  return { ...inherited, HOME: folders.home, TMPDIR: folders.temporary, ...given, ...secrets };
}
