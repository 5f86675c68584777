import { resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { handlersOf, inputSchemasOf, isDefinition, isHandledTask } from '../../../kinds/task/typed/definition.ts';
import type { Handlers } from '../../../kinds/task/typed/handler.ts';
import { messageOf } from '../../../worker/thrown.ts';

export interface LoadedHandlers {
  readonly handlers: Handlers;
  /** Of typed tasks, by type. */
  readonly inputSchemas: ReturnType<typeof inputSchemasOf>;
}

/**
 * The handlers that a module has, by task type: those of its default export, of its export `handlers` or of all its
 * exports. Each of these is a function by its type, or what `defineTask(…).handle(…)` gives, by whatever name; or there
 * is a list of the latter.
 *
 * @throws {Error} with what is wrong, in a sentence
 */
export async function loadHandlers(path: string): Promise<LoadedHandlers> {
  let module: Readonly<Record<string, unknown>>;
  try {
    module = (await import(pathToFileURL(resolve(path)).href)) as typeof module;
  } catch (error) {
    throw new Error(`${path} cannot be loaded: ${messageOf(error)}`, { cause: error });
  }
  const found = entriesOf(path, module);
  const tasks = found.flatMap(([, value]) => (isHandledTask(value) ? [value] : []));
  const others = found.filter(([, value]) => !isHandledTask(value));
  if (found.length === 0) throw new Error(`${path} exports no handlers`);
  const [odd] = others.filter(([, handler]) => typeof handler !== 'function');
  if (odd !== undefined) throw new Error(`${path} exports ${oddity(odd)}`);
  try {
    return {
      handlers: handlersOf(Object.fromEntries(others) as Handlers, tasks), inputSchemas: inputSchemasOf(tasks),
    };
  } catch (error) {
    throw new Error(`${path}: ${messageOf(error)}`, { cause: error });
  }
}

function oddity([name, value]: readonly [string, unknown]): string {
  const isWrong = isDefinition(value) ? 'has no handler: give it one with .handle(…)' : 'is not a function';
  return `${name}, which ${isWrong}`;
}

function entriesOf(path: string, module: Readonly<Record<string, unknown>>): readonly [string, unknown][] {
  try {
    const { default: standard, handlers = standard } = module;
    if (isHandledTask(handlers)) return [['default', handlers]];
    if (typeof handlers === 'object' && handlers !== null) return Object.entries(handlers);
    // Beside their handlers a module may export the definitions, for those who submit such tasks.
    return handlers === undefined ? Object.entries(module).filter(([, value]) => !isDefinition(value)) : [];
  } catch (error) {
    throw new Error(`the handlers in ${path} cannot be read: ${messageOf(error)}`, { cause: error });
  }
}
