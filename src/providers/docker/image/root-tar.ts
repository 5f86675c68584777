/** Packs a root file system into a reproducible tar archive: the same files give the same bytes. */
import { createReadStream } from 'node:fs';
import { stat } from 'node:fs/promises';
import { dirname } from 'node:path';
import type { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { pack, type Headers, type Pack } from 'tar-stream';

export type Entry =
  | { readonly type: 'file'; readonly source: string; readonly mode: number }
  | { readonly type: 'text'; readonly text: string }
  | { readonly type: 'symlink'; readonly to: string }
  /** A hard link to a file whose path sorts before this one. */
  | { readonly type: 'link'; readonly to: string }
  | { readonly type: 'directory'; readonly mode: number };

/** Keyed by absolute path. Missing parent directories are added with mode 0755. Errors destroy the stream. */
export function packRoot(entries: ReadonlyMap<string, Entry>): Readable {
  const archive = pack();
  addAll(archive, withFolders(entries)).then(() => archive.finalize(), (error: Error) => archive.destroy(error));
  return archive;
}

function withFolders(entries: ReadonlyMap<string, Entry>): [string, Entry][] {
  const all = new Map(entries);
  for (const path of entries.keys()) {
    for (let folder = dirname(path); folder !== '/'; folder = dirname(folder)) {
      if (!all.has(folder)) all.set(folder, { type: 'directory', mode: 0o755 });
    }
  }
  // By code unit, so that a directory comes before its contents.
  return [...all].sort(([one], [other]) => (one < other ? -1 : 1));
}

async function addAll(archive: Pack, entries: readonly [string, Entry][]): Promise<void> {
  for (const [path, entry] of entries) await add(archive, path.slice(1), entry);
}

async function add(archive: Pack, name: string, entry: Entry): Promise<void> {
  const common: Headers = { name, mtime: new Date(0), uid: 0, gid: 0 };
  if (entry.type === 'file') {
    const { size } = await stat(entry.source);
    return pipeline(createReadStream(entry.source), archive.entry({ ...common, mode: entry.mode, size }));
  }
  await new Promise<void>((resolve, reject) => {
    const done = (error?: Error | null) => (error ? reject(error) : resolve());
    if (entry.type === 'text') archive.entry({ ...common, mode: 0o644 }, entry.text, done);
    else if (entry.type === 'directory') archive.entry({ ...common, type: 'directory', mode: entry.mode }, done);
    else {
      // A hard link's target is a name within the archive.
      const linkname = entry.type === 'link' ? entry.to.slice(1) : entry.to;
      archive.entry({ ...common, type: entry.type, linkname, mode: 0o777 }, done);
    }
  });
}
