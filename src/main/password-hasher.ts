import { randomBytes, scrypt, timingSafeEqual, type ScryptOptions } from 'node:crypto';
import { HasherBusy, type PasswordHasher } from '../ports/password-hasher.ts';

export interface PasswordHasherOptions {
  /** Binary logarithm of scrypt's cost N. 4 to 18; each one more doubles time and memory. */
  readonly logN?: number;
  /** scrypt's p: so many times, one after the other. 1 to 4. */
  readonly p?: number;
  /** Hashes at once. Each takes a thread of Node's pool of 4 and 128 · N · r bytes. */
  readonly atOnce?: number;
  /** Those that wait beyond this are refused. */
  readonly maxWaiting?: number;
}

/**
 * scrypt with N = 2^17, r = 8, p = 1, as OWASP's Password Storage Cheat Sheet has it: 128 MiB, and 300 ms on a core of
 * 2.5 GHz. Two at once take 256 MiB and leave half of Node's threads to files and names. With 32 waiting the last one
 * waits for about 5 s.
 */
const defaults = { logN: 17, p: 1, atOnce: 2, maxWaiting: 32 } as const;
const r = 8;
const saltBytes = 16;
const hashBytes = 32;

/** Stores `$scrypt$ln=17,r=8,p=1$salt$hash`, both in base64 without padding, as the PHC string format has it. */
export function createPasswordHasher(options: PasswordHasherOptions = {}): PasswordHasher {
  const { logN, p, atOnce, maxWaiting } = { ...defaults, ...options };
  const inTurn = createTurns(atOnce, maxWaiting);
  const write = (salt: Buffer, hash: Buffer): string =>
    `$scrypt$ln=${logN},r=${r},p=${p}$${base64(salt)}$${base64(hash)}`;
  return {
    decoy: write(randomBytes(saltBytes), randomBytes(hashBytes)),
    hash: async (password) => {
      const salt = randomBytes(saltBytes);
      return write(salt, await inTurn(() => derive(password, salt, { logN, r, p })));
    },
    verify: async (password, stored) => {
      const known = parse(stored);
      if (known === null) return false;
      const hash = await inTurn(() => derive(password, known.salt, known));
      return timingSafeEqual(hash, known.hash);
    },
  };
}

interface Cost {
  readonly logN: number;
  readonly r: number;
  readonly p: number;
}

function derive(password: string, salt: Buffer, { logN, r, p }: Cost): Promise<Buffer> {
  // What OpenSSL takes is a little more than the 128 · N · r bytes of the algorithm's table.
  const options: ScryptOptions = { N: 2 ** logN, r, p, maxmem: 128 * 2 ** logN * r + 128 * r * p + 1024 ** 2 };
  return new Promise((resolve, reject) => {
    scrypt(password, salt, hashBytes, options, (error, hash) => (error === null ? resolve(hash) : reject(error)));
  });
}

const written = /^\$scrypt\$ln=(\d{1,2}),r=(\d{1,2}),p=(\d{1,2})\$([A-Za-z0-9+/]{22})\$([A-Za-z0-9+/]{43})$/;

/** Null when it is none of ours, or costs more than we would ever have asked for. */
function parse(stored: string): (Cost & { readonly salt: Buffer; readonly hash: Buffer }) | null {
  const match = written.exec(stored);
  if (match === null) return null;
  const [, logN, r, p, salt = '', hash = ''] = match;
  const cost = { logN: Number(logN), r: Number(r), p: Number(p) };
  if (cost.logN < 1 || cost.logN > 18 || cost.r < 1 || cost.r > 8 || cost.p < 1 || cost.p > 4) return null;
  return { ...cost, salt: Buffer.from(salt, 'base64'), hash: Buffer.from(hash, 'base64') };
}

function base64(bytes: Buffer): string {
  return bytes.toString('base64').replaceAll('=', '');
}

/** Runs `atOnce` at most, the others in the order they came; rejects with `HasherBusy` when too many wait. */
function createTurns(atOnce: number, maxWaiting: number): <T>(work: () => Promise<T>) => Promise<T> {
  let running = 0;
  const waiting: (() => void)[] = [];
  return async (work) => {
    if (running >= atOnce) {
      if (waiting.length >= maxWaiting) throw new HasherBusy('too many passwords are waiting to be checked');
      // Whoever ends hands its place on, so that nobody who comes in between takes it.
      await new Promise<void>((resolve) => waiting.push(resolve));
    } else running += 1;
    try {
      return await work();
    } finally {
      const next = waiting.shift();
      if (next === undefined) running -= 1;
      else next();
    }
  };
}
