/** A Lua script: one round trip, one slot, nothing in between. */
export interface Script {
  readonly name: string;
  /**
   * `any`: given with each call. Such a script carries many keys at once, is a pipeline of its own, and is sent alone,
   * not in the driver's pipeline with the other commands of that moment: the driver sorts commands for a cluster by
   * their first argument, and there that is the number. Scripts for different masters would be in one pipeline, which
   * the driver refuses.
   */
  readonly numberOfKeys: number | 'any';
  readonly lua: string;
}
