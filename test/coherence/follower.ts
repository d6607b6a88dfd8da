export interface Change {
  readonly resource: string;
  readonly id: string | null;
  readonly version: number;
  readonly change: 'written' | 'removed' | 'all';
}

export const keyOf = ({ resource, id }: Change) => `${resource}:${id ?? '*'}`;

/** A client of the feed: goes on from its last cursor, at any process, and begins again if that has expired. */
export class Follower {
  readonly name: string;
  cursor: string | null = null;
  /** Since it began last: what it got, in the order in which it came first. */
  readonly places = new Map<string, number>();
  readonly last = new Map<string, Change>();
  delivered = 0;
  asked = 0;
  expired = 0;

  constructor(name: string) {
    this.name = name;
  }

  take(change: Change): void {
    this.delivered += 1;
    const name = `${keyOf(change)}@${change.version}`;
    if (this.places.has(name)) return;
    this.places.set(name, this.places.size);
    this.last.set(keyOf(change), change);
  }

  beginAgain(): void {
    this.expired += 1;
    this.cursor = null;
    this.places.clear();
    this.last.clear();
  }

  /** @param event of the stream, as it was sent */
  takeEvent(event: string): void {
    const id = /^id: (.*)$/m.exec(event)?.[1];
    const data = /^data: (.*)$/m.exec(event)?.[1];
    if (data !== undefined) this.take(JSON.parse(data));
    if (id !== undefined) this.cursor = id;
  }
}
