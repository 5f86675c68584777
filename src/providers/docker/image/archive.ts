/** The worker image as a file for `docker load`, `ctr image import` and `podman load`: it takes no Docker Engine. */
import { createHash } from 'node:crypto';
import { createReadStream, createWriteStream } from 'node:fs';
import { mkdtemp, rename, rm, stat } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { Transform, type Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { pack, type Headers, type Pack } from 'tar-stream';

/** The configuration of an image, apart from its root file system, in Docker's terms. */
export interface ImageSettings {
  readonly Env: readonly string[];
  readonly User: string;
  readonly WorkingDir: string;
  readonly Entrypoint: readonly string[];
}

interface Layer {
  readonly file: string;
  /** SHA-256. */
  readonly digest: string;
  readonly size: number;
}

/** Names of processors as images have them. */
const architectures: Readonly<Record<string, string>> = { x64: 'amd64', ia32: '386' };

/**
 * Writes the image to `file` (which is replaced only by a complete one) and answers its id, `sha256:…`. `root` is an
 * archive of its files, `tag` its name with a tag.
 */
export async function writeImageArchive(
  { root, settings, tag, file }: {
    readonly root: Readable;
    readonly settings: ImageSettings;
    readonly tag: string;
    readonly file: string;
  },
  signal: AbortSignal,
): Promise<string> {
  const folder = await mkdtemp(join(dirname(file), '.waybill-image-'));
  try {
    const layer = await writeLayer(root, join(folder, 'layer.tar'), signal);
    const config = JSON.stringify(configOf(settings, layer));
    const id = createHash('sha256').update(config).digest('hex');
    const archive = pack();
    const whole = join(folder, 'image.tar');
    await Promise.all([
      pipeline(archive, createWriteStream(whole), { signal }),
      addAll(archive, { id, config, layer, tag }).then(() => archive.finalize(), (error: Error) => {
        archive.destroy(error);
        throw error;
      }),
    ]);
    await rename(whole, file);
    return `sha256:${id}`;
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/** The layer's digest is in the configuration, which comes before it. */
async function writeLayer(root: Readable, file: string, signal: AbortSignal): Promise<Layer> {
  const hash = createHash('sha256');
  const hashing = new Transform({
    transform(chunk: Buffer, _, done) {
      hash.update(chunk);
      done(null, chunk);
    },
  });
  await pipeline(root, hashing, createWriteStream(file), { signal });
  return { file, digest: hash.digest('hex'), size: (await stat(file)).size };
}

function configOf(settings: ImageSettings, { digest }: Layer): object {
  // The same files give the same image, so that nothing of it is a time.
  const created = new Date(0).toISOString();
  return {
    architecture: architectures[process.arch] ?? process.arch, os: 'linux', created, config: settings,
    rootfs: { type: 'layers', diff_ids: [`sha256:${digest}`] },
    history: [{ created, created_by: 'waybill agent image' }],
  };
}

async function addAll(
  archive: Pack,
  { id, config, layer, tag }: { id: string; config: string; layer: Layer; tag: string },
): Promise<void> {
  const [configFile, layerFile] = [`${id}.json`, `${layer.digest}.tar`];
  const manifest = JSON.stringify([{ Config: configFile, RepoTags: [tag], Layers: [layerFile] }]);
  const common = (name: string): Headers => ({ name, mode: 0o644, mtime: new Date(0) });
  archive.entry(common('manifest.json'), manifest);
  archive.entry(common(configFile), config);
  await pipeline(createReadStream(layer.file), archive.entry({ ...common(layerFile), size: layer.size }));
}
