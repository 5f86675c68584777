import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { openTarget, type Target } from '../target.ts';
import { newUser, type User } from '../user.ts';
import { ended, newType, newWorker, submit } from './tasks.ts';

let target: Target;
let operator: User;
beforeAll(async () => {
  target = await openTarget();
  operator = newUser(target);
});
afterAll(() => target.close());

async function typeFoundBy(...searchable: string[]): Promise<string> {
  const type = newType();
  const set = await operator.put(`/api/v1/types/${type}`, { searchable });
  expect([set.status, set.body.data.searchable]).toEqual([200, searchable]);
  return type;
}

const found = async (user: User, ...labels: string[]): Promise<string[]> => {
  const { body } = await user.get(`/api/jobs?${labels.map((label) => `label=${encodeURIComponent(label)}`).join('&')}`);
  return body.data.jobs.map(({ id }: { id: string }) => id);
};

describe('the search keys of a task type', () => {
  test('make labels of what the data has there, by which lists find new tasks', async () => {
    const user = newUser(target);
    const type = await typeFoundBy('sku', 'customer.id', 'express');
    const data = { sku: 'A-17', customer: { id: 42, name: 'Ada' }, express: true };
    const { id, labels } = await submit(user, { type, data });
    expect(labels).toEqual({ sku: 'A-17', 'customer.id': '42', express: 'true' });
    const { id: other } = await submit(user, { type, data: { ...data, customer: { id: 43 } } });
    expect(await found(user, 'sku:A-17')).toEqual([other, id]);
    expect(await found(user, 'sku:A-17', 'customer.id:42')).toEqual([id]);
    expect(await found(user, 'customer.name:Ada')).toEqual([]);
    expect(await found(newUser(target), 'sku:A-17')).toEqual([]);
  });

  test.each([
    ['nothing', {}], ['null', { sku: null }], ['a list', { sku: ['A'] }], ['an object', { sku: { a: 1 } }],
    ['no text', { sku: '' }], ['several lines', { sku: 'A\nB' }],
    ['a text of 256 characters', { sku: 'x'.repeat(256) }],
    ['data without names', 'sku'], ['a name of all objects', { sku: undefined }],
  ])('make none of %s', async (_, data) => {
    const type = await typeFoundBy('sku', 'constructor.name', '__proto__');
    expect((await submit(newUser(target), { type, data })).labels).toEqual({});
  });

  test('stay as they are when a limit is set, and are taken away by an empty list', async () => {
    const user = newUser(target);
    const type = await typeFoundBy('sku');
    const { body } = await operator.put(`/api/v1/types/${type}`, { limits: { maxRunning: 3 } });
    expect(body.data).toMatchObject({ searchable: ['sku'], limits: { maxRunning: 3 } });
    const { id } = await submit(user, { type, data: { sku: 'kept' } });
    await operator.put(`/api/v1/types/${type}`, { searchable: [] });
    expect((await submit(user, { type, data: { sku: 'kept' } })).labels).toEqual({});
    // Those of a job are for good.
    expect(await found(user, 'sku:kept')).toEqual([id]);
  });

  test.each([
    ['a.b.c.d.e.f', 'key of the data'], ['a b', 'key of the data'], ['', 'key of the data'], ['a.', 'key of the data'],
    ['x'.repeat(64), 'key of the data'], ['label:x', 'key of the data'],
  ])('cannot be %j', async (key, problem) => {
    const { status, body } = await operator.put(`/api/v1/types/${newType()}`, { searchable: ['fine', key] });
    expect([status, body.error.details.fields['searchable.1']]).toEqual([400, expect.stringContaining(problem)]);
  });

  test('are at most eight different ones', async () => {
    const path = `/api/v1/types/${newType()}`;
    const nine = Array.from({ length: 9 }, (_, at) => `key${at}`);
    expect((await operator.put(path, { searchable: nine.slice(1) })).status).toBe(200);
    expect((await operator.put(path, { searchable: nine })).status).toBe(400);
    expect((await operator.put(path, { searchable: ['a', 'a'] })).status).toBe(400);
  });
});

describe('the labels that a task is given', () => {
  test('find it, also after its end, and those of its type go first', async () => {
    const user = newUser(target);
    const type = await typeFoundBy('sku');
    const given = { labels: { team: 'a', sku: 'own' }, data: { sku: 'B-1' } };
    const { labels } = await submit(user, { type, ...given });
    expect(labels).toEqual({ team: 'a', sku: 'B-1' });
    expect(await found(user, 'sku:own')).toEqual([]);
    const worker = newWorker(target);
    const id = await ended(user, worker, { type: 'complete', result: 1 }, { labels: { team: 'b' } });
    expect(await found(user, 'team:b')).toEqual([id]);
  });

  test('are at most eight, named without colons; one more or less makes a different request of a key', async () => {
    const user = newUser(target);
    const many = Object.fromEntries(Array.from({ length: 9 }, (_, at) => [`name${at}`, 'x']));
    for (const labels of [many, { 'a:b': 'x' }, { a: 'x\ny' }, { a: 1 }]) {
      expect((await user.post('/api/v1/jobs', { type: newType(), labels })).status).toBe(400);
    }
    const body = { type: newType(), labels: { a: 'x' } };
    const first = await user.post('/api/v1/jobs', body, { 'idempotency-key': 'once' });
    const again = await user.post('/api/v1/jobs', body, { 'idempotency-key': 'once' });
    expect(again.body.data.id).toBe(first.body.data.id);
    const other = { ...body, labels: { a: 'y' } };
    expect((await user.post('/api/v1/jobs', other, { 'idempotency-key': 'once' })).status).toBe(422);
  });
});
