import { delimiter, join } from 'node:path';

/** Buf's own launcher, to be run by Node. */
export function bufProgram(root: string): string {
  return join(root, 'node_modules/@bufbuild/buf/bin/buf');
}

/** Buf starts its plugins by their names. */
export function bufEnvironment(root: string): Record<string, string> {
  return { PATH: `${join(root, 'node_modules/.bin')}${delimiter}${process.env['PATH'] ?? ''}` };
}
