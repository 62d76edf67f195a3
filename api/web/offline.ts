// What a service worker of one page does: keeps the page and its files, and gives them when the network is away.
// It never touches the API: what is typed is the page's business.
declare const self: ServiceWorkerGlobalScope & { SHELL: { version: string; files: string[] } };

let PAGE = "";
let PREFIX = "";
let CACHE = "";
const FILES = new Set(self.SHELL.files);
const PATIENCE_MS = 4_000;

/** Keep this page, in caches whose names begin so. */
export function keepOffline(page: string, prefix: string): void {
  PAGE = page;
  PREFIX = prefix;
  CACHE = prefix + self.SHELL.version;
  self.addEventListener("install", (event) => event.waitUntil(install()));
  self.addEventListener("activate", (event) => event.waitUntil(activate()));
  self.addEventListener("fetch", (event) => {
    const { pathname, origin } = new URL(event.request.url);
    if (event.request.method !== "GET" || origin !== self.location.origin) return;
    if (event.request.mode === "navigate" && pathname === PAGE) event.respondWith(givePage(event));
    else if (pathname.startsWith("/assets/")) event.respondWith(giveFile(event.request));
  });
}

async function install(): Promise<void> {
  const cache = await caches.open(CACHE);
  await cache.addAll(self.SHELL.files);
  await fetch(PAGE).then(keepPage).catch(() => undefined);
  await self.skipWaiting();
}

async function activate(): Promise<void> {
  // Older files stay until this version has a page of its own: the old page needs them.
  if (await (await caches.open(CACHE)).match(PAGE)) {
    const names = await caches.keys();
    await Promise.all(names.filter((name) => name.startsWith(PREFIX) && name !== CACHE).map((name) => caches.delete(name)));
  }
  await self.clients.claim();
}

/** Keep the page if it is the page (not the sign-in form), made of the files we hold. */
async function keepPage(answer: Response): Promise<void> {
  if (!answer.ok || answer.redirected || answer.type !== "basic") return;
  const text = await answer.clone().text();
  const named = text.match(/\/assets\/[^"'\s]+/g) ?? [];
  if (named.every((file) => FILES.has(file))) await (await caches.open(CACHE)).put(PAGE, answer);
}

/** The page from the network when it answers soon, else the kept one: coverage is poor where columns stand. */
async function givePage(event: FetchEvent): Promise<Response> {
  const fresh = fetch(event.request);
  event.waitUntil(fresh.then((answer) => keepPage(answer.clone())).catch(() => undefined));
  const kept = (await (await caches.open(CACHE)).match(PAGE)) ?? (await caches.match(PAGE));
  if (!kept) return fresh.catch(() => neverSeen());
  const late = new Promise<null>((resolve) => setTimeout(resolve, PATIENCE_MS, null));
  const answer = await Promise.race([fresh.catch(() => null), late]);
  return answer && answer.status < 500 ? answer : kept;
}

async function giveFile(request: Request): Promise<Response> {
  return (await caches.match(request)) ?? fetch(request);
}

function neverSeen(): Response {
  const body = `<!doctype html><html lang="fr"><meta charset="utf-8"><meta name="viewport" content="width=device-width">
    <title>Hors ligne – Glaneur</title><h1>Hors ligne</h1>
    <p>Ouvrez cette page une première fois avec du réseau, et connectez-vous : elle marchera ensuite sans.</p>
    <p><a href="${PAGE}">Réessayer</a></p></html>`;
  return new Response(body, { status: 503, headers: { "Content-Type": "text/html; charset=utf-8" } });
}
