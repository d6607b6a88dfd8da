const NEVER = -1;

export interface RawAnswer {
  readonly status: number;
  /** Status line and header fields. */
  readonly head: string;
}

/**
 * Takes HTTP/1.1 answers out of what a socket delivers, one at a time. Only what a benchmark's servers send:
 * a body has its length. Anything else throws, so that nothing is measured that was not understood.
 */
export class AnswerReader {
  private pending: Buffer | null = null;

  /** @returns the answer that this chunk completes, if it does. One request is under way at a time. */
  read(chunk: Buffer): RawAnswer | null {
    const data = this.pending === null ? chunk : Buffer.concat([this.pending, chunk]);
    const headEnd = data.indexOf('\r\n\r\n');
    if (headEnd === NEVER) return this.keep(data);
    const head = data.toString('latin1', 0, headEnd);
    const status = Number(head.slice(9, 12));
    const length = lengthOf(head, status);
    if (data.length < headEnd + 4 + length) return this.keep(data);
    this.pending = null;
    return { status, head };
  }

  private keep(data: Buffer): null {
    this.pending = data;
    return null;
  }
}

function lengthOf(head: string, status: number): number {
  if (status === 204 || status === 304) return 0;
  const length = /\r\ncontent-length: (\d+)/i.exec(head)?.[1];
  if (length === undefined) throw new Error(`an answer without Content-Length: ${head}`);
  return Number(length);
}
