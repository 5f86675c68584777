import type { Result } from '../../domain/errors.ts';
import type { RequestContext } from '../request.ts';
import type { Caller, Role } from '../caller.ts';
import type { Standing } from './standing.ts';

/**
 * People who log in with a password. Beside them there may be users that another program vouches for (JWTs signed with
 * our secret) and of whom nothing is stored here.
 */
export interface Users {
  /** Whether there is no administrator yet, and one could be made. */
  needsSetup(): Promise<boolean>;
  /** The first administrator, with every role; a conflict when there is one. Of several at once, one is made. */
  setup(input: NewUser): Promise<Result<Login>>;
  /** One refusal for a wrong password, an unknown user and a disabled one, and the same work for each. */
  login(input: LoginInput): Promise<Result<Login>>;
  /** `user` is null when nothing is stored of it. Ids are the same whatever their case. */
  standing(userId: string, sessionId: string): Promise<{ readonly user: Standing | null; readonly isEnded: boolean }>;
  me(context: RequestContext): Promise<Result<Me>>;
  /** Ends the token, and those that it was refreshed to. */
  logout(context: RequestContext): Promise<Result<null>>;
  /** Ends all logins of the caller; API keys stay. */
  logoutEverywhere(context: RequestContext): Promise<Result<null>>;
  /** A new token of the same session; the one that asks stays good. */
  refresh(context: RequestContext): Promise<Result<Login>>;
  /** A new login; earlier ones become invalid, and so do API keys unless they are kept. */
  changePassword(
    context: RequestContext,
    input: { readonly current: string; readonly next: string; readonly keepTokens?: boolean },
  ): Promise<Result<Login>>;
  /** Admin, as all that follow. By id, after `after`; limit 1 to 200. */
  list(
    context: RequestContext,
    options: { readonly after: string | null; readonly limit: number },
  ): Promise<Result<readonly UserView[]>>;
  create(context: RequestContext, input: NewUser & { readonly roles: readonly Role[] }): Promise<Result<UserView>>;
  /**
   * Undefined fields are unchanged. A new password, and disabling, end all earlier logins; a new password also ends the
   * API keys. A conflict if no enabled user would have the role admin, or if another user has the address.
   */
  update(
    context: RequestContext,
    userId: string,
    change: {
      readonly email?: string | null;
      readonly name?: string | null;
      readonly roles?: readonly Role[];
      readonly disabled?: boolean;
      readonly password?: string;
    },
  ): Promise<Result<UserView>>;
  /**
   * With its API keys; its schedules are disabled, its jobs and its account stay. A conflict as with `update`.
   */
  delete(context: RequestContext, userId: string): Promise<Result<{ readonly schedulesSwitchedOff: number }>>;
}

export interface NewUser {
  /** The email address in lower case if left out; one of the two is needed. */
  readonly userId?: string;
  readonly email?: string;
  readonly name?: string;
  readonly password: string;
}

export interface LoginInput {
  /** One of the two. An address that belongs to nobody is treated as a user id. */
  readonly userId?: string;
  readonly email?: string;
  readonly password: string;
  /** IP address of the client; null: not known. */
  readonly address: string | null;
}

/** What is shown of a user to itself. */
export interface Person extends Caller {
  readonly email: string | null;
  readonly name: string | null;
}

export interface UserView extends Person {
  readonly disabled: boolean;
  readonly createdAt: number;
  readonly updatedAt: number;
}

export interface Me extends Person {
  /** Whether it is stored here, with a password. */
  readonly hasPassword: boolean;
}

/** What the transport makes a JWT of. */
export interface Login extends Person {
  /** Copied into the JWT unchanged, for `Credentials`. */
  readonly sessionId: string;
  readonly startedAt: number;
  readonly tokensFrom: number;
}
