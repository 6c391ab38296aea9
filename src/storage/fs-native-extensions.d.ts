/** The part of fs-native-extensions that is used: it brings no types of its own. */

declare module 'fs-native-extensions' {
  /**
   * Locks `length` bytes from `offset` for this open file, against every other open of the same file, including in this
   * process. Linux: an open file description lock; macOS: flock, of the whole file; Windows: LockFileEx.
   *
   * @returns false if another open file holds it
   */
  export function tryLock(fd: number, offset: number, length: number): boolean;
}
