import type { Load, Loaded } from '#src/libs/cache/src/entry/entry';

/** A origin that a test steers: what it says, how long it takes, whether it fails, and how often it was asked. */
export class TestOrigin {
  version = 1;
  present = true;
  failing = false;
  asked = 0;
  private opening: PromiseWithResolvers<void> | undefined;

  /** From now on loads wait, having read what was true when they began, until `open`. */
  close(): void {
    this.opening ??= Promise.withResolvers<void>();
  }

  open(): void {
    this.opening?.resolve();
    this.opening = undefined;
  }

  readonly load: Load = async () => {
    this.asked += 1;
    const { version, present } = this;
    await this.opening?.promise;
    if (this.failing) throw new Error('the origin fails');
    const loaded: Loaded = present
      ? { state: 'present', version, body: JSON.stringify({ version }) }
      : { state: 'absent', version: 0 };
    return loaded;
  };
}
