/** `npm run wrangler -- ARGS`: wrangler as it is pinned, for the Worker of `deploy/wrangler.jsonc`. */
import { runWrangler } from './wrangler.ts';

process.exitCode = await runWrangler(process.argv.slice(2));
