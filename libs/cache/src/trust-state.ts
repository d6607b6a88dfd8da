/** Everything that was committed at `asOfMs` has reached Redis, but for a part of a backlog, which was committed before. */
interface NewsState {
  readonly backlog: string;
  readonly asOfMs: number;
}

/**
 * `unwatched`: Redis is not compared with the origin, so it has to be trusted. `trusted`: everything that was
 * committed at `asOfMs` had reached it. `untrusted`: it may have missed something; with `news`, no more than a backlog.
 */
export type L2TrustState =
  | { readonly kind: 'unwatched' }
  | { readonly kind: 'trusted'; readonly asOfMs: number }
  | { readonly kind: 'untrusted'; readonly asOfMs: number; readonly news: NewsState | null };

/** Why L2 became untrusted, and whether that follows from what is logged elsewhere: that Redis is away, or its tracking link. */
export const IS_EXPLAINED = {
  'not compared with Postgres yet': true,
  'a command failed': true,
  'a tracking link was lost': true,
  'changes are not recorded': true,
  'committed changes have not reached it': false,
  'a backlog of changes is being applied to it': false,
  'the outbox cannot be compared': false,
  'the database has a new history': false,
  'its watermark is not that of this database': false,
};
export type DistrustReason = keyof typeof IS_EXPLAINED;

/**
 * Whose entries Redis holds in this service's namespace. `foreign`: those of a service over another database, which is alive.
 * `unknown`: its watermark is missing, or of another database or history than the one that answers now. Nothing is written to
 * it before it is known to be this database's, and nothing is read from a foreign one: two databases have rows of the same ids.
 */
export type NamespaceOwner = 'own' | 'foreign' | 'unknown';
