/** `npm run build`: rolldown with its configuration. Its own command line would list 120 files each time. */

import { build } from 'rolldown';
import { loadConfig } from 'rolldown/config';

await build(await loadConfig('rolldown.config.ts'));
