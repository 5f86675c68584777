const gibibyte = 1024 ** 3;

/** What an account may do, by its plan. */
export interface Plan {
  /** Credits granted when the account is opened. */
  readonly startingCredits: number;
  /** Jobs that may hold a slot at once: from create until terminal. */
  readonly runningJobs: number;
  readonly ruleSlots: number;
  /** Items that may fail within an hour before no more jobs are taken: they cost nothing, but the workers' time. */
  readonly failedItemsPerHour: number;
  /** Bytes in object storage that are kept at most; null: as much as there is room for. */
  readonly objectBytes: number | null;
}

/** As they are unless an administrator changes them. */
export const plans = {
  free: {
    startingCredits: 10, runningJobs: 1, ruleSlots: 2, failedItemsPerHour: 50,
    objectBytes: 10 * gibibyte,
  },
  pro: {
    startingCredits: 0, runningJobs: 3, ruleSlots: 20, failedItemsPerHour: 1_000,
    objectBytes: 500 * gibibyte,
  },
} as const satisfies Record<string, Plan>;

export type PlanName = keyof typeof plans;
export const planNames = Object.keys(plans) as PlanName[];

/** What an administrator may change of a plan while the server runs. */
export const planLimitNames = ['startingCredits', 'runningJobs', 'ruleSlots', 'failedItemsPerHour'] as const;
export type PlanLimits = Pick<Plan, (typeof planLimitNames)[number]>;
/** What holds now, by plan. */
export type PlanTable = Readonly<Record<PlanName, PlanLimits>>;
