/** A Lua script: one round trip, one slot, nothing in between. */
export interface Script {
  readonly name: string;
  /**
   * `any`: it is told with each call. Such a script carries many keys at once, is a pipeline of its own, and travels by itself, not
   * in the driver's pipeline with what else is sent in that moment. It has to: the driver sorts what it sends to a cluster by
   * the first argument, and there that is the number. Scripts for different masters would be in one pipeline, which the driver refuses.
   */
  readonly numberOfKeys: number | 'any';
  readonly lua: string;
}
