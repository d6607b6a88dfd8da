import { type Profiler, Session } from 'node:inspector/promises';
import { relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { ROOT } from '../../apps/local/src/terminal.ts';

/** The service's own files, compiled or not; no package of others, no test. */
const OWN = /^(?:dist\/)?(?:apps|libs)\//;

const ownFile = ({ url }: Profiler.ScriptCoverage): string | null => {
  if (!url.startsWith('file:')) return null;
  const file = relative(ROOT, fileURLToPath(url));
  return OWN.test(file) ? file.replace(/^dist\//, '').replace(/\.js$/, '.ts') : null;
};

/** Which of the service's files a piece of work passes through, by the functions that V8 has counted. */
export class WalkedFiles {
  private readonly session = new Session();

  /** To be called before the service is imported, so that no function of it has run uncounted. */
  async begin(): Promise<void> {
    this.session.connect();
    await this.session.post('Profiler.enable');
    await this.session.post('Profiler.startPreciseCoverage', { callCount: true, detailed: false });
  }

  /**
   * Does a piece of work many times. A file counts if each time one of its functions ran: what timers run meanwhile ran fewer times.
   *
   * @param times how often `work` is done, one after the other
   * @returns the files in alphabetical order
   */
  async of(times: number, work: (n: number) => Promise<void>): Promise<string[]> {
    await this.taken();
    for (let n = 0; n < times; n += 1) await work(n);
    const files = (await this.taken()).flatMap((script) => {
      const isOnTheWalk = script.functions.some(
        ({ functionName, ranges: [range] }) => functionName !== '' && (range?.count ?? 0) >= times,
      );
      const file = ownFile(script);
      return file !== null && (isOnTheWalk || anonymousOf(script, times)) ? [file] : [];
    });
    return files.toSorted((a, b) => a.localeCompare(b));
  }

  /** The files whose code has run at all: what a start has loaded. */
  async loaded(): Promise<string[]> {
    return (await this.taken())
      .flatMap((script) => ownFile(script) ?? [])
      .toSorted((a, b) => a.localeCompare(b));
  }

  end(): void {
    this.session.disconnect();
  }

  /** Counts since the last time. */
  private async taken(): Promise<Profiler.ScriptCoverage[]> {
    return (await this.session.post('Profiler.takePreciseCoverage')).result;
  }
}

/** The function of the whole file has no name either, and starts with it. */
const anonymousOf = ({ functions }: Profiler.ScriptCoverage, times: number) =>
  functions.some(
    ({ functionName, ranges: [range] }) =>
      functionName === '' && (range?.startOffset ?? 0) > 0 && (range?.count ?? 0) >= times,
  );
