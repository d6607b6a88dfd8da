/** What the source says of a thing; `body` is the bytes of the answer, a byte a character. */
export type Loaded =
  | { readonly state: 'present'; readonly version: number; readonly body: string }
  | { readonly state: 'absent'; readonly version: number };

/** Asks the source. Throws when the source can not be asked. */
export type Load = () => Promise<Loaded>;

/**
 * @throws TypeError where the version is not one. A driver that gives a bigint as text, say, would have versions
 *   compared as text, and Redis' scripts fail on what is no number.
 */
export function checkLoaded(loaded: Loaded): Loaded {
  if (Number.isSafeInteger(loaded.version) && loaded.version >= 0) return loaded;
  throw new TypeError(
    `a version is a whole number from 0 on, not ${typeof loaded.version} ${loaded.version}`,
  );
}
