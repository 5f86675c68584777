import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { job, ran, startAgent, startServer, stopAll } from './harness.ts';
import type { StrictServer } from './strict-server.ts';

describe('the log of an agent', () => {
  let server: StrictServer;
  beforeAll(async () => {
    server = await startServer({ heartbeatMs: 200 });
    await startAgent([server]);
  });
  afterEach(() => {
    expect(server.faults).toEqual([]);
    server.admits = () => true;
  });
  afterAll(stopAll);
  const run = (...[command, more]: Parameters<typeof job>) => ran(server, job(command, more));

  test('has both streams, with times', async () => {
    const assignment = job('echo a; sleep 0.5; echo b >&2; sleep 0.5; echo c');
    const { lines } = await ran(server, assignment);
    expect(lines).toEqual(['out: a', 'err: b', 'out: c']);
    const [a, b, c] = server.of(assignment.run).lines.map(({ at }) => at);
    expect(b! - a!).toBeGreaterThan(200);
    expect(c! - b!).toBeGreaterThan(200);
  });

  test('keeps the order of lines that are written to both streams at once', async () => {
    const right: string[] = [];
    for (let n = 0; n < 20; n += 1) {
      const { lines } = await run('echo a; echo b >&2; echo c');
      if (lines.join() === 'out: a,err: b,out: c') right.push(lines.join());
    }
    // On a busy machine a line may be read while the kernel has not told of its write.
    expect(right.length).toBeGreaterThanOrEqual(18);
  });

  test('has the first line at once, and each after a pause', async () => {
    const assignment = job('date +%s%3N; sleep 1.2; date +%s%3N; sleep 1.2');
    const seen: number[] = [];
    server.admits = (message) => {
      if (message.case === 'logBatch') seen.push(Date.now());
      return true;
    };
    const { lines } = await ran(server, assignment);
    const written = lines.map((line) => Number(line.slice(5)));
    expect(seen).toHaveLength(2);
    // 100 ms, and what a busy machine adds: long before the next.
    for (const [n, at] of written.entries()) expect(seen[n]! - at).toBeLessThan(1_000);
  });

  test('has 50,000 lines in order', async () => {
    const { result, lines } = await run('for i in {1..50000}; do echo "line $i of the log"; done');
    expect(result.logLines).toBe(50_000n);
    expect(lines).toHaveLength(50_000);
    for (let n = 0; n < 50_000; n += 1) if (lines[n] !== `out: line ${n + 1} of the log`) expect(lines[n]).toBe(n + 1);
  });

  test('contains text without a line break, at the end and after a while', async () => {
    const { lines } = await run('printf "Password: "; sleep 1.3; printf "x\\ny"');
    expect(lines).toEqual(['out: Password: ', 'out: x', 'out: y']);
  });

  test('has characters whole that were written in halves', async () => {
    const { lines } = await run(
      `printf 'gr\\303'; sleep 0.1; printf '\\274\\303\\237e \\360\\237'; sleep 1.3; printf '\\230\\200\\n'`,
    );
    expect(lines).toEqual(['out: grüße ', 'out: 😀']);
  });

  test('contains the beginning of long lines, and states their length', async () => {
    const { lines } = await run(
      'head -c 20000 /dev/zero | tr "\\0" x; echo; head -c 30000000 /dev/zero | tr "\\0" y; echo; echo z',
    );
    expect(lines.map(({ length }) => length)).toEqual([16_389, 16_389, 6]);
    expect(lines[0]).toMatch(/^out: x+ \[cut: the line has 20000 characters\]$/);
    expect(lines[1]).toMatch(/^out: y+ \[cut: the line has 30000000 characters\]$/);
  });

  test('has as many lines and characters as its job may have', async () => {
    const { lines, result } = await run('for i in {1..50}; do echo $i; done; echo', {
      logLimits: { lines: 10n, lineLength: 200, spoolBytes: 0n },
    });
    expect(result.logLines).toBe(10n);
    expect(lines.slice(8)).toEqual(['out: 9', 'err: waybill: the log has its 10 lines: what follows is dropped']);
    const cut = await run('head -c 300 /dev/zero | tr "\\0" x', {
      logLimits: { lines: 0n, lineLength: 200, spoolBytes: 0n },
    });
    expect(cut.lines[0]).toHaveLength(205);
  });

  test('has nothing that could harm who reads it', async () => {
    const { lines } = await run(
      `printf 'a\\000b\\007\\033[31mred\\033[0m\\r\\n\\377\\376\\n'; head -c 100000 /dev/urandom`,
    );
    expect(lines[0]).toBe('out: a\ufffdb\ufffd\u001b[31mred\u001b[0m');
    expect(lines[1]).toBe('out: \ufffd\ufffd');
    expect(lines.join('')).not.toMatch(/[\0-\x07\x0b\x0c\x0e-\x1a\x1c-\x1f\x7f]/);
  });

  test('waits on the disk for a server that acknowledges nothing, and loses nothing', async () => {
    let isHeld = true;
    server.admits = (message) => !(isHeld && (message.case as string) === 'logAck');
    const assignment = job("awk 'BEGIN { for (i = 1; i <= 200000; i++) print i, rand(), rand(), rand() }'; sleep 1");
    server.assign(assignment);
    await server.until(() => server.of(assignment.run).lines.length > 0);
    server.admits = () => true;
    isHeld = false;
    server.cut();
    const { result } = await ran(server, assignment);
    const { lines } = server.of(assignment.run);
    expect(result.logLines).toBe(200_000n);
    expect(lines).toHaveLength(200_000);
    for (const [n, { number, text }] of lines.entries())
      if (number !== n + 1 || !text.startsWith(`${n + 1} `)) expect(text).toBe(n + 1);
  });

  test('drops the oldest lines when there is no room, and states how many', async () => {
    let isHeld = true;
    server.admits = (message) => !(isHeld && (message.case as string) === 'logAck');
    await server.until(() => server.heartbeats.length > 1);
    const before = server.heartbeats.at(-1)!.droppedLogs;
    const assignment = job(
      `awk 'BEGIN { for (i = 1; i <= 200000; i++) print i, rand(), rand(), rand() }'; echo end >&2; sleep 300`,
      {
        logLimits: { lines: 0n, lineLength: 0, spoolBytes: 1_000_000n },
      },
    );
    server.assign(assignment);
    const held = () => server.heartbeats.at(-1)?.runs.find(({ run }) => run?.token === assignment.run.token);
    await server.until(() => held()?.logLines === 200_001n, 'all lines read', 60_000);
    isHeld = false;
    server.cut();
    server.say({ case: 'cancel', value: { run: assignment.run, reason: '' } });
    await server.until(() => server.of(assignment.run).lastLine === 200_001, 'all lines sent', 60_000);
    const beats = server.heartbeats.length;
    await server.until(() => server.heartbeats.length > beats + 1);
    const { lines } = server.of(assignment.run);
    const dropped = server.heartbeats.at(-1)!.droppedLogs - before;
    expect(lines.length).toBeLessThan(200_000);
    expect(lines.length + Number(dropped)).toBe(200_001);
    expect(lines.at(-1)).toMatchObject({ number: 200_001, stream: 'err', text: 'end' });
    for (const { number, text, stream } of lines)
      if (stream === 'out' && !text.startsWith(`${number} `)) expect(text).toBe(number);
  });
});
