/*
 * The files of an upload, kept by the browser until it is over, so that it goes on after a reload. Bounded: those of
 * the latest upload only, up to so many bytes. Where a browser does not keep them, they are chosen again.
 */

const mostBytes = 500 * 2 ** 20;

export async function keepFiles(files: readonly File[]): Promise<void> {
  const total = files.reduce((sum, { size }) => sum + size, 0);
  await inStore((store) => {
    store.clear();
    if (total <= mostBytes) files.forEach((file, idx) => store.put(file, idx));
  });
}

/** By their places; none where they were not kept. */
export async function keptFiles(): Promise<ReadonlyMap<number, File>> {
  const found = new Map<number, File>();
  await inStore((store) => {
    store.openCursor().onsuccess = ({ target }) => {
      const cursor = (target as IDBRequest<IDBCursorWithValue | null>).result;
      if (cursor === null) return;
      if (cursor.value instanceof File) found.set(Number(cursor.key), cursor.value);
      cursor.continue();
    };
  });
  return found;
}

export function forgetFiles(): Promise<void> {
  return inStore((store) => void store.clear());
}

/** Nothing depends on it: a browser that refuses is as one that has forgotten. */
async function inStore(use: (store: IDBObjectStore) => void): Promise<void> {
  try {
    const database = await new Promise<IDBDatabase>((resolve, reject) => {
      const opening = indexedDB.open('waybill-upload', 1);
      opening.onupgradeneeded = () => void opening.result.createObjectStore('files');
      opening.onsuccess = () => resolve(opening.result);
      opening.onerror = () => reject(opening.error);
    });
    try {
      await new Promise<void>((resolve, reject) => {
        const transaction = database.transaction('files', 'readwrite');
        transaction.oncomplete = () => resolve();
        transaction.onabort = () => reject(transaction.error);
        use(transaction.objectStore('files'));
      });
    } finally {
      database.close();
    }
  } catch (error) {
    console.debug('the browser keeps no files', error);
  }
}
