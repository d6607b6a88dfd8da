/** One answer as it came over a socket. */
export interface WireAnswer {
  readonly status: number;
  /** Status line and header fields, without the empty line behind them. */
  readonly head: string;
  readonly body: Buffer;
}

/** The bytes are no HTTP/1.1 answer. */
export class NoAnswer extends Error {}

const HEAD_END = '\r\n\r\n';
const MAX_HEAD_BYTES = 65_536;

/**
 * Cuts what a socket delivers into answers. Interim answers (1xx) are left out. It copies no body twice, so that megabytes
 * in small pieces cost this process little.
 */
export class AnswerStream {
  private chunks: Buffer[] = [];
  private size = 0;
  private head: { readonly status: number; readonly text: string; readonly length: number } | null = null;
  private readonly isHead: (nth: number, head: string) => boolean;
  private answered = 0;

  /** @param isHead whether the request of this number, from 0, was a HEAD: its answer has no body */
  constructor(isHead: (nth: number, head: string) => boolean = () => false) {
    this.isHead = isHead;
  }

  /** Bytes that belong to no complete answer yet. */
  get pending(): number {
    return this.size + (this.head?.text.length ?? 0);
  }

  /**
   * @returns the answers that this chunk completes
   * @throws NoAnswer
   */
  push(chunk: Buffer): WireAnswer[] {
    this.chunks.push(chunk);
    this.size += chunk.length;
    const complete: WireAnswer[] = [];
    for (let next = this.take(); next !== null; next = this.take())
      if (next.status >= 200) complete.push(next);
    return complete;
  }

  private take(): WireAnswer | null {
    this.head ??= this.takeHead();
    if (this.head === null || this.size < this.head.length) return null;
    const { status, text, length } = this.head;
    this.head = null;
    return { status, head: text, body: this.cut(length) };
  }

  private takeHead() {
    if (this.size === 0) return null;
    const data = this.chunks.length === 1 ? (this.chunks[0] as Buffer) : Buffer.concat(this.chunks);
    this.chunks = [data];
    const end = data.indexOf(HEAD_END);
    if (end === -1) {
      if (data.length > MAX_HEAD_BYTES) throw new NoAnswer('a head of more than 64 KiB');
      return null;
    }
    const text = this.cut(end + HEAD_END.length).toString('latin1', 0, end);
    const status = Number(
      /^HTTP\/1\.1 (\d{3})(?: |$)/m.exec(text.split('\r\n', 1)[0] ?? '')?.[1] ?? Number.NaN,
    );
    if (Number.isNaN(status)) throw new NoAnswer(`not a status line: ${JSON.stringify(text.slice(0, 80))}`);
    const length = this.lengthOf(status, text);
    if (status >= 200) this.answered += 1;
    return { status, text, length };
  }

  private lengthOf(status: number, text: string): number {
    if (status < 200 || status === 204 || status === 304 || this.isHead(this.answered, text)) return 0;
    const lengths = [...text.matchAll(/\r\ncontent-length:[ \t]*(\d+)/gi)];
    if (lengths.length !== 1) throw new NoAnswer(`${lengths.length} lengths in ${JSON.stringify(text)}`);
    return Number(lengths[0]?.[1]);
  }

  private cut(length: number): Buffer {
    const data = this.chunks.length === 1 ? (this.chunks[0] as Buffer) : Buffer.concat(this.chunks);
    this.chunks = data.length === length ? [] : [data.subarray(length)];
    this.size -= length;
    return data.subarray(0, length);
  }
}
