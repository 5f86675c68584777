import { errorDocument } from '../../src/contract/error-pages.ts';
import { errorCodes } from '../../src/contract/errors.ts';
import { serverCommands } from '../../src/main/commands/commands.ts';
import { configurationDocument } from '../../src/main/config/document.ts';
import { clientCommands } from '../../src/main/commands/client-commands.ts';
import { cliDocument } from '../../src/transports/cli/document.ts';
import { lifecyclePages } from './lifecycle-pages.ts';

/** Every page that is made from the code, under its path from the root, as it has to be. */
export async function generatedPages(): Promise<Map<string, string>> {
  const commands = await Promise.all([...serverCommands, ...clientCommands].map((entry) => entry.load()));
  return new Map([
    ['docs/cli.md', cliDocument(commands)],
    ['docs/configuration.md', configurationDocument()],
    ...(await lifecyclePages()),
    ...errorCodes.map((code) => [`docs/errors/${code}.md`, errorDocument(code)] as const),
  ]);
}
