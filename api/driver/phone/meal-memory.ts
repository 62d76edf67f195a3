// What the phone remembers of meals, in a database of its own: names, addresses and keys of one day, and taps until
// the server has them. The round goes at sign-out and when its day is over.
import { openDB, type DBSchema, type IDBPDatabase } from "idb";
import { isToday, withMealTaps, type KeptMealTap, type MealRound } from "./meal-round";

interface Memory extends DBSchema {
  taps: { key: number; value: KeptMealTap };
  rounds: { key: string; value: { account: string; round: MealRound } };
}

let opened: Promise<IDBPDatabase<Memory>> | undefined;

function memory(): Promise<IDBPDatabase<Memory>> {
  opened ??= openDB<Memory>("glaneur-meals", 1, {
    upgrade(database) {
      database.createObjectStore("taps", { keyPath: "seq", autoIncrement: true });
      database.createObjectStore("rounds");
    },
    terminated() { opened = undefined; },
  }).catch((error) => { opened = undefined; throw error; });
  return opened;
}

/** Write a tap; when this returns it survives the browser's end. */
export async function keepMealTap(tap: KeptMealTap): Promise<void> {
  const work = (await memory()).transaction("taps", "readwrite", { durability: "strict" });
  await work.store.add(tap);
  await work.done;
}

/** Every tap of this account in the order they were made. */
export async function keptMealTaps(account: string): Promise<KeptMealTap[]> {
  return (await (await memory()).getAll("taps")).filter((tap) => tap.account === account);
}

/** The server has answered: an accepted tap becomes part of the round and leaves; a refusal or a remark stays to be read. */
export async function settleMealTap(tap: KeptMealTap, outcome: "accepted" | "already" | "refused", sentence: string): Promise<void> {
  const work = (await memory()).transaction(["taps", "rounds"], "readwrite", { durability: "strict" });
  const taps = work.objectStore("taps");
  if (outcome === "refused") await taps.put({ ...tap, state: "refused", sentence });
  else {
    if (sentence) await taps.put({ ...tap, state: "remarked", sentence });
    else await taps.delete(tap.seq!);
    for (let at = await work.objectStore("rounds").openCursor(); at; at = await at.continue()) {
      if (at.value.account === tap.account && at.value.round.id === tap.round) {
        await at.update({ ...at.value, round: withMealTaps(at.value.round, [{ ...tap, state: "waiting" }]) });
      }
    }
  }
  await work.done;
}

/** The driver has read the refusal or the remark. */
export async function dismissMealTap(tap: KeptMealTap): Promise<void> {
  await (await memory()).delete("taps", tap.seq!);
}

const key = (account: string, wanted: string) => `${account}/${wanted || "own"}`;

export async function keptMealRound(account: string, wanted: string): Promise<MealRound | null> {
  return (await (await memory()).get("rounds", key(account, wanted)))?.round ?? null;
}

export async function keepMealRound(account: string, wanted: string, round: MealRound | null): Promise<void> {
  if (round) await (await memory()).put("rounds", { account, round }, key(account, wanted));
  else await (await memory()).delete("rounds", key(account, wanted));
}

/** Rounds of another day go, whoever they were for. */
export async function forgetPastRounds(now: Date): Promise<void> {
  const work = (await memory()).transaction("rounds", "readwrite");
  for (let at = await work.store.openCursor(); at; at = await at.continue()) {
    if (!isToday(at.value.round, now)) await at.delete();
  }
  await work.done;
}

/** At sign-out every round goes; taps not yet sent stay until their driver signs in again. */
export async function forgetMeals(): Promise<void> {
  const work = (await memory()).transaction("rounds", "readwrite");
  await work.store.clear();
  await work.done;
}
