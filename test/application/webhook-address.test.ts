import { describe, expect, it } from 'vitest';
import { resolvedProblem, webhookUrlProblem } from '../../src/main/webhook-address.ts';

const refused = (url: string, allowPrivate = false): boolean => webhookUrlProblem(url, allowPrivate) !== null;

describe('a webhook URL', () => {
  it.each([
    'https://shop.example/hook?a=1', 'http://shop.example:8080/', 'https://8.8.8.8/', 'https://[2606:4700::1111]/x',
    'https://localhost.shop.example/',
  ])('%s is accepted', (url) => expect(webhookUrlProblem(url, false)).toBeNull());

  it.each([
    'ftp://shop.example/', 'file:///etc/passwd', 'javascript:alert(1)', 'shop.example/hook', '', 'https://',
    'https://mira:secret@shop.example/', 'https://mira@shop.example/', `https://shop.example/${'x'.repeat(2_000)}`,
    'https://shop.example:99999/', 'https://999.1.1.1/',
  ])('%s is refused, also where private networks are allowed', (url) => {
    expect([refused(url), refused(url, true)]).toEqual([true, true]);
  });

  it.each([
    'http://127.0.0.1/', 'http://127.1/', 'http://0x7f.1/', 'http://2130706433/', 'http://017700000001/',
    'http://0x7f000001/', 'http://127.0.0.1./', 'http://１２７.0.0.1/', 'http://[::1]/', 'http://[::ffff:127.0.0.1]/',
    'http://[::ffff:7f00:1]/', 'http://10.1.2.3/', 'http://192.168.0.1/', 'http://172.16.9.9/', 'http://[fd00::1]/',
    'http://100.100.100.200/', 'http://localhost/', 'http://LOCALHOST./', 'http://db.localhost/', 'http://intranet/',
    'http://metadata.google.internal/', 'http://printer.local/',
  ])('%s is accepted only where private networks are allowed', (url) => {
    expect([refused(url), refused(url, true)]).toEqual([true, false]);
  });

  it.each([
    'http://169.254.169.254/latest/meta-data', 'http://0xa9fea9fe/', 'http://[fe80::1]/', 'http://0.0.0.0/',
    'http://[::]/', 'http://224.0.0.1/', 'http://255.255.255.255/', 'http://[ff02::1]/', 'http://240.0.0.1/',
    'http://[64:ff9b::7f00:1]/', 'http://[2002:7f00:1::]/', 'http://[::7f00:1]/', 'http://198.18.0.1/',
    'http://192.0.0.192/', 'http://168.63.129.16/', 'http://[::ffff:169.254.169.254]/', 'http://[2001:db8::1]/',
  ])('%s is refused everywhere', (url) => {
    expect([refused(url), refused(url, true)]).toEqual([true, true]);
  });
});

describe('an address that a name resolved to', () => {
  it('is held to the same rules', () => {
    expect(resolvedProblem('93.184.216.34', false)).toBeNull();
    expect(resolvedProblem('10.0.0.1', false)).toMatch(/^leads to an address, which is no public address/);
    expect(resolvedProblem('10.0.0.1', true)).toBeNull();
    expect(resolvedProblem('::ffff:10.0.0.1', false)).not.toBeNull();
    expect(resolvedProblem('fe80::1%eth0', true)).not.toBeNull();
    expect(resolvedProblem('not an address', true)).not.toBeNull();
  });
});
