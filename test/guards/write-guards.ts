import type { Guard } from './guard.ts';

const WRITES = 'test/e2e/writes';
const PRODUCTS = 'apps/api/src/products/writing';

/** The guards of the writes; docs/writing.md tells what each is for. */
export const WRITE_GUARDS: readonly Guard[] = [
  {
    name: 'a product of no category leaves no row for one',
    file: 'libs/db/src/migrations/0003-uncategorised-products.js',
    text: "recorder(' WHERE category_id IS NOT NULL')",
    without: "recorder('')",
    test: 'test/integration/db/outbox.test.ts',
  },
  {
    name: 'a write waits in a lane of its own',
    file: 'libs/resilience/src/dependency-policy.js',
    text: 'this.through(places, call)',
    without: 'this.through(this.bulkhead, call)',
    test: 'test/unit/resilience/dependency-policy.test.ts',
  },
  {
    name: 'stock is never taken below 0, whoever takes at the same time',
    file: `${PRODUCTS}/product-writes.repository.js`,
    text: 'AND stock::bigint + $2 BETWEEN 0 AND 2147483647',
    without: '',
    test: 'test/faults/flash-sale.test.ts',
  },
  {
    name: 'a product is held while its tag is compared',
    file: `${PRODUCTS}/product-writes.repository.js`,
    text: ' FOR UPDATE',
    without: '',
    test: `${WRITES}/if-match.test.ts`,
  },
  {
    name: 'a new product is read again',
    file: `${PRODUCTS}/product-writes.repository.js`,
    text: 'await sql(SELECT, [\n            id\n        ])',
    without: '[inserted]',
    test: `${WRITES}/made-again.test.ts`,
  },
  {
    name: 'a weak tag never matches',
    file: 'libs/cache/src/http/if-match.js',
    text: '(?:W\\/)?',
    without: '',
    test: 'test/unit/cache/if-match.test.ts',
  },
  {
    name: 'a key is claimed by one at a time',
    file: 'libs/db/src/idempotency/idempotency-keys.js',
    text: 'if (lock?.locked !== true) throw inProgress();',
    without: '',
    test: `${WRITES}/idempotency.test.ts`,
  },
  {
    name: 'a key belongs to one request',
    file: 'libs/db/src/idempotency/idempotency-keys.js',
    text: 'if (row.fingerprint !== fingerprint) throw reused();',
    without: '',
    test: `${WRITES}/idempotency.test.ts`,
  },
  {
    name: 'an answer that is too old is not given again',
    file: 'libs/db/src/idempotency/idempotency-keys.js',
    text: ' AND recorded_at > clock_timestamp() - ',
    without: ' AND recorded_at > clock_timestamp() - 9 * ',
    test: `${WRITES}/idempotency.test.ts`,
  },
  {
    name: 'old keys are swept away',
    file: 'libs/db/src/idempotency/idempotency-keys.js',
    text: 'this.sweep.nowAndThen();',
    without: '',
    test: `${WRITES}/idempotency.test.ts`,
  },
  {
    name: 'an answer is remembered in the transaction of its change',
    file: `${PRODUCTS}/product-writes.service.js`,
    text: 'await this.keys.remember(sql, attempt, result.answer);',
    without:
      'setImmediate(()=>this.database.write((later)=>this.keys.remember(later, attempt, result.answer)).catch(()=>undefined));',
    test: 'test/faults/killed-writer.test.ts',
  },
  {
    name: 'a wait for a lock is not held against Postgres',
    file: 'libs/db/src/writing/transaction.js',
    text: 'await sql(LIMIT_LOCK_WAIT);',
    without: '',
    test: 'test/faults/writes-refused.test.ts',
  },
  {
    name: 'a commit whose answer was lost may have been made',
    file: 'libs/db/src/writing/transaction.js',
    text: "progress.fate = 'unknown';",
    without: '',
    test: 'test/faults/writes-refused.test.ts',
  },
  {
    name: 'the connection of a write that was given up is closed',
    file: 'libs/db/src/pool/lent-connection.js',
    text: 'this.broken ||= !isFromServer(error);',
    without: '',
    test: 'test/integration/db/timed-out-writer.test.ts',
  },
  {
    name: 'a number is what was written',
    file: 'libs/http/src/bodies/parse-json.js',
    text: 'isExact(value, source) ? value : Number.NaN',
    without: 'value',
    test: `${WRITES}/validation.test.ts`,
  },
  {
    name: 'broken bytes are refused, not replaced',
    file: 'libs/http/src/bodies/parse-json.js',
    text: 'fatal: true',
    without: 'fatal: false',
    test: 'test/unit/http/parse-json.test.ts',
  },
  {
    name: 'a price of more than two decimals is refused, not rounded',
    file: `${PRODUCTS}/product-fields.js`,
    text: 'Number(price.toFixed(2)) === price',
    without: 'true',
    test: 'test/unit/products/price.test.ts',
  },
];
