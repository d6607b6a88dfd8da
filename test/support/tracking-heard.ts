import type { TrackingListener } from '#libs/redis';

/** Records the events of a tracking link. */
export class Heard implements TrackingListener {
  /** The states of the link, in order. */
  readonly standing: ('synced' | 'lost')[] = [];
  /** The invalidations, message by message. */
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
