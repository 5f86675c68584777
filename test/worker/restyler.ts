import { existsSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setImmediate as immediate } from 'node:timers/promises';
import type { Restyle } from '../../src/kinds/image-set/worker/restyle.ts';
import { prefixing } from './restyling.ts';

/**
 * A restyler for the restyling process that does what the photo says. `WAYBILL_TEST_FOLDER` is where it and
 * the test see each other's files.
 */
export default function createRestyler(): { readonly restyle: Restyle } {
  const folder = process.env['WAYBILL_TEST_FOLDER'] ?? '';
  const at = (name: string): string => join(folder, name);
  return {
    restyle: async (input) => {
      const [word = '', name = ''] = Buffer.from(input.image).toString().split(' ');
      if (word === 'exit' && once(at(name))) process.exit(7);
      if (word === 'crash') process.abort();
      // Blocks it without end. A loop would do the same, and take a core from the other tests.
      if (word === 'loop') Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0);
      if (word === 'eat') for (const eaten: Buffer[] = []; ; await immediate()) eaten.push(Buffer.alloc(16_777_216, 1));
      if (word === 'break' && once(at(name))) {
        setImmediate(() => {
          throw new Error('broken outside of any promise');
        });
        await new Promise(() => {});
      }
      if (word === 'hang') {
        writeFileSync(at('hanging'), '');
        await new Promise(() => {});
      }
      // Blocks the whole process, as inference does, until the test has seen it and says go on.
      if (word === 'block') {
        writeFileSync(at('blocked.new'), '');
        renameSync(at('blocked.new'), at('blocked'));
        while (!existsSync(at('go'))) Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 5);
      }
      return prefixing(input);
    },
  };
}

/** True the first time that it is asked for this file, in whichever process. */
function once(file: string): boolean {
  if (existsSync(file)) return false;
  writeFileSync(file, '');
  return true;
}
