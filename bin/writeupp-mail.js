#!/usr/bin/env node
/** The executable: the program as `npm run build` made it, nothing else. */
require('../dist/writeupp-mail.js');
