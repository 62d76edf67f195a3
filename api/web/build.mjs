// Bundle the islands and styles into api/web/dist, with a content hash in each name and a manifest that
// maps the plain name to the hashed one. Run by `npm run build`.
import { createHash } from "node:crypto";
import { copyFile, mkdir, readFile, readdir, rm, writeFile } from "node:fs/promises";
import { basename, dirname, extname, join } from "node:path";
import { build } from "esbuild";

const web = import.meta.dirname;
const out = join(web, "dist");
const api = join(web, "..");

async function filesIn(folder, ending) {
  const names = await readdir(folder, { recursive: true });
  return names.filter((name) => name.endsWith(ending) && !name.startsWith("dist")).map((name) => join(folder, name));
}

// Every islands/*.ts of every room, and every styles/*.css, is an entry of its own.
const rooms = (await readdir(api, { withFileTypes: true })).filter((entry) => entry.isDirectory());
const entries = [];
for (const room of rooms) {
  for (const [folder, ending] of [["islands", ".ts"], ["styles", ".css"]]) {
    try {
      const names = await readdir(join(api, room.name, folder));
      entries.push(...names.filter((name) => name.endsWith(ending)).map((name) => join(api, room.name, folder, name)));
    } catch (error) {
      if (error.code !== "ENOENT") throw error;
    }
  }
}

await rm(out, { recursive: true, force: true });
await mkdir(out, { recursive: true });
const result = await build({
  entryPoints: entries,
  outdir: out,
  entryNames: "[name]-[hash]",
  chunkNames: "chunk-[hash]",
  assetNames: "[name]-[hash]",
  bundle: true,
  splitting: true,
  format: "esm",
  target: "es2022",
  minify: true,
  metafile: true,
  logLevel: "warning",
  loader: { ".svg": "file", ".png": "file", ".woff2": "file" },
});

// Service workers stand alone: every worker/*.ts is one classic script that imports nothing at run time.
const workers = await build({
  entryPoints: (await filesIn(api, ".ts")).filter((path) => basename(dirname(path)) === "worker"),
  outdir: out,
  entryNames: "[name]-[hash]",
  bundle: true,
  format: "iife",
  target: "es2022",
  minify: true,
  metafile: true,
  logLevel: "warning",
});

const manifest = {};
for (const [path, output] of Object.entries({ ...result.metafile.outputs, ...workers.metafile.outputs })) {
  if (output.entryPoint) manifest[basename(output.entryPoint).replace(/\.ts$/, ".js")] = basename(path);
}

// Files served as they are.
const copies = [
  "node_modules/swagger-ui-dist/swagger-ui-bundle.js",
  "node_modules/swagger-ui-dist/swagger-ui.css",
  "node_modules/maplibre-gl/dist/maplibre-gl-worker.mjs",
  ...(await filesIn(join(web, "static"), ".svg")),
];
for (const path of copies) {
  const body = await readFile(path);
  const hash = createHash("sha256").update(body).digest("hex").slice(0, 8);
  const ending = extname(path);
  const name = `${basename(path, ending)}-${hash}${ending}`;
  await copyFile(path, join(out, name));
  manifest[basename(path)] = name;
}

// Which files each entry imports, directly or not: what a page needs to work without network.
const imports = {};
const follow = (path, found) => {
  for (const { path: file, kind } of result.metafile.outputs[path].imports) {
    if (kind === "import-statement" && !found.has(basename(file))) {
      found.add(basename(file));
      follow(file, found);
    }
  }
  return found;
};
for (const [path, output] of Object.entries(result.metafile.outputs)) {
  if (output.entryPoint) imports[basename(output.entryPoint).replace(/\.ts$/, ".js")] = [...follow(path, new Set())];
}
await writeFile(join(out, "imports.json"), JSON.stringify(imports, null, 2) + "\n");

await writeFile(join(out, "manifest.json"), JSON.stringify(manifest, null, 2) + "\n");
await writeFile(join(out, ".stamp"), "");
