import { errorDocument } from '../../src/contract/error-pages.ts';
import { errorCodes } from '../../src/contract/errors.ts';
import { commandSources } from '../../src/main/commands/sources.ts';
import { configurationDocument } from '../../src/main/config/document.ts';
import { cliDocument } from '../../src/transports/cli/document.ts';
import { applyPage } from './apply-page.ts';
import { lifecyclePages } from './lifecycle-pages.ts';
import { limitsPage } from './limits-page.ts';
import { pythonClientFiles } from './python/python-client.ts';
import { routeIndexFile } from './route-index.ts';
import { summariesFile } from './summaries.ts';

/** Every generated file by its path from the root: pages, and what clients in TypeScript and Python have of routes. */
export async function generatedPages(): Promise<Map<string, string>> {
  const listed = await Promise.all(commandSources.map(async (each) => ({ ...each, command: await each.load() })));
  const commands = listed.map(({ command }) => command);
  return new Map([
    ['src/main/client/generated/routes.ts', routeIndexFile()],
    ['src/main/commands/generated/summaries.ts', summariesFile(commands)],
    ...pythonClientFiles(),
    ['docs/cli.md', cliDocument(listed)],
    ['docs/configuration.md', configurationDocument()],
    ['docs/guides/apply.md', applyPage()],
    ['docs/guides/limits.md', limitsPage()],
    ...(await lifecyclePages()),
    ...errorCodes.map((code) => [`docs/errors/${code}.md`, errorDocument(code)] as const),
  ]);
}
