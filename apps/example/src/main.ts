import { startService } from '#libs/service';
import { AppModule } from './app.module.js';

await startService(AppModule);
