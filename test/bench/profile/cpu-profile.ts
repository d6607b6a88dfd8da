interface Frame {
  readonly functionName: string;
  readonly url: string;
  readonly lineNumber: number;
}

/** As V8 writes it, as far as it is used. */
export interface CpuProfile {
  readonly nodes: readonly { readonly id: number; readonly callFrame: Frame }[];
  readonly samples: readonly number[];
  /** Between one sample and the next, in microseconds. */
  readonly timeDeltas: readonly number[];
}

export interface SelfTime {
  readonly name: string;
  readonly micros: number;
  /** Of the time in which the process was not idle. */
  readonly share: number;
}

export interface ProfileSummary {
  readonly busyMicros: number;
  /** Packages, libraries of this repository and parts of Node, the dearest first. */
  readonly groups: readonly SelfTime[];
  readonly functions: readonly SelfTime[];
}

/** Neither is work of the server: the second begins and ends the profile itself. */
const isOwn = ({ functionName, url }: Frame) => functionName !== '(idle)' && url !== 'node:inspector';

/** Self times of a profile. What is inlined counts as the function that it is inlined in. */
export function summaryOf({ nodes, samples, timeDeltas }: CpuProfile): ProfileSummary {
  const micros = new Map<number, number>();
  samples.forEach((id, n) => {
    micros.set(id, (micros.get(id) ?? 0) + (timeDeltas[n] ?? 0));
  });
  const groups = new Map<string, number>();
  const functions = new Map<string, number>();
  let busyMicros = 0;
  for (const { id, callFrame } of nodes) {
    const own = micros.get(id) ?? 0;
    if (own === 0 || !isOwn(callFrame)) continue;
    busyMicros += own;
    const group = groupOf(callFrame);
    groups.set(group, (groups.get(group) ?? 0) + own);
    const name = `${callFrame.functionName || '(anonymous)'} ${placeOf(callFrame)}`.trim();
    functions.set(name, (functions.get(name) ?? 0) + own);
  }
  const dearest = (times: ReadonlyMap<string, number>): SelfTime[] =>
    [...times]
      .map(([name, own]) => ({ name, micros: own, share: own / busyMicros }))
      .toSorted((a, b) => b.micros - a.micros);
  return { busyMicros, groups: dearest(groups), functions: dearest(functions) };
}

function groupOf({ functionName, url }: Frame): string {
  if (url === '')
    return functionName === '(garbage collector)' ? 'garbage collection' : 'system calls and V8';
  if (url.startsWith('node:')) return `Node: ${url.split('/').slice(0, 2).join('/').replace('node:', '')}`;
  const dependency = /node_modules\/((?:@[^/]+\/)?[^/]+)/.exec(url)?.[1];
  return dependency ?? /(?:libs|apps)\/[^/]+/.exec(url)?.[0] ?? 'other';
}

const placeOf = ({ url, lineNumber }: Frame) =>
  url === '' ? '' : `${url.split('/').slice(-2).join('/')}:${lineNumber + 1}`;

const LISTED = 15;

/** As Markdown. @param requests that were answered meanwhile */
export function profileTable(
  title: string,
  { busyMicros, groups, functions }: ProfileSummary,
  requests: number,
): string {
  const rows = (times: readonly SelfTime[]) =>
    times
      .slice(0, LISTED)
      .map(
        ({ name, micros, share }) =>
          `| ${name.replaceAll('|', '\\|')} | ${(micros / requests).toFixed(2)} | ${(share * 100).toFixed(1)} % |`,
      );
  const head = (what: string) => [`| ${what} | µs a request | share |`, '| --- | ---: | ---: |'];
  return [
    `### ${title}: ${(busyMicros / requests).toFixed(1)} µs a request on the main thread`,
    '',
    ...head('group'),
    ...rows(groups),
    '',
    ...head('function'),
    ...rows(functions),
    '',
  ].join('\n');
}
