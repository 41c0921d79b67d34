import { StoreError } from '../core/errors.ts'

/**
 * Words a failure of the file system so that the operator knows which path it was and what to do.
 * Errors that are no failure of the file system come back as they are.
 */
export function toStoreError(error: unknown, path: string): unknown {
  if (!(error instanceof Error && 'syscall' in error && 'code' in error)) return error
  switch (error.code) {
    case 'ENOSPC':
    case 'EDQUOT':
      return new StoreError(
        'full',
        `No space is left for ${path}. Free some space on that disk; work goes on by itself.`,
        error,
      )
    case 'EROFS':
      return new StoreError(
        'read-only',
        `${path} is on a read-only file system. Mount it writable, or set dataDir to another place.`,
        error,
      )
    case 'EACCES':
    case 'EPERM':
      return new StoreError(
        'read-only',
        `${path} may not be written by this user. Give it to the user that runs the gateway (chown), or set dataDir to another place.`,
        error,
      )
    default:
      return new StoreError(
        'unavailable',
        `${path} cannot be used (${error.code}). Check the disk and the path.`,
        error,
      )
  }
}
