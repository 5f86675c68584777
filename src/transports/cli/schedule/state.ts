/** Whether a schedule submits jobs, and if not, why. */
export function stateOf(schedule: {
  readonly enabled: boolean;
  readonly ownerDisabled: boolean;
  readonly kindUnknown: boolean;
}): string {
  if (!schedule.enabled) return 'disabled';
  if (schedule.ownerDisabled) return 'paused: its owner is disabled';
  return schedule.kindUnknown ? 'paused: the server cannot schedule jobs of its kind' : 'enabled';
}
