import { readFileSync } from 'node:fs';

const PACKAGE = new URL('../package.json', import.meta.url);
const LINK = /(?<=runbook_url: )\S+(?=#)/g;

/** The fields of package.json that say where the runbook is. */
export interface RunbookSetting {
  readonly repository: { readonly url: string };
  readonly config: { readonly runbook: string };
}

/**
 * The address of the runbook, to which alerts and dashboards link: `config.runbook` of package.json. A path is one in the main
 * branch of `repository`.
 *
 * @param setting default: that of the project's package.json
 */
export function runbookAddress(setting: RunbookSetting = fromPackage()): string {
  const { runbook } = setting.config;
  if (URL.canParse(runbook)) return runbook;
  const repository = setting.repository.url.replace(/^git\+/, '').replace(/\.git$/, '');
  return `${repository}/blob/main/${runbook}`;
}

const fromPackage = (): RunbookSetting => JSON.parse(readFileSync(PACKAGE, 'utf8'));

/** @returns the rules with another address of the runbook */
export const withRunbook = (rules: string, address: string): string => rules.replace(LINK, address);
