/** Writes deploy/kubernetes/waybill.yaml, what the chart makes of ci/plain-values.yaml: `npm run manifests`. */
import { writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { plainManifests } from './helm.ts';

writeFileSync(fileURLToPath(new URL('../deploy/kubernetes/waybill.yaml', import.meta.url)), plainManifests());
