import { AnswerStream, NoAnswer } from './answer-stream.ts';
import { type Conversation, converse } from './converse.ts';
import type { FuzzCase } from './fuzz-case.ts';
import { normalised, statusesIn } from './normalised.ts';

export interface Violation {
  readonly what: string;
  readonly sent: FuzzCase;
  readonly on: string;
  readonly off: string;
}

/** What came of one case that was sent to both services. */
export type Verdict =
  | { readonly kind: 'same'; readonly ms: number; readonly statuses: readonly number[] }
  | { readonly kind: 'aborted' }
  | { readonly kind: 'violation'; readonly violation: Violation };

/** Sends a case to both services at once and judges what comes back. */
export async function judge(ports: readonly [on: number, off: number], sent: FuzzCase): Promise<Verdict> {
  const [on, off] = await Promise.all([converse(ports[0], sent), converse(ports[1], sent)]);
  const violation = (what: string): Verdict => ({
    kind: 'violation',
    violation: { what, sent, on: textOf(on), off: textOf(off) },
  });
  for (const [path, outcome] of [
    ['on', on],
    ['off', off],
  ] as const) {
    if (outcome.kind === 'hung') return violation(`hang, fast path ${path}`);
    if (outcome.kind === 'refused') return violation(`no connection, fast path ${path}: ${outcome.reason}`);
    if (outcome.kind === 'aborted') return { kind: 'aborted' };
    if (statusesIn(outcome.received).some((status) => status >= 500))
      return violation(`5xx, fast path ${path}`);
    const malformed = malformation(outcome.received, sent);
    if (malformed !== null) return violation(`${malformed}, fast path ${path}`);
  }
  if (comparable(on, sent) !== comparable(off, sent)) return violation('different answers');
  const ms = on.kind === 'ended' ? on.ms : 0;
  return { kind: 'same', ms, statuses: statusesIn(textOf(on)) };
}

/** The refusal of bytes that cannot be read as a request. It is not Node's, which adds a date. */
const REFUSAL = /HTTP\/1\.1 4\d\d [^\r]*(?:\r\n(?!date:)[^\r]+)*\r\n\r\n\{[^\n]*\}$/i;

/**
 * Behind a client that has closed its side, such bytes may be left without an answer: the answer before them is the last one
 * if it goes out after that side was closed.
 */
function comparable(conversation: Conversation, { ending }: FuzzCase): string {
  const text = normalised(textOf(conversation));
  return ending === 'half-closed' ? text.replace(REFUSAL, '') : text;
}

function textOf(conversation: Conversation): string {
  return 'received' in conversation ? conversation.received : conversation.kind;
}

/** If all requests were whole, every byte that came belongs to an answer of the length that it says. */
function malformation(received: string, { methods }: FuzzCase): string | null {
  if (methods === null) return null;
  // What cannot be read as a request is answered with a body, whatever its method was meant to be; such an answer is not
  // Node's, which adds a date.
  const stream = new AnswerStream((nth, head) => methods[nth] === 'HEAD' && /\r\ndate:/i.test(head));
  try {
    const answers = stream.push(Buffer.from(received, 'latin1'));
    if (stream.pending > 0) return 'an answer that is cut off';
    return answers.length > methods.length + 1 ? 'more answers than requests' : null;
  } catch (error) {
    if (error instanceof NoAnswer) return `malformed: ${error.message}`;
    throw error;
  }
}
