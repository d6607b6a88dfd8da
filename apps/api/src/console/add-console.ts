import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Module } from '@nestjs/common';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { ConsoleConfig, ServerConfig } from '#libs/config';
import { ProblemError } from '#libs/errors';
import { addDocument, HttpModule, varyBy } from '#libs/http';
import { type ChangePrice, ConsoleActions } from './console-actions.js';
import { ConsoleAdmission } from './console-admission.js';
import { ConsoleFeed, streamTo } from './console-feed.js';
import { consolePage, ICON, indexPage, LINKS, loginPage, PAGE_SECURITY } from './pages.js';

const HTML = 'text/html; charset=utf-8';

/** What another site's page cannot send without being asked for leave, which the service does not give. */
const OWN_HEADER = 'x-hotshelf-console';

/** Without the compiler's reference to a source map, which is not served. */
const fileOf = (name: string) => async () => {
  const text = await readFile(join(import.meta.dirname, 'page', name), 'utf8');
  return text.replace(/\n\/\/# sourceMappingURL=\S+/, '\n');
};

/** The live page of the service; addConsole gives it its addresses. */
@Module({
  imports: [HttpModule],
  providers: [ConsoleFeed, ConsoleAdmission, ConsoleActions],
})
export class ConsoleModule {}

/**
 * Serves the console at /console, if it is on, and what its page loads below it.
 *
 * @param changePrice changes the price of a product, for the button
 */
export function addConsole(app: NestFastifyApplication, changePrice: ChangePrice): void {
  const config = app.get(ConsoleConfig);
  const fastify: FastifyInstance = app.getHttpAdapter().getInstance();
  void fastify.register((scope, _options, done) => {
    scope.addHook('onRequest', (_request, reply, done) => {
      reply.headers(PAGE_SECURITY);
      done();
    });
    // The index page has the same look.
    addDocument(scope, '/console/console.css', {
      mediaType: 'text/css; charset=utf-8',
      read: fileOf('console.css'),
    });
    addDocument(scope, '/console/icon.svg', { mediaType: 'image/svg+xml', read: () => ICON });
    if (config.enabled) {
      for (const name of ['console.js', 'charts.js', 'login.js'])
        addDocument(scope, `/console/${name}`, {
          mediaType: 'text/javascript; charset=utf-8',
          read: fileOf(name),
        });
      addPages(scope, app);
      if (config.actions) addActions(scope, app, changePrice);
    }
    done();
  });
}

function addPages(scope: FastifyInstance, app: NestFastifyApplication): void {
  const [admission, feed, actions] = [
    app.get(ConsoleAdmission),
    app.get(ConsoleFeed),
    app.get(ConsoleActions),
  ];
  const greeting = { actions: app.get(ConsoleConfig).actions, canPauseRedis: actions.canPauseRedis };
  const page = (request: FastifyRequest, reply: FastifyReply) => {
    reply.header('cache-control', 'no-store').type(HTML);
    if (admission.isOpenTo(request)) return reply.send(consolePage());
    return reply.code(401).header('www-authenticate', 'Bearer realm="hotshelf console"').send(loginPage());
  };
  scope.get('/console', page);
  scope.get('/console/', page);
  scope.get('/console/stream', async (request, reply) => {
    admission.admit(request);
    streamTo(request, reply, feed, greeting);
    return reply;
  });
  scope.post('/console/session', async (request, reply) => {
    refuseOtherSites(request);
    return reply.code(204).header('set-cookie', admission.session(request)).send();
  });
}

function addActions(scope: FastifyInstance, app: NestFastifyApplication, changePrice: ChangePrice): void {
  const [admission, actions] = [app.get(ConsoleAdmission), app.get(ConsoleActions)];
  const action = (name: string, run: () => unknown) =>
    scope.post(`/console/actions/${name}`, async (request, reply) => {
      refuseOtherSites(request);
      admission.admit(request);
      return reply.header('cache-control', 'no-store').send((await run()) ?? {});
    });
  action('load', () => actions.startLoad());
  action('price', () => actions.followPrice(changePrice));
  action('redis-pause', () => actions.pauseRedis(true));
  action('redis-resume', () => actions.pauseRedis(false));
}

/** @throws ProblemError `FORBIDDEN` for a request that a page of another site made */
function refuseOtherSites({ headers }: FastifyRequest): void {
  const site = headers['sec-fetch-site'];
  // guard(other-sites-press-no-button): drop
  if (headers[OWN_HEADER] === undefined || (site !== undefined && site !== 'same-origin'))
    throw new ProblemError('FORBIDDEN', { detail: 'Only the page of the console may do this.' });
}

/** Serves the index at `/`: a page for a browser, JSON for a program. */
export function addIndex(app: NestFastifyApplication): void {
  const { enabled } = app.get(ConsoleConfig);
  const { metricsPort } = app.get(ServerConfig);
  const elsewhere = metricsPort === null ? [] : ['console', 'metrics'];
  const links = LINKS.filter(({ name }) => (name !== 'console' || enabled) && !elsewhere.includes(name));
  const page = Buffer.from(indexPage(links));
  const index = Buffer.from(
    JSON.stringify({
      name: 'hotshelf',
      links: Object.fromEntries(links.map(({ name, href }) => [name, href])),
    }),
  );
  const fastify: FastifyInstance = app.getHttpAdapter().getInstance();
  fastify.get('/', (request, reply) => {
    varyBy(reply, 'Accept');
    reply.header('cache-control', 'no-cache');
    // Browsers name it; programs send */* or JSON.
    if (request.headers.accept?.includes('text/html') !== true)
      return reply.type('application/json; charset=utf-8').send(index);
    return reply.headers(PAGE_SECURITY).type(HTML).send(page);
  });
}
