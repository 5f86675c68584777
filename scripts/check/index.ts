/** `npm run check`: the house checks alone. Exit status 1 when one of them finds something. */
import { runChecks } from './run.ts';

const root = new URL('../..', import.meta.url);
const { failed } = runChecks(root);
process.exitCode = failed > 0 ? 1 : 0;
