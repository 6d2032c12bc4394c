import { join } from 'node:path'
import { openStore } from '../kit/node/sqlite.ts'
import type { FilePosition } from './follower.ts'

/** How far each tail has come in its file, durably. */
export class Positions {
  private readonly db

  constructor(directory: string) {
    this.db = openStore(join(directory, 'positions.sqlite'), {
      steps: [
        (db) =>
          db.exec(
            `CREATE TABLE positions (
               name TEXT NOT NULL, file TEXT NOT NULL, device TEXT NOT NULL, inode TEXT NOT NULL,
               position INTEGER NOT NULL, mark TEXT NOT NULL, PRIMARY KEY (name, file)) STRICT`,
          ),
      ],
    })
  }

  read(name: string, file: string): FilePosition | null {
    const found = this.db
      .prepare('SELECT device, inode, position AS offset, mark FROM positions WHERE name = ? AND file = ?')
      .get(name, file)
    return (found as FilePosition | undefined) ?? null
  }

  write(name: string, file: string, { device, inode, offset, mark }: FilePosition): void {
    this.db
      .prepare('INSERT OR REPLACE INTO positions VALUES (?, ?, ?, ?, ?, ?)')
      .run(name, file, device, inode, offset, mark)
  }

  close(): void {
    this.db.close()
  }
}
