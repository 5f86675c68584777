import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test, type TestContext } from 'vitest';
import { photo, startPeer } from './harness.ts';
import { secret, type Peer } from './peer.ts';

/** The worker as it is printed in the guide, with restyling in place of a model that does what the photo says. */
const guide = readFileSync(new URL('../../docs/guides/image-workers.md', import.meta.url), 'utf8');
const [program = ''] = [...guide.matchAll(/```python\n(.*?)```/gs)].map((block) => block[1] ?? '');
const restyling = `
import pathlib, time

class Rejected(Exception):
    def __init__(self, code, message):
        super().__init__(message)
        self.code = code

def restyle(photo, concepts, protect):
    if photo == b"text":
        raise Rejected("not_an_image", "not a picture")
    if photo == b"slow":
        pathlib.Path("slow").touch()
        while not pathlib.Path("go").exists():
            time.sleep(0.005)
    return b"result of " + photo, b"preview of " + photo
`;

function startPython(peer: Peer, context: TestContext, leaseMs = 60_000) {
  const missing = spawnSync('python3', ['--version']).status !== 0;
  context.skip(missing, 'there is no python3 on this machine');
  const folder = mkdtempSync(join(tmpdir(), 'waybill-guide-'));
  writeFileSync(join(folder, 'worker.py'), program.replace('LEASE_MS = 60_000', `LEASE_MS = ${leaseMs}`));
  writeFileSync(join(folder, 'restyle.py'), restyling);
  const child = spawn('python3', ['worker.py'], {
    cwd: folder,
    env: { ...process.env, WAYBILL_URL: peer.url, GPU_CALLBACK_SECRET: secret },
    stdio: ['ignore', 'ignore', 'inherit'],
  });
  onTestFinished(async () => {
    child.kill('SIGKILL');
    if (child.exitCode === null && child.signalCode === null) await once(child, 'exit');
    rmSync(folder, { recursive: true, force: true });
  });
  return { child, go: () => writeFileSync(join(folder, 'go'), '') };
}

test("the guide's worker does a set as the wire contract says", async (context) => {
  const peer = await startPeer();
  const jobId = peer.addSet([photo('a'), null, photo('text'), photo('d')]);
  peer.inject('callback', { status: 503 });
  peer.inject('get', 'reset');
  peer.inject('put', { status: 500 });
  startPython(peer, context);
  await peer.until(() => peer.messages[0]?.acknowledged === true);
  expect(Object.fromEntries(peer.job(jobId).results)).toMatchObject({
    0: { status: 'done' },
    1: { status: 'failed', error: 'photo 1 was not uploaded', error_code: 'not_uploaded' },
    2: { status: 'failed', error: 'not a picture', error_code: 'not_an_image' },
    3: { status: 'done' },
  });
  expect(peer.uploads.get(`outputs/mira/${jobId}/3_result.png`)).toMatchObject({ contentType: 'image/png' });
  expect(peer.uploads.get(`previews/mira/${jobId}/3_thumb.jpg`)).toMatchObject({ contentType: 'image/jpeg' });
});

test("the guide's worker renews its lease, and releases the rest of a set when it is stopped", async (context) => {
  const peer = await startPeer();
  const jobId = peer.addSet([photo('slow'), photo('b')]);
  const { child, go } = startPython(peer, context, 1_500);
  await peer.until(() => peer.count('extend') >= 4);
  expect(peer.messages[0]?.attempts).toBe(1);
  const exited = once(child, 'exit');
  child.kill('SIGTERM');
  go();
  expect(await exited).toEqual([0, null]);
  expect([...peer.job(jobId).results.keys()]).toEqual([0]);
  expect(peer.messages[0]).toMatchObject({ acknowledged: false, retries: [0] });
});

test("the guide's worker stops working on a canceled set, and on one that another worker has", async (context) => {
  const peer = await startPeer();
  const canceled = peer.addSet([photo('a'), photo('b')]);
  peer.job(canceled).status = 'canceled';
  const { go } = startPython(peer, context, 1_500);
  await peer.until(() => peer.messages[0]?.acknowledged === true);
  expect(peer.count('callback')).toBe(1);
  const lost = peer.addSet([photo('slow'), photo('d')]);
  await peer.until(() => peer.count('extend') >= 1);
  peer.revokeLeases();
  const asked = peer.count('extend');
  await peer.until(() => peer.count('extend') > asked);
  // The refusal reaches the worker before the next pull does: it has nothing else to do.
  const pulls = peer.count('pull');
  go();
  await peer.until(() => peer.count('pull') > pulls);
  expect(peer.job(lost).results.size).toBe(0);
  expect(peer.count('ack')).toBe(1);
});
