/** `npm run build`: rolldown by its settings. Its own command would list 120 files each time. */

import { build } from 'rolldown';
import { loadConfig } from 'rolldown/config';

await build(await loadConfig('rolldown.config.ts'));
