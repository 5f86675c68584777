/** The agent: the program in each worker of command jobs. Bundled into one file, which needs nothing but Node. */
import { Agent } from '../kinds/command/worker/agent.ts';
import { hideToken } from '../kinds/command/worker/hidden-token.ts';
import { readSettings, SettingsError } from '../kinds/command/worker/settings.ts';

declare const WAYBILL_VERSION: string | undefined;

void main().then((code) => process.exit(code));

async function main(): Promise<number> {
  // The last lines of its output are what the provider says of its end.
  const report = (message: string): void => void process.stderr.write(`waybill agent: ${message}\n`);
  let agent: Agent;
  try {
    const settings = readSettings(process.env);
    hideToken();
    agent = new Agent(settings, typeof WAYBILL_VERSION === 'string' ? WAYBILL_VERSION : 'development', report);
  } catch (error) {
    report(error instanceof SettingsError ? error.message : `It cannot start: ${(error as Error).message}`);
    return 78;
  }
  // Nothing that it ran may go on without it.
  process.on('uncaughtException', (error) => {
    report(`It failed: ${error.stack ?? error.message}`);
    agent.kill();
    process.exit(70);
  });
  for (const signal of ['SIGTERM', 'SIGINT'] as const) process.on(signal, () => agent.drain(`it got ${signal}`));
  const { isGood, message } = await agent.run();
  if (!isGood) report(message);
  return isGood ? 0 : 1;
}
