/** `npm run sbom`: prints the bill of materials of what is published. */

import { billOfMaterials } from './sbom.js';

process.stdout.write(billOfMaterials());
