export interface Thing {
  id: string;
  version: number;
}

/** A shelf of things that a test fills and empties, and whose list it can hold up after it was read. */
export class Shelf {
  readonly name: string;
  readonly things = new Map<string, Thing>();
  listed = 0;
  loaded = 0;
  failing = false;
  private opening: PromiseWithResolvers<void> | undefined;

  constructor(name: string) {
    this.name = name;
  }

  /** From now on lists wait, having read what was true when they began, until `open`. */
  close(): void {
    this.opening ??= Promise.withResolvers<void>();
  }

  open(): void {
    this.opening?.resolve();
    this.opening = undefined;
  }

  put(id: string, version: number): void {
    this.things.set(id, { id, version });
  }

  async list() {
    const ids = [...this.things.keys()].sort();
    this.listed += 1;
    await this.opening?.promise;
    return { ids, more: false };
  }

  async get(id: string): Promise<Thing> {
    this.loaded += 1;
    if (this.failing) throw new Error('the origin fails');
    const thing = this.things.get(id);
    if (thing === undefined) throw new Error('none');
    return thing;
  }
}
