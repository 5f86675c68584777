import { ok, refuse, type Result } from '../../../domain/errors.ts';
import type { DerivativeFormat } from '../../../domain/scene.ts';
import type { Dependencies } from '../../../application/dependencies.ts';
import { readObject } from '../../../application/objects/read-object.ts';
import type { RequestContext } from '../../../application/request.ts';
import type { ObjectStore } from '../../../ports/object-store.ts';
import { StudioFailure, type Studio } from '../../../ports/studio.ts';
import { cutOutKey, derivativeKey, manifestKey } from '../domain/keys.ts';
import type { ProductImageFields, ProductImageJob } from '../domain/types.ts';
import { seenImage } from './reports.ts';

export interface WantedDerivatives {
  /** In pixels, 100 to 2,048, each once. */
  readonly widths: readonly number[];
  readonly formats: readonly DerivativeFormat[];
  /** The composites if left out. */
  readonly of?: readonly ('composites' | 'cutout')[];
}

/** As the manifest has it. */
export interface DerivativeEntry {
  readonly key: string;
  /** Key of the picture that it was made of. */
  readonly of: string;
  /** When that was written; a later one is another picture. Milliseconds since 1970. */
  readonly ofModifiedAt: number;
  /** That was asked for; a picture that is narrower keeps its own width. */
  readonly wanted: number;
  readonly width: number;
  readonly height: number;
  readonly format: DerivativeFormat;
  readonly bytes: number;
}

export interface Derivatives {
  readonly manifestKey: string;
  readonly manifestUrl: string;
  /** That were not there before. */
  readonly made: number;
  /** Of what was asked for. */
  readonly derivatives: readonly (DerivativeEntry & { readonly url: string })[];
}

/** Of one request: what takes a server two minutes. */
const mostDerivatives = 200;
const mostMegapixels = 120;

const extensions: Readonly<Record<DerivativeFormat, string>> = { jpeg: 'jpg', png: 'png', webp: 'webp', avif: 'avif' };

type Deps = Pick<Dependencies, 'store' | 'kinds' | 'objects' | 'settings'> & { readonly studio: Studio };
export type MakeDerivatives = (
  context: RequestContext,
  jobId: string,
  wanted: WantedDerivatives,
  signal: AbortSignal,
) => Promise<Result<Derivatives>>;

/**
 * Makes what is not there yet, and keeps a manifest of all that there is. What a request that broke off has made stays,
 * and the next one goes on from there.
 */
export function createDerivatives(deps: Deps): MakeDerivatives {
  const underWay = new Set<string>();
  return async (context, jobId, wanted, signal) => {
    const found = await seenImage(deps, context, jobId);
    if (!found.ok) return found;
    const sources = await sourcesOf(deps, found.value, wanted);
    if (!sources.ok) return sources;
    const tooMuch = excess(sources.value.length, wanted);
    if (tooMuch !== null) return refuse('invalid_request', tooMuch, { fields: { widths: tooMuch } });
    if (underWay.has(jobId)) {
      return refuse('unavailable', 'Derivatives of this job are being made already: try again in some seconds.');
    }
    underWay.add(jobId);
    try {
      return ok(await make(deps, found.value.fields, sources.value, wanted, signal));
    } catch (error) {
      if (!(error instanceof StudioFailure)) throw error;
      return refuse(error.code === 'COMPOSITE_FAILED' ? 'unavailable' : 'conflict', error.message);
    } finally {
      underWay.delete(jobId);
    }
  };
}

interface Source {
  readonly key: string;
  readonly modifiedAt: number;
}

async function sourcesOf(
  { objects }: Deps,
  { state, fields }: ProductImageJob,
  { of = ['composites'] }: WantedDerivatives,
): Promise<Result<readonly Source[]>> {
  if (fields.compositeKeys === null) {
    return refuse('conflict', `The job is ${state} and has no composites yet: ask again when it has.`, { state });
  }
  const keys = [
    ...(of.includes('composites') ? fields.compositeKeys : []), ...(of.includes('cutout') ? [cutOutKey(fields)] : []),
  ];
  const sources: Source[] = [];
  for (const key of new Set(keys)) {
    const info = await objects.head(key);
    if (info === null) {
      return refuse('conflict', `There is no object ${key}: store it before its derivatives are made.`);
    }
    sources.push({ key, modifiedAt: info.modifiedAt });
  }
  return ok(sources);
}

function excess(sources: number, { widths, formats }: WantedDerivatives): string | null {
  const count = sources * widths.length * formats.length;
  if (count > mostDerivatives) return `These are ${count} pictures, and ${mostDerivatives} is the most at once.`;
  const pixels = widths.reduce((sum, width) => sum + width * width, 0) * sources * formats.length;
  if (pixels <= mostMegapixels * 1e6) return null;
  return `These are some ${Math.round(pixels / 1e6)} megapixels, and ${mostMegapixels} is the most at once.`;
}

async function make(
  deps: Deps,
  fields: ProductImageFields,
  sources: readonly Source[],
  { widths, formats }: WantedDerivatives,
  signal: AbortSignal,
): Promise<Derivatives> {
  const { objects, settings } = deps;
  const manifest = manifestKey(fields);
  const entries = new Map((await readManifest(objects, manifest)).map((entry) => [entry.key, entry]));
  const asked: string[] = [];
  let made = 0;
  for (const [at, source] of sources.entries()) {
    const missing: (Wanted & { readonly key: string })[] = [];
    for (const format of formats) {
      for (const width of widths) {
        const key = derivativeKey(fields, source.key, at, width, extensions[format]);
        asked.push(key);
        const { of, ofModifiedAt } = entries.get(key) ?? {};
        if (of !== source.key || ofModifiedAt !== source.modifiedAt) missing.push({ key, width, format });
      }
    }
    if (missing.length === 0) continue;
    for (const entry of await makeOf(deps, source, missing, signal)) entries.set(entry.key, entry);
    made += missing.length;
    await writeManifest(objects, manifest, fields, [...entries.values()]);
  }
  const expiresInSeconds = settings.resultUrlSeconds;
  const url = (key: string): Promise<string> => objects.presignGet(key, { expiresInSeconds });
  const derivatives = await Promise.all(asked.map(async (key) => ({ ...entries.get(key)!, url: await url(key) })));
  return { manifestKey: manifest, manifestUrl: await url(manifest), made, derivatives };
}

interface Wanted {
  readonly width: number;
  readonly format: DerivativeFormat;
}

async function makeOf(
  { objects, studio }: Deps,
  source: Source,
  missing: readonly (Wanted & { readonly key: string })[],
  signal: AbortSignal,
): Promise<readonly DerivativeEntry[]> {
  const picture = await readObject(objects, source.key);
  // It was there when its head was read: the job is being pruned meanwhile.
  if (picture === null) throw new StudioFailure('COMPOSITE_FAILED', `The object ${source.key} is gone: try again.`);
  const entries: DerivativeEntry[] = [];
  // One format at a time: a call has its time limit, and AVIF takes some seconds for each picture.
  for (const format of new Set(missing.map((one) => one.format))) {
    const wanted = missing.filter((one) => one.format === format);
    const pictures = await studio.derive({ picture, wanted }, signal);
    for (const [at, { bytes, width, height }] of pictures.entries()) {
      const { key, width: asked } = wanted[at]!;
      await objects.put(key, bytes, { contentType: `image/${format}` });
      entries.push({
        key, of: source.key, ofModifiedAt: source.modifiedAt, wanted: asked, width, height, format, bytes: bytes.length,
      });
    }
  }
  return entries;
}

async function readManifest(objects: ObjectStore, key: string): Promise<readonly DerivativeEntry[]> {
  const bytes = await readObject(objects, key);
  if (bytes === null) return [];
  return (JSON.parse(new TextDecoder().decode(bytes)) as { derivatives: readonly DerivativeEntry[] }).derivatives;
}

function writeManifest(
  objects: ObjectStore,
  key: string,
  { sku, imageSha256, theme }: ProductImageFields,
  derivatives: readonly DerivativeEntry[],
): Promise<void> {
  const json = JSON.stringify({ sku, imageSha256, theme, derivatives }, null, 1);
  return objects.put(key, new TextEncoder().encode(`${json}\n`), { contentType: 'application/json' });
}
