import { describe, expect, test } from 'vitest';
import { createOutput, plain, table } from '../../src/transports/cli/output.ts';
import { createProgress, duration } from '../../src/transports/cli/terminal/progress.ts';
import { photoType } from '../../src/kinds/image-set/cli/photo-type.ts';
import { resultNames } from '../../src/kinds/image-set/cli/result-names.ts';

function outputTo(isTTY: boolean, json = false): { output: ReturnType<typeof createOutput>; written: () => string } {
  let text = '';
  const stream = { isTTY, columns: 80, write: (chunk: string) => (text += chunk) };
  return { output: createOutput({ out: stream, error: stream }, json), written: () => text };
}

const stage = (label: string, done: number, failed = 0) => ({ label, done, failed, total: 4 });

describe('progress', () => {
  test('on a terminal is one line that is taken away at the end', () => {
    const { output, written } = outputTo(true);
    const progress = createProgress(output, { TERM: 'xterm' });
    progress.update(stage('running', 1, 1));
    progress.end();
    progress.end();
    const text = written().replace(/\u001b\[[0-9;]*m/g, '');
    expect(text).toMatch(/^\r\u001b\[2K⠋ running {5}█{12}░{12} 2\/4 {2}1 failed {2}0\.0 s\r\u001b\[2K$/);
  });

  test.each([
    ['elsewhere', false, {}],
    ['on a dumb terminal', true, { TERM: 'dumb' }],
  ])('%s is plain lines, not one for each step', (_, isTTY, env) => {
    const { output, written } = outputTo(isTTY);
    const progress = createProgress(output, env);
    for (const done of [0, 1, 2]) progress.update(stage('uploading', done));
    progress.update(stage('uploading', 4));
    progress.update(stage('running', 3, 1));
    progress.update(stage('running', 3, 1));
    progress.end();
    expect(written()).toBe('uploading 0/4\nuploading 4/4\nrunning 4/4, 1 failed\n');
  });

  test('is not told beside JSON', () => {
    const { output, written } = outputTo(true, true);
    createProgress(output, {}).update(stage('running', 1));
    expect(written()).toBe('');
  });

  test.each([
    [0, '0.0 s'],
    [4_249, '4.2 s'],
    [65_000, '1 min 05 s'],
    [3_600_000, '60 min 00 s'],
  ])('%d ms is %s', (ms, text) => expect(duration(ms)).toBe(text));
});

test('a table has its columns below each other', () => {
  expect(
    table(
      ['ID', 'NAME'],
      [
        ['1', 'sofa'],
        ['200', ''],
      ],
    ),
  ).toBe('ID   NAME\n1    sofa\n200');
});

test('control characters become spaces', () => {
  expect(plain('a\u001b[31mb\nc\u009bd')).toBe('a [31mb c d');
});

describe('photos', () => {
  test.each([
    ['ffd8ffe000104a464946', 'image/jpeg'],
    ['89504e470d0a1a0a', 'image/png'],
    ['52494646aabbccdd57454250', 'image/webp'],
    ['0000001c667479706176696600', 'image/avif'],
    ['00000018667479706865696300', 'image/heic'],
    ['49492a0008', 'image/tiff'],
    ['474946383961', 'image/gif'],
    ['3c737667', null],
    ['', null],
  ])('that begin with %s are %s', (hex, type) => expect(photoType(Buffer.from(hex, 'hex'))).toBe(type));
});

describe('results', () => {
  const url = (name: string): string => `http://server/objects/outputs/mira/job/${name}?X-Amz-Signature=1`;

  test('cannot leave their folder, whatever the server says', () => {
    const names = ['..', '..%2f..%2fetc%2fpasswd', '.bashrc', 'a%00b', ''].map((name, idx) => ({
      idx,
      url: url(name),
    }));
    for (const name of resultNames(names, [], '', [])) expect(name).toMatch(/^[\w-][\w.-]*$/);
  });
});
