/** A root file system as a tar archive that is the same, byte for byte, whenever it is made of the same files. */
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
  /** Another name for a file that comes earlier in the order of paths. */
  | { readonly type: 'link'; readonly to: string }
  | { readonly type: 'directory'; readonly mode: number };

/** By absolute path; folders that are not named are added with mode 0755. Errors end the stream. */
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
  // In the order of their code units: a folder comes before what is in it.
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
      // A hard link's target is a name of the archive.
      const linkname = entry.type === 'link' ? entry.to.slice(1) : entry.to;
      archive.entry({ ...common, type: entry.type, linkname, mode: 0o777 }, done);
    }
  });
}
