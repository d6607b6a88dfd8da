import { readdirSync } from 'node:fs';
import { registerHooks } from 'node:module';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import type { Options } from 'k6/options';
import { execution } from './k6-runtime/execution.ts';
import { ROOT } from './project.ts';

const RUNTIME = new URL('./k6-runtime/', import.meta.url);
const MODULES: Readonly<Record<string, string>> = {
  k6: 'k6.ts',
  'k6/http': 'http.ts',
  'k6/execution': 'execution.ts',
  'k6/metrics': 'metrics.ts',
};

registerHooks({
  resolve(specifier, context, next) {
    const file = MODULES[specifier];
    return file === undefined
      ? next(specifier, context)
      : { url: new URL(file, RUNTIME).href, shortCircuit: true };
  },
});

/** What a scenario file exports. */
export interface LoadScenario {
  readonly options: Options;
  setup(): unknown;
  teardown?(data: unknown): void;
  handleSummary(data: unknown): Record<string, string>;
  readonly [name: string]: unknown;
}

/** Names of all scenario files. */
export const SCENARIOS = readdirSync(join(ROOT, 'k6/scenarios')).map((file) => file.replace(/\.ts$/, ''));

let loaded = 0;

/** Loads a scenario as k6 does, on a runtime of its own, with an environment. */
export async function loadScenario(
  name: string,
  environment: Record<string, string> = {},
): Promise<LoadScenario> {
  Object.assign(globalThis, { __ENV: environment, __VU: 0, open: () => '{}' });
  loaded += 1;
  const url = pathToFileURL(join(ROOT, 'k6/scenarios', `${name}.ts`));
  return (await import(`${url.href}?load=${loaded}`)) as LoadScenario;
}

/** The names of the parts that send load, with the functions that they run. */
export function partsOf({ options }: LoadScenario): { name: string; exec: string }[] {
  return Object.entries(options.scenarios ?? {})
    .filter(([, { executor }]) => executor.endsWith('-arrival-rate'))
    .map(([name, { exec }]) => ({ name, exec: exec ?? 'default' }));
}

/** Runs the functions of one part as a virtual user does. */
export function iterate(
  scenario: LoadScenario,
  part: { name: string; exec: string },
  times: number,
  data: unknown,
) {
  execution.scenario.name = part.name;
  for (let n = 0; n < times; n += 1) (scenario[part.exec] as (data: unknown) => void)(data);
}
