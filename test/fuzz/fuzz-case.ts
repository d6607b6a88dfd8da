/** How the client ends its side when all is sent. */
export type Ending =
  /** A last request that asks for the connection to be closed. */
  | 'last request'
  /** It sends no more and reads on. */
  | 'half-closed'
  /** It sends no more, and leaves without reading: nothing is compared. */
  | 'aborted';

/** Bytes for one connection, and how they are sent. */
export interface FuzzCase {
  /** The generator that made it. */
  readonly family: string;
  readonly bytes: Buffer;
  /** Where the bytes are cut into writes of their own, ascending. */
  readonly cuts: readonly number[];
  readonly ending: Ending;
  /** The method of each request, if they are all whole: then each answer is checked to have the length that it says. */
  readonly methods: readonly string[] | null;
}

/** As text that can be sent again by hand. */
export function describeCase({ family, bytes, cuts, ending }: FuzzCase): string {
  const text = JSON.stringify(bytes.toString('latin1'));
  const shown = text.length > 700 ? `${text.slice(0, 700)}… (${bytes.length} bytes)` : text;
  return `${family}, ${ending}, ${cuts.length} cuts: ${shown}`;
}
