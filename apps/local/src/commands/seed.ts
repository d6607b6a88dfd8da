import { migrate } from '../bring-up/migrate.js';
import { complain, say } from '../output/terminal.js';
import { grouped, progressBar } from '../seed/progress-bar.js';
import { type SeedOptions, seedCatalogue } from '../seed/seed-catalogue.js';
import { readSeedFlags, SEED_HELP } from '../seed/seed-flags.js';
import { withDatabase } from './with-database.js';

/** `npm run seed`: fills the catalogue. */
export async function seedCommand(args: readonly string[]): Promise<number> {
  const flags = readSeedFlags(args);
  switch (flags.kind) {
    case 'help':
      say(SEED_HELP);
      return 0;
    case 'invalid':
      complain(flags.complaint);
      return 1;
    case 'seed':
      return withDatabase(async (context) => {
        await migrate(context);
        await seedWatched({ databaseUrl: context.databaseUrl, products: flags.products });
        return { code: 0 };
      });
  }
}

async function seedWatched(options: SeedOptions): Promise<void> {
  const bar = progressBar(options.products, 'products');
  const startedAt = performance.now();
  const { added, present } = await seedCatalogue({ ...options, onProgress: bar.show });
  bar.end();
  const seconds = ((performance.now() - startedAt) / 1_000).toFixed(1);
  say(`Products added: ${grouped(added)}, there already: ${grouped(present)} (${seconds} s).`);
}
