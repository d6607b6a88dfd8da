import { join } from 'node:path';
import { createCatalogue } from '../../support/catalogue.ts';
import { runCommand } from '../../support/run-command.ts';
import { measured, notMeasured, type Probe } from './probe.ts';

const ROOT = join(import.meta.dirname, '../../..');
const PRODUCTS = 1_000_000;

/** How long the seed command takes for a million products, in seconds. */
export const seeding: Probe = {
  name: 'seed',
  budgets: ['seed'],
  run: async (_stage, { quick }) => {
    if (quick) return { seed: notMeasured('skipped by --quick') };
    const catalogue = await createCatalogue(0);
    try {
      await catalogue.sql('DELETE FROM categories');
      const startMs = performance.now();
      const { code, output } = await runCommand(
        'npm',
        ['run', 'seed', '--', '--products', String(PRODUCTS)],
        {
          cwd: ROOT,
          env: { ...process.env, DATABASE_URL: catalogue.url },
        },
      );
      if (code !== 0) throw new Error(`the seed failed: ${output.slice(-1_000)}`);
      return { seed: measured((performance.now() - startMs) / 1_000) };
    } finally {
      await catalogue.drop();
    }
  },
};
