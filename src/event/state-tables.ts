/**
 * Tables in the SQLite file of the state, which several owners share. Each owner defines its own tables. All code that writes is handed the
 * transaction to write in. The handle of the database itself stays in here.
 */
import type { DatabaseSync, StatementSync } from 'node:sqlite';

/** Returns the prepared statement of a text; each is prepared once. */
export type Sql = (text: string) => StatementSync;

/** An open transaction. It ends when the function that it was handed to returns, and refuses to be used afterwards. */
class OpenTransaction {
  readonly #sql: Sql;

  constructor(sql: Sql) {
    this.#sql = sql;
  }

  /** As `Sql`. Throws once the transaction is over. */
  sql(text: string): StatementSync {
    return this.#sql(text);
  }
}

/** Only `transaction` gives one, so code that has one runs inside it. */
export type Transaction = OpenTransaction;

export interface StateTables {
  /** For reading, and for tables in memory. Lasting data are written in a transaction. */
  readonly sql: Sql;
  /** Creates or changes the owner's tables. Call it only when the file is opened. */
  readonly define: (text: string) => void;
  /**
   * Runs in one durable transaction. Rolls back and rethrows what `run` throws, and throws what SQLite throws. A transaction begun inside
   * of another is a defect: hand the open one on.
   */
  transaction<T>(run: (tx: Transaction) => T): T;
}

/** The tables of an open database. */
export function stateTables(database: DatabaseSync): StateTables {
  const prepared = new Map<string, StatementSync>();
  const sql: Sql = (text) => {
    let statement = prepared.get(text);
    if (statement === undefined) prepared.set(text, (statement = database.prepare(text)));
    return statement;
  };
  let isOpen = false;

  function commitWith<T>(run: (tx: Transaction) => T): T {
    let isOver = false;
    const tx = new OpenTransaction((text) => {
      if (isOver) throw new Error('The transaction is over.');
      return sql(text);
    });
    try {
      const result = run(tx);
      isOver = true;
      database.exec('COMMIT');
      return result;
    } catch (error) {
      isOver = true;
      rollBack(database);
      throw error;
    }
  }

  return {
    sql,
    define: (text) => database.exec(text),
    transaction(run) {
      if (isOpen) throw new Error('A transaction is open: hand it on.');
      database.exec('BEGIN IMMEDIATE');
      isOpen = true;
      try {
        return commitWith(run);
      } finally {
        isOpen = false;
      }
    },
  };
}

function rollBack(database: DatabaseSync): void {
  try {
    database.exec('ROLLBACK');
  } catch {
    // A full disk may have rolled back already. The error that led here says more.
  }
}
