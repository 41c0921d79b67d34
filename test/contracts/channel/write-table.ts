import { writeFile } from 'node:fs/promises'
import { channelsUnderTest } from '../channels.ts'
import { guaranteesWithTable } from './table.ts'

const file = new URL('../../../docs/guarantees.md', import.meta.url)
await writeFile(file, await guaranteesWithTable(file, channelsUnderTest))
process.stdout.write(`Written: ${file.pathname}\n`)
