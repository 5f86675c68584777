import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { open } from 'node:fs/promises';
import { createInterface } from 'node:readline';

/** One line of the list: a path with slashes, relative to the backup. */
export interface Sum {
  readonly path: string;
  readonly sha256: string;
}

export interface SumsWriter {
  add(sum: Sum): Promise<void>;
  /** Syncs and closes the list, and gives its own hash. */
  finish(): Promise<{ readonly sha256: string; readonly files: number }>;
  /** Closes it as it is. */
  abandon(): Promise<void>;
}

const flushedChars = 256 * 1024;

export async function writeSums(path: string): Promise<SumsWriter> {
  const file = await open(path, 'wx', 0o600);
  const hash = createHash('sha256');
  let pending = '';
  let files = 0;
  const flush = async (): Promise<void> => {
    hash.update(pending);
    await file.writeFile(pending);
    pending = '';
  };
  return {
    async add({ path: of, sha256 }) {
      pending += `${sha256}  ${of}\n`;
      files += 1;
      if (pending.length > flushedChars) await flush();
    },
    async finish() {
      await flush();
      await file.sync();
      await file.close();
      return { sha256: hash.digest('hex'), files };
    },
    abandon: () => file.close(),
  };
}

/** The lines in their order. What is no line of such a list ends it with an error. */
export async function* readSums(path: string): AsyncGenerator<Sum> {
  const lines = createInterface({ input: createReadStream(path, 'utf8'), crlfDelay: Infinity });
  for await (const line of lines) {
    const [, sha256, of] = /^([0-9a-f]{64}) {2}(.+)$/.exec(line) ?? [];
    if (sha256 === undefined || of === undefined || !isBelow(of)) throw new Error(`${path} has a line that is none`);
    yield { path: of, sha256 };
  }
}

function isBelow(path: string): boolean {
  return path.split('/').every((segment) => segment !== '' && segment !== '.' && segment !== '..');
}
