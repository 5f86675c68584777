import { openAsBlob } from 'node:fs';
import { readFile, stat } from 'node:fs/promises';
import { basename } from 'node:path';
import type { ClientOf } from '../../../client/index.ts';
import { CommandFailure, exits } from '../../../transports/cli/failure.ts';
import type { CommandRoutes } from './client.ts';
import { relative } from './values.ts';

/** What a job brings in, as `--input` names it. */
export type Input =
  | { readonly type: 'object'; readonly objectKey: string; readonly path: string }
  | { readonly type: 'file'; readonly file: string; readonly size: number; readonly path: string };

/**
 * `FILE`, `FILE:PATH` or `KEY:PATH`: what is a file on this machine is uploaded, anything else is an object's key.
 * Throws CommandFailure when it is neither, UsageProblem for a path that leads out of the work directory.
 */
export async function readInput(text: string): Promise<Input> {
  const whole = await sizeOf(text);
  if (whole !== null) return { type: 'file', file: text, size: whole, path: basename(text) };
  const colon = text.lastIndexOf(':');
  if (colon < 1) throw new CommandFailure(`there is no file ${text}`, exits.noInput);
  const path = relative('--input', text.slice(colon + 1));
  const name = text.slice(0, colon);
  const size = await sizeOf(name);
  if (size !== null) return { type: 'file', file: name, size, path };
  // Keys have folders, and begin with none that is the machine's.
  if (name.includes('/') && !/^[./~]/.test(name)) return { type: 'object', objectKey: name, path };
  throw new CommandFailure(`there is no file ${name}`, exits.noInput);
}

/** Null when there is no such file. */
async function sizeOf(path: string): Promise<number | null> {
  try {
    const found = await stat(path);
    if (found.isFile()) return found.size;
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    if (code === 'ENOENT' || code === 'ENOTDIR' || code === 'ENAMETOOLONG') return null;
    throw new CommandFailure(`cannot read ${message}`, exits.noInput);
  }
  throw new CommandFailure(`${path} is no file`, exits.noInput);
}

/** Uploads those that are files; the job's `inputs`, in order. */
export async function uploadInputs(
  client: ClientOf<CommandRoutes>,
  inputs: readonly Input[],
  signal: AbortSignal,
): Promise<readonly { readonly objectKey: string; readonly path: string }[]> {
  const local = inputs.filter((input) => input.type === 'file');
  const keys = new Map<Input, string>();
  if (local.length > 0) {
    const files = local.map(({ path, size }, index) => ({ path: `${index}/${path}`, size }));
    const targets = await client.createCommandUploads({ body: { files } }, { signal });
    for (const [index, input] of local.entries()) {
      const target = targets.files[index];
      if (target === undefined) throw new CommandFailure(`the server gave no URL for ${input.file}`);
      const type = target.headers['content-type'];
      const options = { signal, ...(type !== undefined && { contentType: type }) };
      await client.upload(target.url, await openAsBlob(input.file), options);
      keys.set(input, target.objectKey);
    }
  }
  return inputs.map((input) => (
    { objectKey: input.type === 'file' ? (keys.get(input) ?? '') : input.objectKey, path: input.path }
  ));
}

/** The text of a file. Throws CommandFailure when it cannot be read, or is none. */
export async function readTextFile(path: string): Promise<string> {
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(await readFile(path));
  } catch (error) {
    const what = error instanceof TypeError ? `${path}: it is no text in UTF-8` : (error as Error).message;
    throw new CommandFailure(`cannot read ${what}`, exits.noInput);
  }
}
