import { expect } from 'vitest';

const headers = { 'content-type': 'application/json' };
const password = 'seven green boats at noon';

async function asked(url: string, body: object, token?: string): Promise<any> {
  const authorization = token === undefined ? {} : { authorization: `Bearer ${token}` };
  const init = { method: 'POST', headers: { ...headers, ...authorization }, body: JSON.stringify(body) };
  const answer = await fetch(url, init);
  expect(answer.ok, await answer.clone().text()).toBe(true);
  return (await answer.json()).data;
}

/**
 * The tokens of an administrator, an operator and a user of a server that is not in development mode: as `user` of a
 * visit they are who is logged in.
 */
export async function people(server: { readonly url: string }) {
  const { token: admin } = await asked(`${server.url}/api/v1/setup`, { userId: 'root', password });
  const token = async (userId: string, roles: readonly string[]): Promise<string> => {
    await asked(`${server.url}/api/v1/users`, { userId, roles, password }, admin);
    return (await asked(`${server.url}/api/v1/auth/login`, { userId, password })).token;
  };
  return {
    admin: admin as string, operator: await token('olu', ['user', 'operator']), user: await token('noor', ['user']),
    password,
  };
}
