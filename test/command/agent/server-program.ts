/** A strict server of its own process, to be killed: `node server-program.ts PORT JOURNAL ASSIGNMENTS`. */
import { readFileSync } from 'node:fs';
import { fromJson } from '@bufbuild/protobuf';
import { AssignmentSchema } from '../../../src/contract/proto/generated/waybill/v1/agent_pb.ts';
import { StrictServer } from './strict-server.ts';

const [port, journal, assignments] = process.argv.slice(2);
const server = new StrictServer({ port: Number(port), journal: journal! });
for (const each of JSON.parse(readFileSync(assignments!, 'utf8')) as object[]) {
  server.assign(fromJson(AssignmentSchema, each as never));
}
await server.start();
process.send?.({ port: server.port });
await server.until(() => server.results.length > 0, undefined, 60_000).catch(() => {});
process.send?.({ faults: server.faults, result: server.results[0]?.exitCode ?? null });
