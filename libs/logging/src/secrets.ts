/** Where secrets could stand in a logged object. pino replaces them before the line is written. */
export const SECRET_PATHS: string[] = [
  'req.headers.authorization',
  'req.headers.cookie',
  'headers.authorization',
  'headers.cookie',
  'authorization',
  'password',
  '*.password',
  'url.password',
  'API_KEYS',
  'DATABASE_URL',
  'REDIS_URL',
  '*.API_KEYS',
  '*.DATABASE_URL',
  '*.REDIS_URL',
];
