/** What the source says of a thing; `body` is the bytes of the answer, a byte a character. */
export type Loaded =
  | { readonly state: 'present'; readonly version: number; readonly body: string }
  | { readonly state: 'absent'; readonly version: number };

/** Asks the source. Throws when the source can not be asked. */
export type Load = () => Promise<Loaded>;
