/** A Lua script: one round trip, one slot, nothing in between. */
export interface Script {
  readonly name: string;
  /** `any`: it is told with each call. */
  readonly numberOfKeys: number | 'any';
  readonly lua: string;
}
