import { createRestyler, type Restyler } from '../../src/imaging/local/index.ts';
import { createRuntime } from './remembered-runtime.ts';

/**
 * A restyler for tests of what is done with the models' answers: each answer, about 2 s of one core, is computed once.
 * Its time limit leaves room for a machine that has much else to do.
 */
export async function createRememberingRestyler(): Promise<Restyler> {
  return createRestyler({ runtime: await createRuntime(), timeoutMs: 600_000 });
}

/** As NODE_OPTIONS of a program whose restyling shall remember too. */
export const rememberingPrograms = `--import=${new URL('./remembering.mjs', import.meta.url).href}`;
