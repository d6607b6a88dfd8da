import type { TrackingListener } from '#libs/redis';

/** Listens to a tracking link, and keeps what it told. */
export class Heard implements TrackingListener {
  /** What was told of the link's own standing, in order. */
  readonly standing: ('synced' | 'lost')[] = [];
  /** What became invalid, message by message. */
  readonly messages: (readonly string[] | null)[] = [];
  signsOfLife = 0;

  get isSynced(): boolean {
    return this.standing.at(-1) === 'synced';
  }

  get keys(): readonly string[] {
    return this.messages.flatMap((keys) => keys ?? []);
  }

  synced(): void {
    this.standing.push('synced');
  }

  lost(): void {
    this.standing.push('lost');
  }

  heard(askedMsAgo: number): void {
    if (askedMsAgo >= 0) this.signsOfLife += 1;
  }

  invalidated(keys: readonly string[] | null): void {
    this.messages.push(keys);
  }
}
