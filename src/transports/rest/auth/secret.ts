const utf8 = new TextEncoder();
const maxLength = 1_000;

/**
 * Whether a secret is one of ours; several are valid while one takes over from another, and with none
 * every secret is wrong. The time it takes depends on what was sent, never on how much of it is right.
 */
export function createSecretCheck(secrets: readonly string[]): (given: string | null) => boolean {
  if (secrets.includes('')) throw new Error('A worker secret must not be empty.');
  const expected = secrets.map((secret) => utf8.encode(secret));
  return (given) => {
    if (given === null || given.length > maxLength) return false;
    const bytes = utf8.encode(given);
    let right = 0;
    for (const secret of expected) right |= differences(bytes, secret) === 0 ? 1 : 0;
    return right === 1;
  };
}

function differences(given: Uint8Array, secret: Uint8Array): number {
  let different = given.length ^ secret.length;
  for (let at = 0; at < given.length; at++) different |= given[at]! ^ secret[at % secret.length]!;
  return different;
}
