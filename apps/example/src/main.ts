import { Module } from '@nestjs/common';
import { READ_SLICES, readConfig } from '#libs/config';
import { createService, ServiceModule, serve } from '#libs/service';
import { StopSignals } from '#libs/workers';
import { ARTICLES, ArticlesController } from './articles.js';

@Module({ controllers: [ArticlesController] })
class Example {}

const signals = new StopSignals();
const config = readConfig(process.env, READ_SLICES);
const imports = [ServiceModule.forTables(config, [ARTICLES])];
await serve(await createService({ module: Example, imports }, config), config, signals);
