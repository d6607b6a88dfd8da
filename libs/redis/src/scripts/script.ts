/** A Lua script: one round trip, one slot, nothing in between. */
export interface Script {
  readonly name: string;
  /** `any`: it is told with each call. */
  readonly numberOfKeys: number | 'any';
  readonly lua: string;
  /**
   * Whether a call travels by itself, and not in the driver's pipeline with what else is sent in that moment; default
   * false. For a script that carries many keys at once: it is a pipeline of its own. One with `any` number of keys has to,
   * since the driver sorts what it sends to a cluster by the first argument, and there that is the number.
   */
  readonly alone?: boolean;
}
