import { writeFile } from 'node:fs/promises'
import { configurationDocs } from './reference.ts'

const file = new URL('../docs/configuration.md', import.meta.url)
await writeFile(file, configurationDocs())
console.log(`Written: ${file.pathname}`)
