import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { addWriterHook, WriterAdmission } from '#libs/auth';
import type { Config } from '#libs/config';
import { addWriteLimit } from '#libs/http';
import { RequestContext } from '#libs/logging';
import type { MetricsPage } from '#libs/metrics';
import { createService } from '#libs/service';
import { AppModule } from './app.module.js';
import { patchOf } from './catalogue/products/writing/product-inputs.js';
import { ProductWritesService } from './catalogue/products/writing/product-writes.service.js';
import { addConsole } from './console/add-console.js';
import { addIndex } from './console/add-index.js';
import { addOpenApi } from './open-api/add-open-api.js';

/**
 * The whole service, ready to listen. main.ts and every test make it here, so that no test runs another one.
 *
 * @param page what `/metrics` shows; default: this process's own metrics
 */
export async function configureApp(config: Config, page?: MetricsPage): Promise<NestFastifyApplication> {
  const app = await createService(AppModule.forRoot(config, page), config, (service, fastify) => {
    const context = service.get(RequestContext);
    addWriterHook(fastify, service.get(WriterAdmission), ({ id }) => context.assign({ writer: id }));
    addWriteLimit(fastify, config.access.writesPerMinute, ({ writer }) => writer?.id);
  });
  addOpenApi(app);
  addIndex(app);
  addConsole(app, () => changeSomePrice(app));
  return app;
}

/** The product whose price the console's button changes. */
const PRODUCT = 'prod-1';

async function changeSomePrice(app: NestFastifyApplication) {
  const price = Math.round(500 + Math.random() * 9_500) / 100;
  await app.get(ProductWritesService).change(PRODUCT, patchOf(PRODUCT, { price }), undefined);
  return { product: PRODUCT, price };
}
