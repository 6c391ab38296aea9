/**
 * Which files are bundled together, so that a start loads few of them: patterns of paths from the project's root. A
 * test ensures that each matches a file.
 */

/** What every start loads. */
export const FIRST = [
  'src/errors',
  'src/text/(?!clean-text|escape-html)',
  'src/terminal/(?:look|style)',
  'src/mail/message/test-subject',
  'src/kit/variables',
];

/** What commands load that read a record. */
export const RECORDS = [
  'src/look/where',
  'src/kit/(?:world|environment|once|place)',
  'src/sign-in/surroundings',
  'src/storage/(?!lock|kernel-lock)',
  'src/stores/(?:files/|http/backend-url)',
  'src/sites/(?:address|record|site|site-name|site-schema)\\.',
  'node_modules/(?:valibot|env-paths|is-safe-filename)/',
];

/** What commands about one site load. */
export const ON_A_SITE = [
  'src/kit/(?:choose-site|each-site|with-site)',
  'src/show/',
  'src/sites/(?:require-site|site-view)',
];
