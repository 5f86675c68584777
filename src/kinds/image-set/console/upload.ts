import { signal, type ReadonlySignal } from '@preact/signals';
import { ApiError } from '../../../client/index.ts';
import { keep, kept } from '../../../console/shell/kept.ts';
import { user } from '../../../console/shell/session.ts';
import { failureOf } from '../../../console/server/failure.ts';
import { fromHere } from '../../../console/server/objects.ts';
import { forgetFiles, keepFiles, keptFiles } from './kept-files.ts';
import { photosApi, type CreateBody, type Wishes } from './photos-api.ts';
import { rememberFiles } from './thumbs.ts';

/*
 * One upload at a time, whichever page is open. It is a set that has been created and is not executed yet: what it
 * takes to go on with it (the request that created it, its key, what is uploaded) is kept by the browser. The same
 * request with the same key has the upload URLs signed again.
 */

/** What is kept across a reload. */
interface Kept {
  readonly owner: string;
  readonly key: string;
  readonly body: Omit<CreateBody, 'files'> & { readonly files: readonly FileFacts[] };
  readonly wishes: Wishes;
  readonly uploaded: readonly number[];
}

interface FileFacts {
  readonly name: string;
  readonly contentType: string;
  readonly contentLength: number;
}

export interface UploadedFile {
  readonly name: string;
  readonly size: number;
  /** Null: it has to be chosen again. */
  readonly file: File | null;
  readonly state: 'waiting' | 'uploading' | 'done' | 'failed';
  /** From 0 to 1. */
  readonly share: number;
}

export interface Upload {
  readonly preset: string;
  readonly files: readonly UploadedFile[];
  /** Null while all is well. */
  readonly failure: ApiError | null;
  /** `missing`: files have to be chosen again before it goes on. */
  readonly state: 'uploading' | 'starting' | 'missing' | 'failed';
}

const current = signal<Upload | null>(null);
export const upload: ReadonlySignal<Upload | null> = current;

const atOnce = 3;
const tries = 5;
const keptName = 'photos-upload';
let record: Kept | null = null;
let running: AbortController | null = null;

/** As the server takes it. */
const cleaned = (name: string): string => name.replace(/[\u0000-\u001f\u007f/\\]/g, '_').slice(-255).trim() || 'photo';

/** Creates the set, uploads its photos and executes it. Answers its id; null where it has stopped on the way. */
export async function begin(files: readonly File[], preset: string, wishes: Wishes): Promise<string | null> {
  const facts = files.map(({ name, type, size }) => ({ name: cleaned(name), contentType: type, contentLength: size }));
  const body = { preset, itemCount: files.length, files: facts };
  record = { owner: user.peek()?.userId ?? '', key: crypto.randomUUID(), body, wishes, uploaded: [] };
  current.value = {
    preset, failure: null, state: 'uploading',
    files: files.map((file) => ({ name: file.name, size: file.size, file, state: 'waiting', share: 0 })),
  };
  await keepFiles(files);
  return run();
}

/** After a reload: an upload that had not come to its end. Answers as `begin`. */
export async function resume(): Promise<string | null> {
  if (current.peek() !== null) return null;
  const found = readKept();
  if (found === null || found.owner !== user.peek()?.userId) return null;
  record = found;
  const files = await keptFiles();
  const { preset, files: facts } = found.body;
  current.value = {
    preset, failure: null, state: 'uploading',
    files: facts.map(({ name, contentLength }, idx) => {
      const isDone = found.uploaded.includes(idx);
      const file = files.get(idx) ?? null;
      return { name, size: contentLength, file, state: isDone ? 'done' : 'waiting', share: isDone ? 1 : 0 };
    }),
  };
  return run();
}

/** Files that were chosen again find their places by name and size. Answers as `begin`. */
export function supply(files: readonly File[]): Promise<string | null> {
  const free = [...files];
  const { files: places } = current.peek()!;
  places.forEach(({ name, size, file, state }, idx) => {
    if (file !== null || state === 'done') return;
    const at = free.findIndex((each) => cleaned(each.name) === name && each.size === size);
    if (at !== -1) change(idx, { file: free.splice(at, 1)[0]! });
  });
  return run();
}

/** Goes on after a failure. Answers as `begin`. */
export function goOn(): Promise<string | null> {
  return run();
}

/** Gives the upload up: the set is canceled, and its credits come back. */
export async function giveUp(): Promise<void> {
  running?.abort();
  if (record !== null) {
    const { key, body } = record;
    // Its id, whether or not it was there.
    const { jobId } = await photosApi().createImageSet({ body, idempotencyKey: key });
    const canceled = await photosApi().call('cancelJob', { params: { id: jobId } });
    if (!canceled.ok && canceled.error.code !== 'invalid_state') throw canceled.error;
  }
  forget();
}

function forget(): void {
  record = null;
  running = null;
  current.value = null;
  keep(keptName, null);
  void forgetFiles();
}

async function run(): Promise<string | null> {
  const { files } = current.peek()!;
  if (files.some(({ file, state }) => file === null && state !== 'done')) {
    set({ state: 'missing' });
    return null;
  }
  const { signal: stopped } = (running = new AbortController());
  set({ state: 'uploading', failure: null });
  try {
    const jobId = await all(record!, stopped);
    rememberFiles(jobId, current.peek()!.files.flatMap(({ file }) => (file === null ? [] : [file])));
    forget();
    return jobId;
  } catch (thrown) {
    if (!stopped.aborted) set({ state: 'failed', failure: failureOf(thrown) });
    running?.abort();
    return null;
  }
}

async function all({ key, body, wishes }: Kept, stopped: AbortSignal): Promise<string> {
  store();
  const created = await photosApi().createImageSet({ body, idempotencyKey: key }, { signal: stopped }).catch(refused);
  const { jobId, urls } = created;
  const params = { id: jobId };
  const { status } = await photosApi().getJob({ params }, { signal: stopped });
  if (status === 'created') {
    await uploadAll(urls, stopped);
    set({ state: 'starting' });
    const totalItems = body.files.length;
    const confirm = { params, body: { totalItems, verify: true, execute: wishes } };
    const confirmed = await photosApi().call('confirmUpload', confirm, { signal: stopped });
    // What is told to be missing is uploaded again, once.
    if (!confirmed.ok && confirmed.error.code === 'missing_uploads') {
      for (const idx of missingOf(confirmed.error)) change(idx, { state: 'waiting', share: 0 });
      await uploadAll(urls, stopped);
      await photosApi().confirmUpload(confirm, { signal: stopped });
    } else if (!confirmed.ok) throw confirmed.error;
  }
  // Confirmed by a page that was closed before it executed it.
  if (status === 'uploaded') {
    set({ state: 'starting' });
    await photosApi().executeImageSet({ params, body: wishes }, { signal: stopped });
  }
  return jobId;
}

/** Nothing was made: there is nothing to go on with after a reload. */
function refused(error: unknown): never {
  if (error instanceof ApiError && error.status >= 400 && error.status < 500) keep(keptName, null);
  throw error;
}

function missingOf({ details: { missing } }: ApiError): readonly number[] {
  return Array.isArray(missing) ? missing.filter((idx) => typeof idx === 'number') : [];
}

async function uploadAll(urls: readonly { readonly idx: number; readonly url: string }[], stopped: AbortSignal) {
  const waiting = urls.filter(({ idx }) => current.peek()!.files[idx]?.state !== 'done');
  const failed = new AbortController();
  const signal = AbortSignal.any([stopped, failed.signal]);
  await Promise.all(Array.from({ length: atOnce }, async () => {
    for (let next = waiting.shift(); next !== undefined; next = waiting.shift()) {
      signal.throwIfAborted();
      const { idx, url } = next;
      try {
        await uploadOne(idx, fromHere(url), signal);
      } catch (error) {
        if (!signal.aborted) change(idx, { state: 'failed' });
        failed.abort(error);
        throw error;
      }
    }
  }));
}

async function uploadOne(idx: number, url: string, signal: AbortSignal): Promise<void> {
  const { file } = current.peek()!.files[idx]!;
  for (let tried = 1; ; tried++) {
    change(idx, { state: 'uploading', share: 0 });
    try {
      await put(url, file!, signal, (share) => change(idx, { share }));
      break;
    } catch (error) {
      if (signal.aborted || tried === tries || !(error instanceof ApiError && isWorthAnother(error))) throw error;
      await new Promise((resolve) => setTimeout(resolve, 500 * 2 ** tried));
      signal.throwIfAborted();
    }
  }
  change(idx, { state: 'done', share: 1 });
  record = record && { ...record, uploaded: [...record.uploaded, idx] };
  store();
}

function isWorthAnother({ code, status }: ApiError): boolean {
  return code === 'network' || status === 408 || status === 429 || status >= 500;
}

/** By a request that tells how far it is, which fetch does not. */
function put(url: string, file: File, signal: AbortSignal, onShare: (share: number) => void): Promise<void> {
  return new Promise((resolve, reject) => {
    const request = new XMLHttpRequest();
    const stop = (): void => request.abort();
    signal.addEventListener('abort', stop, { once: true });
    request.upload.onprogress = ({ loaded, total }) => onShare(total === 0 ? 0 : loaded / total);
    request.onload = () => {
      if (request.status >= 200 && request.status < 300) return resolve();
      const code = request.status >= 500 || request.status === 429 ? 'unavailable' : 'conflict';
      reject(new ApiError(code, `${file.name}: the storage answered ${request.status}.`, { status: request.status }));
    };
    request.onerror = () => reject(new ApiError('network', `${file.name}: the connection broke.`));
    request.onabort = () => reject(new ApiError('aborted', `${file.name}: the upload was stopped.`));
    request.onloadend = () => signal.removeEventListener('abort', stop);
    request.open('PUT', url);
    request.setRequestHeader('content-type', file.type);
    request.send(file);
  });
}

function set(changes: Partial<Upload>): void {
  if (current.peek() !== null) current.value = { ...current.peek()!, ...changes };
}

function change(idx: number, changes: Partial<UploadedFile>): void {
  const { files } = current.peek() ?? { files: [] };
  if (files[idx] === undefined) return;
  set({ files: files.map((each, at) => (at === idx ? { ...each, ...changes } : each)) });
}

function store(): void {
  if (record !== null) keep(keptName, JSON.stringify(record));
}

function readKept(): Kept | null {
  try {
    return JSON.parse(kept(keptName) ?? 'null') as Kept | null;
  } catch {
    return null;
  }
}
