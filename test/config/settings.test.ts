import { expect, it } from 'vitest';
import { settingsFrom } from '../../src/main/config/settings.ts';

it('settings show URLs without the passwords in them, and what a flag says before the environment', () => {
  const settings = settingsFrom({
    flags: { port: '9000' },
    env: {
      PORT: '8000', DATABASE_DIRECT_URL: 'postgres://ada:s3cret@db.example/waybill', DOCKER_HOST: 'tcp://a:b@c:1',
    },
  });
  const of = (name: string) => settings.find((one) => one.name === name);
  expect(of('PORT')).toMatchObject({ value: '9000', origin: 'flag' });
  expect(JSON.stringify(settings)).not.toMatch(/s3cret|a:b@/);
});
