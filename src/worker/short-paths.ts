/**
 * Where files are on the worker's machine is nothing for those who read what became of a job: paths are told from the
 * folder of the program or from `node_modules` on, others by the file's name.
 */
export function withShortPaths(text: string, root = process.cwd()): string {
  return text
    .split(/([\s()'"]+)/)
    .map((word) => shortPath(word, root))
    .join('');
}

function shortPath(word: string, root: string): string {
  const path = (word.startsWith('file://') ? word.slice('file://'.length) : word).replaceAll('\\', '/');
  const isAbsolute = /^(?:\/[^/]+\/|[A-Za-z]:\/|\/[A-Za-z]:\/)/.test(path);
  if (!isAbsolute) return word;
  const folder = `${root.replaceAll('\\', '/')}/`;
  if (path.startsWith(folder)) return path.slice(folder.length);
  const modules = path.lastIndexOf('/node_modules/');
  return modules === -1 ? path.slice(path.lastIndexOf('/') + 1) : path.slice(modules + 1);
}
