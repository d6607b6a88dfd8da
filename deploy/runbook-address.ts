import { readFileSync } from 'node:fs';

const RULES = new URL('../docker/prometheus/rules/hotshelf.yml', import.meta.url);
const LINK = /(?<=runbook_url: )\S+(?=#)/g;

/** The address of the runbook, as the alerts name it: alerts and dashboards lead to the same page. */
export function runbookAddress(): string {
  const [address] = readFileSync(RULES, 'utf8').match(LINK) ?? [];
  if (address === undefined) throw new Error('no alert has a runbook_url');
  return address;
}

/** @returns the rules with another address of the runbook */
export const withRunbook = (rules: string, address: string): string => rules.replace(LINK, address);
