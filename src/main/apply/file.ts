import * as z from 'zod';
import { plan, userId } from '../../contract/fields.ts';
import { putPlan } from '../../contract/accounts.ts';
import { updateUser } from '../../contract/users.ts';
import { taskType } from '../../kinds/task/contract/task-fields.ts';
import { putWorkType } from '../../kinds/task/contract/work-types.ts';
import { theme } from '../../kinds/product-image/contract/fields.ts';
import { putTheme } from '../../kinds/product-image/contract/themes.ts';
import { scheduleRoutes } from '../routes.ts';

/** What `waybill apply` takes: what each entry leaves out does not change. */

const typeEntry = putWorkType.body.extend({
  paused: z.boolean().exactOptional().describe('While paused, no task of the type starts.'),
});

const userEntry = updateUser.body.omit({ password: true }).extend({
  passwordEnv: z
    .string()
    .regex(/^[A-Za-z_][A-Za-z0-9_]*$/, { error: 'must be the name of an environment variable' })
    .max(200)
    .exactOptional()
    .describe('Environment variable of `waybill apply` with the password that the user is created with.'),
  plan: plan.exactOptional().describe('Plan of the account.'),
});

/** Without its name, which is its key. */
const scheduleEntry = scheduleRoutes.createSchedule.body;

export const entries = {
  types: typeEntry, schedules: scheduleEntry, themes: putTheme.body, plans: putPlan.body, users: userEntry,
} as const;
export type Section = keyof typeof entries;
export const sections = Object.keys(entries) as readonly Section[];

/** Entries that may be null, which deletes what has the name. */
export const deletable: ReadonlySet<Section> = new Set<Section>(['schedules', 'themes', 'users']);

export const names: Readonly<Record<Section, z.ZodType>> = {
  types: taskType, schedules: z.string().min(1).max(200), themes: theme, plans: plan, users: userId,
};

export type TypeEntry = z.output<typeof typeEntry>;
export type UserEntry = z.output<typeof userEntry>;
export type PlanEntry = z.output<typeof putPlan.body>;
export type ThemeEntry = z.output<typeof putTheme.body>;
export type ScheduleEntry = z.output<typeof scheduleEntry>;

/** Null: is to be gone. */
export interface ApplyFile {
  readonly types?: Readonly<Record<string, TypeEntry>>;
  readonly schedules?: Readonly<Record<string, ScheduleEntry | null>>;
  readonly themes?: Readonly<Record<string, ThemeEntry | null>>;
  readonly plans?: Readonly<Record<string, PlanEntry>>;
  readonly users?: Readonly<Record<string, UserEntry | null>>;
}
