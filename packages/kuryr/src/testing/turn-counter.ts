/** Counts the turns of the event loop. */
export interface TurnCounter extends Disposable {
  /** Turns so far. */
  readonly turn: number;
}

/** Counts from now until it is disposed of; it does not keep the process alive. */
export function countTurns(): TurnCounter {
  let turn = 0;
  let handle: NodeJS.Immediate;
  const again = (): void => {
    handle = setImmediate(() => {
      turn += 1;
      again();
    });
  };
  again();
  return {
    get turn() {
      return turn;
    },
    [Symbol.dispose]: () => clearImmediate(handle),
  };
}
