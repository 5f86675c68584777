import { resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import type { Handlers } from '../../../kinds/task/worker/index.ts';
import { messageOf } from '../../../worker/thrown.ts';

/**
 * The handlers that a module has: its default export, its export `handlers`, or all its exports that are functions,
 * by task type.
 *
 * @throws {Error} with what is wrong, in a sentence
 */
export async function loadHandlers(path: string): Promise<Handlers> {
  let module: Readonly<Record<string, unknown>>;
  try {
    module = (await import(pathToFileURL(resolve(path)).href)) as typeof module;
  } catch (error) {
    throw new Error(`${path} cannot be loaded: ${messageOf(error)}`, { cause: error });
  }
  const found = entriesOf(path, module);
  if (found.length === 0) throw new Error(`${path} exports no handlers`);
  const [odd] = found.filter(([, handler]) => typeof handler !== 'function');
  if (odd !== undefined) throw new Error(`${path} exports ${odd[0]}, which is not a function, as a handler`);
  return Object.fromEntries(found) as Handlers;
}

function entriesOf(path: string, module: Readonly<Record<string, unknown>>): readonly [string, unknown][] {
  try {
    const { default: standard, handlers = standard ?? module } = module;
    return Object.entries(typeof handlers === 'object' && handlers !== null ? handlers : {});
  } catch (error) {
    throw new Error(`the handlers in ${path} cannot be read: ${messageOf(error)}`, { cause: error });
  }
}
