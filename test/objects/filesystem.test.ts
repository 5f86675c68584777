import { objectStoreSuite } from '../../src/testing/object-store-suite.ts';
import { startObjectServer } from './filesystem-server.ts';

const maxObjectBytes = 3_000_000;

objectStoreSuite(
  'filesystem',
  async () => {
    const server = await startObjectServer({ maxObjectBytes });
    return { store: server.objects, at: server.at, close: server.close };
  },
  { maxObjectBytes, maxSegmentBytes: 253, headByGetUrl: true, putIfAbsent: true },
);
