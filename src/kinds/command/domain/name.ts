const maxLength = 200;

/** Of a job that was given none: its program without the folders, such as `make` for `FOO=1 /usr/bin/make all`. */
export function defaultName(command: string): string {
  const words = command.trim().split(/\s+/);
  const program = words.find((word) => !/^[A-Za-z_][A-Za-z0-9_]*=/.test(word)) ?? words[0] ?? '';
  const name = (program.split('/').findLast((part) => part !== '') ?? '').replace(/[\u0000-\u001f\u007f]/g, '');
  return name.slice(0, maxLength).toWellFormed() || 'script';
}
