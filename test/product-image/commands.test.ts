import { createHash } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { run } from '../cli/program.ts';
import { startTestServer } from '../server/server.ts';

describe('by the command line', () => {
  it('a photo is announced once, shown, failed and removed', async () => {
    const { url } = await startTestServer({ WEBHOOK_SECRET: 'n3w,s3cr3t' });
    const env = { WAYBILL_SERVER: url, WAYBILL_TOKEN: 'op', WEBHOOK_SECRET: 's3cr3t' };
    const sha256 = createHash('sha256').update('photo').digest('hex');
    const args = [
      'webhook', 'send', '--sku', 'BLUE-SHIRT-001', '--image-url', 'https://example.com/a.jpg', '--sha256', sha256,
    ];
    const first = await run([...args, '--json'], { env });
    const { jobId } = JSON.parse(first.stdout);
    const again = await run(args, { env });
    expect([first.status, again.status, again.stdout]).toEqual([0, 0, `Job ${jobId} has this image already.\n`]);
    const unsigned = await run(args, { env: { ...env, WEBHOOK_SECRET: '' } });
    expect([unsigned.status, unsigned.stderr]).toEqual([1, expect.stringContaining('There is no signature')]);
    const shown = await run(['job', 'get', jobId], { env });
    expect(shown.stdout, shown.stderr).toMatch(/sku +BLUE-SHIRT-001\n/);
    const listed = await run(['job', 'list', '--kind', 'product-image'], { env });
    expect(listed.stdout).toContain(jobId);
    const failed = await fetch(`${url}/api/jobs/${jobId}/fail`, {
      method: 'POST', headers: { authorization: 'Bearer op' }, body: '{"code":"UNKNOWN","message":"It was wrong."}',
    });
    expect(failed.status).toBe(200);
    const admin = { ...env, WAYBILL_TOKEN: 'admin' };
    const wrong = await run(['jobs', 'prune', '--older-than', '30'], { env: admin });
    expect([wrong.status, wrong.stderr]).toEqual([2, expect.stringContaining('30d')]);
    expect((await run(['jobs', 'prune', '--older-than', '30d'], { env: admin })).stdout).toBe(
      'Removed 0 jobs with 0 objects.\n',
    );
    expect((await run(['jobs', 'prune', '--older-than', '0s'], { env: admin })).stdout).toBe(
      'Removed 1 job with 0 objects.\n',
    );
  }, 60_000);
});
