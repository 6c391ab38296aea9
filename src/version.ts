/** Inserted by the build, which reads it from package.json: reading a file at each start would cost time. */
declare const PROGRAM_VERSION: string;

/** As in package.json; `source` if the code runs without a build, as in tests of single modules. */
export const VERSION = typeof PROGRAM_VERSION === 'string' ? PROGRAM_VERSION : 'source';
