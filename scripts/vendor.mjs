// Copies what the program needs at run time out of node_modules: the browser libraries and web fonts of the console
// (console/static/vendor, served by the console itself) and the CJK fonts of documents and scenes (assets/fonts).
// Run after `npm ci`: node scripts/vendor.mjs
import { cpSync, existsSync, mkdirSync, readdirSync, rmSync, statSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const modules = join(root, "node_modules");
const vendor = join(root, "console", "static", "vendor");
const fonts = join(root, "assets", "fonts");

const expo = "@expo-google-fonts";
const webFont = "@fontsource-variable/noto-sans-sc";

/** [from, below node_modules; to, an absolute path] */
const copies = [
  ["htmx.org/dist/htmx.min.js", join(vendor, "htmx.min.js")],
  ["htmx.org/LICENSE", join(vendor, "htmx.LICENSE")],
  ["leaflet/dist/leaflet.js", join(vendor, "leaflet", "leaflet.js")],
  ["leaflet/dist/leaflet.css", join(vendor, "leaflet", "leaflet.css")],
  ["leaflet/dist/images", join(vendor, "leaflet", "images")],
  ["leaflet/LICENSE", join(vendor, "leaflet", "LICENSE")],
  [`${webFont}/index.css`, join(vendor, "noto-sans-sc", "index.css")],
  [`${webFont}/files`, join(vendor, "noto-sans-sc", "files")],
  [`${webFont}/LICENSE`, join(vendor, "noto-sans-sc", "LICENSE")],
  [`${expo}/noto-sans-sc/400Regular/NotoSansSC_400Regular.ttf`, join(fonts, "NotoSansSC-Regular.ttf")],
  [`${expo}/noto-sans-sc/700Bold/NotoSansSC_700Bold.ttf`, join(fonts, "NotoSansSC-Bold.ttf")],
  [`${expo}/noto-serif-sc/400Regular/NotoSerifSC_400Regular.ttf`, join(fonts, "NotoSerifSC-Regular.ttf")],
  [`${expo}/noto-serif-sc/700Bold/NotoSerifSC_700Bold.ttf`, join(fonts, "NotoSerifSC-Bold.ttf")],
  [`${expo}/noto-sans-sc/LICENSE_FONT`, join(fonts, "OFL.txt")],
];

const missing = copies.map(([from]) => from).filter((from) => !existsSync(join(modules, from)));
if (missing.length > 0) {
  console.error(`vendor: not in node_modules: ${missing.join(", ")}; run npm ci first`);
  process.exit(2);
}
rmSync(vendor, { recursive: true, force: true });
for (const [from, to] of copies) {
  mkdirSync(dirname(to), { recursive: true });
  cpSync(join(modules, from), to, { recursive: true });
}

const size = (path) =>
  statSync(path).isDirectory()
    ? readdirSync(path).reduce((sum, name) => sum + size(join(path, name)), 0)
    : statSync(path).size;
const megabytes = (path) => (size(path) / 1e6).toFixed(1);
console.log(`vendor: console/static/vendor ${megabytes(vendor)} MB, assets/fonts ${megabytes(fonts)} MB`);
