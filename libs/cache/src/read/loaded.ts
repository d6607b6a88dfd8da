/** What the source says of a thing. */
export type Loaded =
  | { readonly state: 'present'; readonly version: number; readonly body: Buffer }
  | { readonly state: 'absent'; readonly version: number };

/** Asks the source. Throws when the source can not be asked. */
export type Load = () => Promise<Loaded>;
