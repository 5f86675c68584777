import type { Result } from '../../domain/errors.ts';
import type { RequestContext } from '../application.ts';
import type { Caller, Role } from '../caller.ts';
import type { Standing } from './sessions.ts';

/**
 * People who log in with a password. Beside them there may be users that another program vouches for (JWTs signed with
 * our secret) and of whom nothing is stored here.
 */
export interface Users {
  /** Whether there is no user yet. */
  needsSetup(): Promise<boolean>;
  /** The first user, with every role; a conflict when there is any user. Of several at once, one is made. */
  setup(input: { readonly userId: string; readonly password: string }): Promise<Result<UserView>>;
  /** One refusal for a wrong password, an unknown user and a disabled one, and the same work for each. */
  login(input: {
    readonly userId: string;
    readonly password: string;
    /** IP address of the client; null: not known, and not counted. */
    readonly address: string | null;
  }): Promise<Result<Login>>;
  /** See `Sessions`. */
  session(userId: string, tokensFrom: number): Promise<Caller | null>;
  standing(userId: string): Promise<Standing | null>;
  me(context: RequestContext): Promise<Result<Me>>;
  /** A new login; those made before do not count any longer. */
  changePassword(
    context: RequestContext,
    input: { readonly current: string; readonly next: string },
  ): Promise<Result<Login>>;
  /** Admin, as all that follow. By id, after `after`; limit 1 to 200. */
  list(
    context: RequestContext,
    options: { readonly after: string | null; readonly limit: number },
  ): Promise<Result<readonly UserView[]>>;
  create(
    context: RequestContext,
    input: { readonly userId: string; readonly password: string; readonly roles: readonly Role[] },
  ): Promise<Result<UserView>>;
  /**
   * What is undefined stays as it is. A new password and disabling end every login made before. A conflict when
   * nobody enabled would have the role admin.
   */
  update(
    context: RequestContext,
    userId: string,
    change: { readonly roles?: readonly Role[]; readonly disabled?: boolean; readonly password?: string },
  ): Promise<Result<UserView>>;
  /** With its API keys; its jobs and its account stay. A conflict as with `update`. */
  delete(context: RequestContext, userId: string): Promise<Result<null>>;
}

export interface UserView extends Caller {
  readonly disabled: boolean;
  readonly createdAt: number;
  readonly updatedAt: number;
}

export interface Me extends Caller {
  /** Whether it is stored here, with a password. */
  readonly hasPassword: boolean;
}

/** What the transport makes a JWT of. */
export interface Login extends Caller {
  /** To be put into the JWT as it is, for `session`. */
  readonly tokensFrom: number;
}
