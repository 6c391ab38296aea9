/** What Linux tells about a running process: memory, listening sockets, descendants, arguments, environment. */

import { readdirSync, readFileSync, readlinkSync } from 'node:fs';

/** Resident memory in MiB, or null once the process has ended. */
export function residentMiB(pid: number): number | null {
  const kib = /^VmRSS:\s+(\d+) kB/m.exec(read(`/proc/${pid}/status`))?.[1];
  return kib === undefined ? null : Number(kib) / 1024;
}

/** The addresses on which a process listens, as the kernel writes them (hexadecimal), with the port in decimal. */
export function listeningAt(pid: number): { readonly address: string; readonly port: number }[] {
  const own = new Set(readlinks(`/proc/${pid}/fd`));
  return ['tcp', 'tcp6'].flatMap((table) =>
    read(`/proc/${pid}/net/${table}`)
      .split('\n')
      .slice(1)
      .map((line) => line.trim().split(/\s+/))
      .filter(([, , , state, , , , , , inode]) => state === '0A' && own.has(`socket:[${inode}]`))
      .map(([, local = '']) => {
        const [address = '', port = ''] = local.split(':');
        return { address, port: Number.parseInt(port, 16) };
      }),
  );
}

/** A process as it was seen. */
export interface SeenProcess {
  readonly pid: number;
  readonly arguments: readonly string[];
  readonly environment: readonly string[];
}

/** A process and everything it started, and what those started. */
export function processTree(pid: number): SeenProcess[] {
  const words = read(`/proc/${pid}/cmdline`);
  if (words === '') return [];
  const seen = {
    pid,
    arguments: words.split('\0'),
    environment: read(`/proc/${pid}/environ`).split('\0'),
  };
  const children = list(`/proc/${pid}/task`).flatMap((thread) =>
    read(`/proc/${pid}/task/${thread}/children`).split(' ').filter(Boolean).map(Number),
  );
  return [seen, ...children.flatMap(processTree)];
}

/** A process may end between two looks: what is gone reads as nothing. */
function read(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return '';
  }
}

function list(path: string): string[] {
  try {
    return readdirSync(path);
  } catch {
    return [];
  }
}

function readlinks(folder: string): string[] {
  return list(folder).map((name) => {
    try {
      return readlinkSync(`${folder}/${name}`);
    } catch {
      return '';
    }
  });
}
