import { accessSync, constants, statSync, writeFileSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import type { Failure } from './failure.ts';

export interface CommandSpec {
  /**
   * A line for the shell if there are neither arguments nor a script; otherwise a program. May be empty with a script.
   */
  readonly command: string;
  readonly arguments: readonly string[];
  /** Empty: none. */
  readonly script: string;
}

export interface CommandLine {
  readonly program: string;
  readonly arguments: readonly string[];
}

/**
 * What to start. A script is written to `scriptFile`, and the command gets it as its first argument, before the others.
 * Without a command, the script is run by the interpreter named in its first line, or by the shell.
 */
export function commandLineOf(
  { command, arguments: args, script }: CommandSpec,
  scriptFile: string,
  path: string,
): CommandLine | Failure {
  if (script !== '') {
    writeFileSync(scriptFile, script, { mode: 0o700 });
    if (command !== '') return { program: command, arguments: [scriptFile, ...args] };
    if (script.startsWith('#!')) return { program: scriptFile, arguments: args };
    return { program: shellIn(path), arguments: [scriptFile, ...args] };
  }
  if (command === '') return { reason: 'VALIDATION_ERROR', message: 'The job has neither a command nor a script.' };
  if (args.length > 0) return { program: command, arguments: args };
  return { program: shellIn(path), arguments: ['-c', command] };
}

/** bash where it is to be found, else sh. */
function shellIn(path: string): string {
  for (const folder of path.split(delimiter)) {
    const file = join(folder, 'bash');
    if (folder !== '' && isProgram(file)) return file;
  }
  return isProgram('/bin/bash') ? '/bin/bash' : '/bin/sh';
}

function isProgram(file: string): boolean {
  try {
    accessSync(file, constants.X_OK);
    return statSync(file).isFile();
  } catch {
    return false;
  }
}

/** What is wrong with a working directory; null: nothing. */
export function folderProblem(folder: string): Failure | null {
  const name = JSON.stringify(folder);
  try {
    if (!statSync(folder).isDirectory()) {
      return { reason: 'FILE_NOT_FOUND', message: `The working directory ${name} is not a directory.` };
    }
    accessSync(folder, constants.X_OK);
    return null;
  } catch (error) {
    if (['EACCES', 'EPERM'].includes((error as NodeJS.ErrnoException).code ?? '')) {
      const message = `The working directory ${name} cannot be entered: permission denied.`;
      return { reason: 'PERMISSION_DENIED', message };
    }
    return { reason: 'FILE_NOT_FOUND', message: `The working directory ${name} does not exist.` };
  }
}
