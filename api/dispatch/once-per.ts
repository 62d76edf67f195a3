// Gather what changed and fetch it at most once per period, one fetch at a time: a busy hour must not flood the server.

/** `some` and `all` ask for a fetch; `fetchThem` gets the ids gathered since the last one, or none for all. */
export function oncePer(periodMs: number, fetchThem: (ids?: Set<number>) => Promise<void>) {
  let waiting = new Set<number>();
  let everything = false;
  let busy = false;
  let last = -Infinity;
  let timer: number | undefined;

  async function go(): Promise<void> {
    timer = undefined;
    const ids = everything ? undefined : waiting;
    waiting = new Set();
    everything = false;
    busy = true;
    last = performance.now();
    try {
      await fetchThem(ids);
    } catch { // no network: what was missed is asked again with the next event
      everything = true;
    } finally {
      busy = false;
    }
    if (waiting.size) plan();
  }
  function plan(): void {
    if (busy || timer !== undefined) return;
    timer = window.setTimeout(() => void go(), Math.max(0, last + periodMs - performance.now()));
  }
  return {
    some(ids: number[]): void { for (const id of ids) waiting.add(id); plan(); },
    all(): void { everything = true; plan(); },
  };
}
