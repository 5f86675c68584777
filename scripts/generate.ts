/** `npm run generate`: formats the protos, and writes the code that is made of them (src/contract/proto/generated). */
import { fileURLToPath } from 'node:url';
import { bufProgram, bufEnvironment } from './proto/buf.ts';
import { run } from './run-program.ts';

const root = fileURLToPath(new URL('..', import.meta.url));

for (const args of [['format', '--write'], ['lint'], ['generate']]) {
  const status = await run(process.execPath, [bufProgram(root), ...args], root, bufEnvironment(root));
  if (status !== 0) process.exit(status);
}
