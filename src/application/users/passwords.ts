import { refusal, type Refusal, type Result } from '../../domain/errors.ts';
import { HasherBusy } from '../../ports/password-hasher.ts';
import { userKey } from '../../ports/store/user-store.ts';

/** UTF-16 units. There is an upper limit because hashing reads the whole password. */
export const passwordLength = { min: 10, max: 200 } as const;

/** Why a new password is refused, or null. Length is what counts; rules on letters make people write passwords down. */
export function passwordProblem(
  password: string,
  { id, email }: { readonly id: string; readonly email: string | null },
): string | null {
  const { min, max } = passwordLength;
  if (password.length < min || password.length > max) return `must have ${min} to ${max} characters`;
  if (userKey(password) === userKey(id)) return 'must not be the user id';
  return email !== null && userKey(password) === userKey(email) ? 'must not be the email address' : null;
}

/** What is hashed: the same password typed on another keyboard may come as other code points (RFC 8265, 4.2). */
export function canonicalPassword(password: string): string {
  return password.normalize('NFC');
}

/** `work`, or a refusal when the hasher has too much to do. */
export async function unlessBusy<T>(work: () => Promise<Result<T>>): Promise<Result<T>> {
  try {
    return await work();
  } catch (error) {
    if (error instanceof HasherBusy) return { ok: false, refusal: busy };
    throw error;
  }
}

const busy: Refusal = refusal(
  'unavailable',
  'Too many passwords are waiting to be checked: try again in a few seconds.',
  { retryAfterSeconds: 5 },
);
