import { describe, expect, it } from 'vitest';
import * as z from 'zod';
import { createReader } from '../../src/contract/input/reader.ts';
import { scheduleRoutes } from '../../src/contract/schedules.ts';
import { kindModules } from '../../src/main/kinds.ts';
import { scheduledKinds } from '../../src/main/routes.ts';
import type { JsonSchema } from '../../src/contract/openapi/document.ts';
import type { KindModule } from '../../src/kinds/module.ts';
import { fieldTable } from '../../src/transports/documentation/fields.ts';

const letters = {
  kind: 'letter', job: z.object({ to: z.string(), data: z.object({ pageCount: z.number() }) }), example: { job: {} },
} as const;
const notes = {
  kind: 'note', job: z.object({ data: z.unknown(), noteText: z.string().exactOptional() }), example: { job: {} },
} as const;
const settings = { name: 'n', cron: '@daily' };
const defaults = { timeZone: 'UTC', missed: 'once', enabled: true };

describe('schedules of several kinds', () => {
  const { body } = createReader(scheduleRoutes([letters, notes]).createSchedule);

  it('are of the first kind unless they name another', () => {
    const letter = { to: 'mira', data: { pageCount: 1 } };
    const value = { ...settings, ...defaults, ...letter, kind: 'letter' };
    for (const kind of [{}, { kind: null }, { kind: 'letter' }]) {
      expect(body({ ...settings, ...letter, ...kind })).toEqual({ ok: true, value });
    }
    const note = { data: 1, kind: 'note' };
    expect(body({ ...settings, ...note })).toEqual({ ok: true, value: { ...settings, ...defaults, ...note } });
  });

  it('have each the fields of its kind, spelled and read as that has them', () => {
    const asIs = { page_count: 1 };
    expect(body({ ...settings, kind: 'note', data: asIs, note_text: 'x' })).toMatchObject({
      ok: true, value: { data: { page_count: 1 }, noteText: 'x' },
    });
    expect(body({ ...settings, to: 'mira', data: { page_count: 2 } })).toMatchObject({
      ok: true, value: { data: { pageCount: 2 } },
    });
    expect(body({ ...settings, kind: 'letter', data: 1 })).toEqual({
      ok: false, fields: { to: 'is required', data: 'must be an object' },
    });
  });

  it('are refused with the kinds that there are', () => {
    const fields = { kind: 'must be one of letter, note' };
    expect(body({ ...settings, kind: 'parcel' })).toEqual({ ok: false, fields });
  });

  it('are documented with the fields of all of them', () => {
    const { createSchedule } = scheduleRoutes([letters, notes]);
    const schema = z.toJSONSchema(createSchedule.body, { io: 'input' }) as JsonSchema;
    const rows = fieldTable(schema, {}, 'sent')?.text.split('</tr>') ?? [];
    const row = (name: string) => rows.find((each) => each.includes(`<code>${name}</code>`));
    expect(row('cron')).toContain('required');
    expect(row('kind')).toContain('&quot;letter&quot; or &quot;note&quot;');
    for (const ofOne of ['to', 'noteText', 'pageCount', 'kind']) {
      expect(row(ofOne)).toBeDefined();
      if (ofOne !== 'pageCount') expect(row(ofOne)).not.toContain('required');
    }
  });

  it('cannot have a field that all schedules have', () => {
    const clash = { ...notes, job: z.object({ cron: z.string() }) };
    expect(() => scheduleRoutes([letters, clash])).toThrow('cron');
  });
});

it('every kind that says what its schedules take is in the client and the documents', () => {
  const modules: readonly Pick<KindModule, 'scheduled' | 'kind'>[] = Object.values(kindModules);
  const scheduled = modules.flatMap((module) => module.scheduled ?? []);
  expect(scheduledKinds).toEqual(scheduled);
  for (const { kind, scheduled: own } of modules) if (own !== undefined) expect(own.kind).toBe(kind.name);
});
