import { parentPort, workerData } from 'node:worker_threads'
import Database from 'better-sqlite3'

const db = new Database(workerData as string, { readonly: true })
const found = db.pragma('quick_check(20)', { simple: false }) as { quick_check: string }[]
db.close()
parentPort?.postMessage(found.map((row) => row.quick_check).filter((line) => line !== 'ok'))
