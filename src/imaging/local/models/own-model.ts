import { readFile, stat } from 'node:fs/promises';
import path from 'node:path';
import { described, parseDescription } from './description.ts';
import type { Model, Runtime } from './runtime.ts';
import { createSegmenter, type Segmenter } from './segmenter.ts';

/** What one protobuf message, and one file that Node reads at once, may have at most. */
const MOST_BYTES = 2 ** 31 - 1;
const MOST_DESCRIPTION_BYTES = 65_536;

/**
 * Opens a segmentation model of the user's own, with its description beside it (`FILE.json`) if there is one, and tries
 * it. Throws one sentence that names the file, what is wrong with it and what to do.
 */
export async function openOwnModel(file: string, runtime: Runtime): Promise<{ model: Model; segmenter: Segmenter }> {
  const written = await writtenBeside(`${file}.json`);
  const bytes = await bytesOf(file, MOST_BYTES);
  if (bytes === undefined) throw new Error(`the model ${file} does not exist`);
  let model: Model;
  try {
    model = await runtime.open(bytes);
  } catch (error) {
    const why = firstLine(error);
    const hint = /external|\.data\b/i.test(why) ? '; save it with its weights in the same file' : '';
    throw new Error(`the model ${file} cannot be opened (${runtime.name} runtime): ${why}${hint}`, { cause: error });
  }
  try {
    const segmenter = createSegmenter(model, described(path.parse(file).name, model, written));
    await segmenter.check();
    return { model, segmenter };
  } catch (error) {
    await model.release();
    throw new Error(`the model ${file} ${firstLine(error)} (its description is ${file}.json)`, { cause: error });
  }
}

async function writtenBeside(file: string): Promise<ReturnType<typeof parseDescription>> {
  const bytes = await bytesOf(file, MOST_DESCRIPTION_BYTES);
  if (bytes === undefined) return {};
  try {
    return parseDescription(Buffer.from(bytes).toString('utf8'));
  } catch (error) {
    throw new Error(`the description ${file} ${firstLine(error)}`, { cause: error });
  }
}

/** Undefined when there is no such file. */
async function bytesOf(file: string, most: number): Promise<Uint8Array | undefined> {
  try {
    const { size } = await stat(file);
    if (size > most) throw new Error(`${file} has ${size} bytes, and ${most} can be read`);
    return await readFile(file);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
}

function firstLine(error: unknown): string {
  const [line = ''] = (error instanceof Error ? error.message : String(error)).split('\n');
  return line.slice(0, 300);
}
