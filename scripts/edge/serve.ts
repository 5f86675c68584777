/** The local Worker until whoever started this process has gone, or disconnects: see apart.ts. */
import { logText } from '../../src/main/node/log-text.ts';
import type { Started } from './apart.ts';
import { isTaken, startLocalEdge, workerSocket, type LocalEdge, type LocalEdgeOptions } from './local.ts';

const options = JSON.parse(process.argv[2] ?? '{}') as Omit<LocalEdgeOptions, 'onLine'>;
let starting: Promise<LocalEdge> | undefined;
process.once('disconnect', () => {
  void starting?.then((edge) => edge.stop()).finally(() => process.exit());
});

const asText = logText(true);

/** At a terminal as the server on Node shows it. */
function show(line: string): void {
  const { isTTY } = process.stdout;
  process.stdout.write(`${isTTY && /^{"time":/.test(line) ? asText(JSON.parse(line)) : line}\n`);
}

function tell(started: Started): void {
  if (process.connected) process.send?.(started);
}

try {
  starting = startLocalEdge({ ...options, onLine: show });
  tell({ url: (await starting).url });
} catch (error) {
  const { message, stack } = error as Error;
  tell({ problem: stack ?? message, isPortTaken: options.port !== 0 && isTaken(error, workerSocket) });
}
