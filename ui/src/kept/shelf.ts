// One place in this browser for one sealed text. Whatever fails here costs a visit its head start and nothing else.
const DATABASE = 'iact';
const STORE = 'kept';
const KEY = 'answers';

/** What lies there is nothing but noise to whoever has not got the key. */
export interface Sealed {
  iv: Uint8Array<ArrayBuffer>;
  data: ArrayBuffer;
}

let opened: Promise<IDBDatabase> | null = null;

function database(): Promise<IDBDatabase> {
  opened ??= new Promise((resolve, reject) => {
    const request = indexedDB.open(DATABASE, 1);
    request.onupgradeneeded = () => {
      request.result.createObjectStore(STORE);
    };
    request.onsuccess = () => {
      resolve(request.result);
    };
    request.onerror = () => {
      reject(request.error ?? new Error('no database'));
    };
  });
  return opened;
}

async function inStore<T>(
  mode: IDBTransactionMode,
  ask: (store: IDBObjectStore) => IDBRequest<T>,
): Promise<T> {
  const transaction = (await database()).transaction(STORE, mode);
  const request = ask(transaction.objectStore(STORE));
  return new Promise((resolve, reject) => {
    const done = () => {
      resolve(request.result);
    };
    // What is read is there before its transaction has ended; what is written is not.
    if (mode === 'readonly') request.onsuccess = done;
    else transaction.oncomplete = done;
    transaction.onerror = transaction.onabort = () => {
      reject(transaction.error ?? new Error('not kept'));
    };
  });
}

export async function taken(): Promise<Sealed | null> {
  try {
    return (
      (await inStore<Sealed | undefined>(
        'readonly',
        (store) => store.get(KEY) as IDBRequest<Sealed | undefined>,
      )) ?? null
    );
  } catch {
    return null;
  }
}

export async function put(sealed: Sealed): Promise<void> {
  try {
    await inStore('readwrite', (store) => store.put(sealed, KEY));
  } catch {
    // A browser that keeps nothing asks for everything.
  }
}

export async function emptied(): Promise<void> {
  try {
    await inStore('readwrite', (store) => store.clear());
  } catch {
    // Nothing was kept.
  }
}
