/**
 * Translates the stack of a fault of this program: `npm run read-stack < report.txt`.
 *
 * The published code is minified. Its source maps are not published with it: they are next to it in dist/ after a
 * build, and are kept with each release (pass their folder as the argument). A stack is read with the maps of exactly
 * the version that it comes from.
 */

import { readFileSync } from 'node:fs';
import { SourceMap, type SourceMapPayload } from 'node:module';
import { join } from 'node:path';

/** A place in the bundle, as `--verbose` prints it: `…/dist/send.js:1:2345`. */
const PLACE = /[^\s(]*[\\/]?dist[\\/]([\w.-]+\.js):(\d+):(\d+)/g;

const [, , folder = 'dist'] = process.argv;
const maps = new Map<string, SourceMap>();
process.stdout.write(readFileSync(0, 'utf8').replace(PLACE, sourceOf));

/** The place in the source, or the same place if unknown. Lines and columns count from 1, in source maps from 0. */
function sourceOf(place: string, file: string, line: string, column: string): string {
  const entry = mapOf(file)?.findEntry(Number(line) - 1, Number(column) - 1);
  if (entry === undefined || !('originalSource' in entry)) return place;
  const source = entry.originalSource.replace(/^(?:\.\.\/)+/, '');
  return `${source}:${entry.originalLine + 1}:${entry.originalColumn + 1}`;
}

function mapOf(file: string): SourceMap | undefined {
  let map = maps.get(file);
  try {
    map ??= new SourceMap(
      JSON.parse(readFileSync(join(folder, `${file}.map`), 'utf8')) as SourceMapPayload,
    );
  } catch {
    return undefined;
  }
  maps.set(file, map);
  return map;
}
