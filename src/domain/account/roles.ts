/** `user`: own jobs and account. `operator`: what runs things. `admin`: everything, everybody's. */
export const roles = ['user', 'operator', 'admin'] as const;
export type Role = (typeof roles)[number];
