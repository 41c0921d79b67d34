import { globSync } from 'node:fs'

/** Paths of the repository's own files below `root`: nothing installed, built, or left behind by a run. */
export function listFiles(root: string, pattern = '**/*'): readonly string[] {
  return globSync(pattern, {
    cwd: root,
    withFileTypes: true,
    exclude: ({ name }) => /^(node_modules|dist|data|\.git|\.tmp)$/.test(name),
  })
    .filter((entry) => entry.isFile())
    .map((entry) => `${entry.parentPath}/${entry.name}`.slice(root.length).replaceAll('\\', '/'))
    .sort()
}
