import { makeZip, predictLength } from 'client-zip';
import type { FileAnswer } from '../../../transports/rest/file-answer.ts';
import type { ResultFiles } from '../application/results.ts';
import { numbered, safeStem, type ResultName } from '../contract/result-names.ts';

type Delivered = ResultFiles['delivered'][number];

/**
 * All results as one ZIP, under the names of their photos. Pictures are stored as they are: they are compressed
 * already, and the length is known before any of them is read. One is read at a time, as fast as the client takes it.
 */
export function archiveOf({ jobId, delivered, failed }: ResultFiles, gone: AbortSignal): FileAnswer {
  const names = numbered(delivered.map(wantedName));
  const files = delivered.map((file, at) => ({ file, name: names[at]!, lastModified: new Date(file.recordedAt) }));
  const notes = failed.length === 0 ? null : new TextEncoder().encode(failed.map(noteOf).join(''));
  const latest = new Date(Math.max(...delivered.map(({ recordedAt }) => recordedAt)));
  const note = notes === null ? [] : [{ name: 'failed.txt', input: notes, lastModified: latest }];
  const sizes = files.map(({ file: { size }, ...meta }) => ({ ...meta, size }));
  const parts = async function* (): AsyncGenerator<Uint8Array> {
    const reading = new Reading(gone);
    const entries = files.map(({ file, ...meta }) => ({ ...meta, input: reading.of(file) }));
    try {
      yield* makeZip([...entries, ...note]);
    } finally {
      await reading.stop();
    }
  };
  return { name: `photos-${jobId}.zip`, bytes: Number(predictLength([...sizes, ...note])), parts: parts() };
}

/** What is read at the moment. The archive does not end it by itself when nobody wants the rest. */
class Reading {
  #reader: ReadableStreamDefaultReader<Uint8Array> | null = null;
  readonly #gone: AbortSignal;
  readonly #onGone = (): void => void this.stop();

  constructor(gone: AbortSignal) {
    this.#gone = gone;
    gone.addEventListener('abort', this.#onGone);
  }

  async *of({ read }: Delivered): AsyncGenerator<Uint8Array> {
    this.#gone.throwIfAborted();
    const reader = (await read()).getReader();
    this.#reader = reader;
    for (;;) {
      const { done, value } = await reader.read();
      this.#gone.throwIfAborted();
      if (done) return;
      yield value;
    }
  }

  async stop(): Promise<void> {
    this.#gone.removeEventListener('abort', this.#onGone);
    await this.#reader?.cancel().catch(() => {});
  }
}

/** Not to be had in names on Windows; slashes are nowhere. */
const unsafe = /[<>:"|?*]/g;

function wantedName({ idx, name, key }: Delivered): ResultName {
  const extension = /\.\w{1,10}$/.exec(key)?.[0] ?? '';
  const stem = name.replace(unsafe, '_').replace(/(?<=.)\.[^.]*$/, '');
  return { stem: stem === '' ? `photo-${idx + 1}` : safeStem(stem), extension };
}

function noteOf({ idx, name, error }: ResultFiles['failed'][number]): string {
  return `${name === '' ? `photo-${idx + 1}` : name}: ${error.replace(/\s+/g, ' ')}\n`;
}
