interface LoadedBase {
  readonly version: number;
  /** How long it is fresh, in milliseconds. Default: as long as is configured. */
  readonly freshMs?: number | undefined;
}

/**
 * The state of an entity at the origin; `body` is the bytes of the answer, a byte a character; `etag` its tag, if it is
 * known.
 */
export type Loaded = LoadedBase &
  (
    | { readonly state: 'present'; readonly body: string; readonly etag?: string }
    | { readonly state: 'absent' }
  );

/** Reads the origin. Throws if the origin cannot be read. */
export type Load = () => Promise<Loaded>;

/**
 * @throws TypeError if the version is not one. A driver that gives a bigint as text, say, would have versions
 *   compared as text, and Redis' scripts fail on what is no number.
 */
export function checkLoaded(loaded: Loaded): Loaded {
  if (Number.isSafeInteger(loaded.version) && loaded.version >= 0) return loaded;
  throw new TypeError(
    `a version is a whole number from 0 on, not ${typeof loaded.version} ${loaded.version}`,
  );
}
