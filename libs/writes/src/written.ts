import { etagOf, type Loaded } from '#libs/cache';
import { type CachedResourceOptions, loadedOf } from '#libs/cache-http';
import type { RememberedAnswer } from '#libs/db';

/** How a kind of thing is written. */
export interface WritableResource<T> {
  /** Its name in problems: `Article`. */
  readonly noun: string;
  /** How a GET of it is answered; a write is answered with the same bytes and the same tag. */
  readonly resource: CachedResourceOptions<T>;
  readonly idOf: (value: T) => string;
  /** Its path without the id: `/articles`. */
  readonly path: string;
  /**
   * Whether its answer is made of other rows too. Such a state may be older than a change of those rows, so the caches are
   * not given it, and load it.
   */
  readonly isDerived: boolean;
}

/** A thing that was made or changed, with its answer. */
export interface Made<T> {
  readonly kind: 'made';
  readonly value: T;
  readonly answer: RememberedAnswer;
  /** The same for the tiers. */
  readonly state: Loaded;
}

/** The outcome of a write. */
export type WriteResult<T> =
  | Made<T>
  | { readonly kind: 'removed' }
  /** It was made before, and this was answered then. */
  | { readonly kind: 'replayed'; readonly answer: RememberedAnswer };

/** The tag that a GET of the thing would bring. */
export function etagOfValue<T>({ resource }: WritableResource<T>, value: T): string {
  return taggedOf(resource, value).etag;
}

/** A thing that was made or changed, with the bytes and the tag that a GET would bring; both are made once. */
export function made<T>(written: WritableResource<T>, value: T, status: 200 | 201): Made<T> {
  const { state, etag, body } = taggedOf(written.resource, value);
  const answer = {
    status,
    etag,
    location: status === 201 ? `${written.path}/${written.idOf(value)}` : null,
    body: Buffer.from(body, 'latin1').toString(),
  };
  return { kind: 'made', value, answer, state };
}

/** The state that the tiers may be given; null for none. */
export function stateOf<T>({ isDerived }: WritableResource<T>, result: WriteResult<T>): Loaded | null {
  return result.kind === 'made' && !isDerived ? result.state : null;
}

/** Its body is a byte a character, as the tiers keep it. */
function taggedOf<T>(resource: CachedResourceOptions<T>, value: T) {
  const loaded = loadedOf(resource, value);
  if (loaded.state === 'absent') return { state: loaded, etag: etagOf(''), body: '' };
  const etag = etagOf(loaded.body);
  return { state: { ...loaded, etag }, etag, body: loaded.body };
}
