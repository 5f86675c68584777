/** Handlers that do all that handlers should not, and some that mind their own business. */
import { setTimeout as sleep } from 'node:timers/promises';
import example from '../../examples/tasks/poisonous.js';

const kept = [];
const own = (name, value) => Object.defineProperty(new Error('its own'), name, value);
const throwing = () => { throw new Error('even looking at it throws'); };

const thrown = {
  'no-string': () => Object.assign(new Error('x'), { message: { not: 'a text' } }),
  'null-prototype': () => Object.assign(Object.create(null), { why: 'no prototype' }),
  getter: () => own('message', { get: throwing }),
  'to-string': () => ({ toString: throwing, [Symbol.toPrimitive]: throwing, toJSON: throwing }),
  symbol: () => Symbol('a symbol'),
  'revoked-proxy': () => { const { proxy, revoke } = Proxy.revocable({}, {}); revoke(); return proxy; },
  undefined: () => undefined,
  cyclic: () => { const a = { name: 'round' }; a.a = a; return a; },
  'own-cause': () => { const e = new Error('round'); e.cause = e; return e; },
  huge: () => new Error('h'.repeat(5_000_000)),
  'huge-object': () => Object.fromEntries(Array.from({ length: 20_000 }, (_, n) => [`key${n}`, 'v'.repeat(100)])),
  chain: () => new Error('outer', { cause: new Error('middle', { cause: 'the innermost' }) }),
  aggregate: () => new AggregateError([new Error('first of all'), new TypeError('second of all')], 'several'),
  'odd-errors': () => Object.assign(new Error('x'), { errors: new Proxy([], { get: () => Symbol('odd') }) }),
  bytes: () => Buffer.alloc(50_000_000),
  coded: () => Object.assign(new Error('no such file'), { code: 'ENOENT' }),
};

export default {
  ...example,
  quick: ({ data }) => data,
  /** Goes on until it is told to stop. */
  long: (_, { signal, log }) => {
    log('begun');
    return sleep(60_000, 'slept', { signal });
  },
  kill: async () => {
    await sleep(20);
    process.kill(process.pid, 'SIGKILL');
  },
  buffers: async () => {
    for (;;) {
      kept.push(Buffer.alloc(8 * 1024 ** 2, 1));
      await sleep(5);
    }
  },
  'hang-up': async () => {
    process.disconnect();
    await sleep(60_000);
  },
  throws: ({ data }) => { throw thrown[data](); },
  rejects: async ({ data }) => { throw thrown[data](); },
  'timer-during': async () => {
    setTimeout(() => { throw new Error('thrown in a timer'); }, 10);
    await sleep(60_000);
  },
  'timer-after': () => {
    setTimeout(() => { throw new Error('thrown after the end'); }, 50);
    return 'done';
  },
  listener: async (_, { signal }) => {
    signal.addEventListener('abort', () => { throw new Error('thrown by a listener'); });
    await sleep(60_000);
  },
  result: ({ data }) => {
    if (data === 'deep') return JSON.parse(`${'['.repeat(65)}${']'.repeat(65)}`);
    if (data === 'nul') return { ['a\u0000']: 1 };
    if (data === 'large') return 'x'.repeat(300_000);
    if (data === 'bigint') return { n: 1n };
    if (data === 'endless') return { list: new Array(2 ** 32 - 1) };
    if (data === 'bomb') return Array.from({ length: 60 }).reduce((inner) => [inner, inner], []);
    if (data === 'getter') return { get a() { throw new Error('thrown by a getter'); } };
    return Promise.resolve(Proxy.revocable({}, {}).revoke);
  },
  /** Leaves what every program has broken, for a moment. */
  'breaks-json': () => {
    const { stringify } = JSON;
    JSON.stringify = throwing;
    setTimeout(() => { JSON.stringify = stringify; }, 10);
    return 'whole';
  },
  prints: () => {
    console.log('printed by a handler');
    console.error('and complained');
  },
};
